package receive

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/tap"
)

// maxHeaders bounds the headers of a call, in bytes as HTTP/2 counts them. Our own calls have some hundreds; gRPC would take 16 MiB.
const maxHeaders = 16 << 10

// ServerOptions are what a gRPC server needs that becomes a Server. first may refuse a call before it; nil: nobody does.
func (r *Room) ServerOptions(first tap.ServerInHandle) []grpc.ServerOption {
	return []grpc.ServerOption{grpc.MaxHeaderListSize(maxHeaders), experimental.BufferPool(r.pool), grpc.InTapHandle(func(ctx context.Context, info *tap.Info) (context.Context, error) {
		if first != nil {
			var err error
			if ctx, err = first(ctx, info); err != nil {
				return ctx, err
			}
		}
		ctx, cancel := context.WithCancelCause(ctx) // ended by gRPC with the call's own
		return &call{Context: ctx, end: cancel}, nil
	})}
}

// Server is a gRPC server whose services receive messages within the room's bounds. It is made with ServerOptions.
func (r *Room) Server(s *grpc.Server) *Server { return &Server{s, r} }

// Server is a server whose services are registered so, and which is served by net/http so.
type Server struct {
	*grpc.Server
	room *Room
}

// RegisterService implements grpc.ServiceRegistrar.
func (r *Server) RegisterService(d *grpc.ServiceDesc, service any) {
	own := *d
	own.Methods, own.Streams = nil, nil
	for _, m := range d.Methods {
		method, handle := "/"+d.ServiceName+"/"+m.MethodName, m.Handler
		m.Handler = func(service any, ctx context.Context, _ func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			from, err := r.room.begin(ctx, method, false)
			defer r.room.done()
			if err != nil {
				return nil, err
			}
			return handle(service, ctx, from.message, interceptor)
		}
		own.Methods = append(own.Methods, m)
	}
	for _, s := range d.Streams {
		method, handle, several := "/"+d.ServiceName+"/"+s.StreamName, s.Handler, s.ClientStreams
		s.Handler = func(service any, stream grpc.ServerStream) error {
			from, err := r.room.begin(stream.Context(), method, several)
			defer r.room.done()
			if err != nil {
				return err
			}
			return handle(service, &received{stream, from})
		}
		own.Streams = append(own.Streams, s)
	}
	r.Server.RegisterService(&own, service)
}

// received is a stream whose messages are received so.
type received struct {
	grpc.ServerStream
	from *reader
}

// RecvMsg implements grpc.ServerStream.
func (r *received) RecvMsg(v any) error { return r.from.message(v) }
