package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// leaves answers with one run of leaves, as a page: JSON readers want an end. Who wants all of them takes the tiles, or gRPC.
func (s *server) leaves(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	_, marshaler := runtime.MarshalerForRequest(s.gateway, r)
	from, _ := strconv.ParseUint(r.Form.Get("from"), 10, 64) // as checked
	if r.Form.Get("follow") == "true" {
		s.invalid(w, &wrong{"follow", reason.Fault{Kind: "unknown_value", Vietnamese: "chỉ theo dõi được qua gRPC", English: "following goes over gRPC only"}})
		return
	}
	first := &firstRun{ctx: ctx}
	if err := s.o.Services.StreamLeaves(&apiv1.StreamLeavesRequest{From: from}, first); err != nil && !errors.Is(err, errEnough) {
		s.failed(ctx, s.gateway, marshaler, w, r, err)
		return
	}
	if first.run == nil { // nothing is behind the end: say how long the log is
		h, err := s.o.Services.GetHead(ctx, new(apiv1.GetHeadRequest))
		if err != nil {
			s.failed(ctx, s.gateway, marshaler, w, r, err)
			return
		}
		first.run = &apiv1.StreamLeavesResponse{First: from, AsOf: h.GetAsOf(), Size: h.GetHead().GetSize()}
	}
	runtime.ForwardResponseMessage(ctx, s.gateway, marshaler, w, r, first.run, s.gateway.GetForwardResponseOptions()...)
}

// firstRun is a stream that ends when one run has been sent.
type firstRun struct {
	grpc.ServerStream
	ctx context.Context
	run *apiv1.StreamLeavesResponse
}

var errEnough = errors.New("one run of leaves is enough")

// Context implements grpc.ServerStream.
func (f *firstRun) Context() context.Context { return f.ctx }

// Send implements grpc.ServerStreamingServer.
func (f *firstRun) Send(run *apiv1.StreamLeavesResponse) error {
	f.run = run
	return errEnough
}
