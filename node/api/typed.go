package api

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/reason"
)

// MaxRequest is the largest request that is accepted, in bytes: 3 MiB of envelopes, and what is around 1,024 of them. A node has bounds for each method
// and refuses what is longer unread (node/receive). Another server's bound should be well above it: what is beyond that one is refused in gRPC's words.
const MaxRequest = 3<<20 + 64<<10

// ServerOptions make a gRPC server give reasons where gRPC has only a status: for methods that are not served and for requests that cannot be read.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.UnknownServiceHandler(notServed), grpc.ForceServerCodecV2(Codec())}
}

// Codec is how such a server reads requests and writes answers.
func Codec() encoding.CodecV2 { return codec{encoding.GetCodecV2(protocodec.Name)} }

// notServed answers calls of methods that no service has.
func notServed(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	if method = strings.ToValidUTF8(method, "?"); len(method) > maxShown {
		return fail(whole(reason.NotServed, ""))
	}
	return fail(whole(reason.NotServed, "", reason.Text("what", "“"+method+"”")))
}

// request is a message to be read. It is one itself, so that servers without our codec read it, too.
type request struct {
	proto.Message
	size int
	err  error
}

// codec is that of gRPC, except that it keeps to itself that a request is no message, as gRPC answers such an error before anybody is asked, and that it writes
// timelines from where they were made.
type codec struct{ encoding.CodecV2 }

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if a, ok := v.(*traced); ok {
		return a.marshal()
	}
	return c.CodecV2.Marshal(v)
}

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*request)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	r.size, r.err = data.Len(), c.CodecV2.Unmarshal(data, r.Message)
	return nil
}

// read has a message read, and refuses what is none or too large.
func read(m any, receive func(any) error) error {
	message, ok := m.(proto.Message)
	if !ok {
		return receive(m)
	}
	r := &request{Message: message}
	switch err := receive(r); {
	case err != nil:
		return err
	case r.size > MaxRequest:
		return fail(whole(reason.MessageTooLarge, "", reason.Count("have", uint64(r.size)), reason.Count("want", MaxRequest)))
	case r.err != nil:
		return invalid("request", reason.Fault{Kind: "not_protobuf", Vietnamese: "không phải thông điệp protobuf của phương thức này", English: "it is no protobuf message of this method"})
	}
	return nil
}

// typed is a registrar of services whose requests are read so.
type typed struct{ grpc.ServiceRegistrar }

// RegisterService implements grpc.ServiceRegistrar.
func (t typed) RegisterService(d *grpc.ServiceDesc, service any) {
	own := *d
	own.Methods, own.Streams = nil, nil
	for _, m := range d.Methods {
		handle := m.Handler
		m.Handler = func(service any, ctx context.Context, receive func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			reply, err := handle(service, ctx, func(m any) error { return read(m, receive) }, interceptor)
			if own, ok := service.(marshalled); ok && err == nil {
				reply = own.answer(ctx, reply)
			}
			return reply, err
		}
		own.Methods = append(own.Methods, m)
	}
	for _, s := range d.Streams {
		handle := s.Handler
		s.Handler = func(service any, stream grpc.ServerStream) error { return handle(service, reading{stream}) }
		own.Streams = append(own.Streams, s)
	}
	t.ServiceRegistrar.RegisterService(&own, service)
}

type reading struct{ grpc.ServerStream }

// RecvMsg implements grpc.ServerStream.
func (r reading) RecvMsg(m any) error { return read(m, r.ServerStream.RecvMsg) }
