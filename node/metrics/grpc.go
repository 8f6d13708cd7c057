package metrics

import (
	"context"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// Calls counts the calls of one gRPC server. Methods are counted by name when the server has them; a caller can name any.
type Calls struct {
	m       *Metrics
	door    string
	methods atomic.Pointer[map[string]string] // full method → label
}

// Calls makes a counter for the server of a door.
func (m *Metrics) Calls(door string) *Calls {
	m.underway.WithLabelValues(door)
	return &Calls{m: m, door: door}
}

// Option has a server counted.
func (c *Calls) Option() grpc.ServerOption { return grpc.StatsHandler(c) }

// Serves tells which methods the server has, when all are registered.
func (c *Calls) Serves(s *grpc.Server) {
	methods := make(map[string]string)
	for service, info := range s.GetServiceInfo() {
		short := service[strings.LastIndexByte(service, '.')+1:]
		for _, m := range info.Methods {
			methods["/"+service+"/"+m.Name] = short + "/" + m.Name
		}
	}
	c.methods.Store(&methods)
}

// otherMethod is the label of what the server does not have.
const otherMethod = "other"

type methodKey struct{}

// TagRPC implements stats.Handler.
func (c *Calls) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	label := otherMethod
	if methods := c.methods.Load(); methods != nil {
		if known, ok := (*methods)[info.FullMethodName]; ok {
			label = known
		}
	}
	return context.WithValue(ctx, methodKey{}, label)
}

// HandleRPC implements stats.Handler.
func (c *Calls) HandleRPC(ctx context.Context, s stats.RPCStats) {
	switch s := s.(type) {
	case *stats.Begin:
		c.m.underway.WithLabelValues(c.door).Inc()
	case *stats.End:
		method, _ := ctx.Value(methodKey{}).(string)
		c.m.underway.WithLabelValues(c.door).Dec()
		c.m.calls.WithLabelValues(c.door, method, status.Code(s.Error).String()).Inc()
		c.m.durations.WithLabelValues(c.door, method).Observe(s.EndTime.Sub(s.BeginTime).Seconds())
	}
}

// TagConn implements stats.Handler.
func (c *Calls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (c *Calls) HandleConn(context.Context, stats.ConnStats) {}

var _ stats.Handler = (*Calls)(nil)
