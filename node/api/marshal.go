package api

import (
	"context"
	"encoding/binary"
	"net/http"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// marshalled is the query service for gRPC, which marshals what it is answered: timelines are bytes from the beginning, in buffers that are used again. REST and
// whoever else calls the methods of Server gets messages.
type marshalled struct {
	*Server
	timelines *buffers
}

// TraceProduct implements QueryService.
func (m marshalled) TraceProduct(ctx context.Context, q *apiv1.TraceProductRequest) (*apiv1.TraceProductResponse, error) {
	return askOn(ctx, m.Server, q, func(s *query.Snapshot, q *apiv1.TraceProductRequest, on ledger.Date) (*apiv1.TraceProductResponse, error) {
		return s.Encoded(m.room(ctx)).TraceProduct(q, on)
	})
}

// TraceLot implements QueryService.
func (m marshalled) TraceLot(ctx context.Context, q *apiv1.TraceLotRequest) (*apiv1.TraceLotResponse, error) {
	return askOn(ctx, m.Server, q, func(s *query.Snapshot, q *apiv1.TraceLotRequest, on ledger.Date) (*apiv1.TraceLotResponse, error) {
		return s.Encoded(m.room(ctx)).TraceLot(q, on)
	})
}

// TraceCertificate implements QueryService.
func (m marshalled) TraceCertificate(ctx context.Context, q *apiv1.TraceCertificateRequest) (*apiv1.TraceCertificateResponse, error) {
	return askOn(ctx, m.Server, q, func(s *query.Snapshot, q *apiv1.TraceCertificateRequest, on ledger.Date) (*apiv1.TraceCertificateResponse, error) {
		return s.Encoded(m.room(ctx)).TraceCertificate(q, on)
	})
}

// traced is a message with a timeline whose bytes are in a buffer. It is a message itself, so that servers without our codec write it, too.
type traced struct {
	proto.Message
	field protoreflect.FieldDescriptor // of the timeline
	pool  mem.BufferPool               // of the buffer; nil: it is not used again
}

// room is where a timeline's bytes go; nil: new memory. HTTP's own server may still be writing what a client has reset when gRPC gives a buffer back.
func (m marshalled) room(ctx context.Context) func(bytes int) []byte {
	if ctx.Value(http.ServerContextKey) != nil {
		return nil
	}
	return m.timelines.room
}

// answer is what is to be marshalled of a reply. Timelines that were made of messages are left as they are.
func (m marshalled) answer(ctx context.Context, reply any) any {
	message, ok := reply.(proto.Message)
	if !ok {
		return reply
	}
	field := message.ProtoReflect().Descriptor().Fields().ByName("timeline")
	if field == nil || !message.ProtoReflect().Has(field) {
		return reply
	}
	if t, ok := message.ProtoReflect().Get(field).Message().Interface().(*apiv1.Timeline); !ok || len(t.GetEvents()) > 0 || t.GetNextPage() != "" {
		return reply
	}
	a := &traced{Message: message, field: field}
	if m.room(ctx) != nil {
		a.pool = m.timelines
	}
	return a
}

// marshal gives the bytes of the message with the timeline in its buffer, at its place between the other fields. The message has no timeline afterwards.
func (a *traced) marshal() (mem.BufferSlice, error) {
	m := a.ProtoReflect()
	timeline := []byte(m.Get(a.field).Message().GetUnknown())
	m.Clear(a.field)
	others, err := proto.Marshal(a.Message)
	if err != nil {
		return nil, err
	}
	at := behind(others, a.field.Number())
	first := make([]byte, at, at+2*binary.MaxVarintLen64)
	copy(first, others)
	first = protowire.AppendTag(first, a.field.Number(), protowire.BytesType)
	first = protowire.AppendVarint(first, uint64(len(timeline)))
	return mem.BufferSlice{mem.SliceBuffer(first), mem.NewBuffer(&timeline, a.pool), mem.SliceBuffer(others[at:])}, nil
}

// behind is where in a message the fields end that come before one of a number.
func behind(message []byte, number protowire.Number) (at int) {
	for at < len(message) {
		n, _, size := protowire.ConsumeField(message[at:])
		if size < 0 || n > number {
			break
		}
		at += size
	}
	return at
}
