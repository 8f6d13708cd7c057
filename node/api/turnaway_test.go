package api

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// reached counts the calls that come through to a service.
type reached struct {
	apigrpc.UnimplementedSubmitServiceServer
	calls atomic.Int64
}

func (r *reached) Submit(context.Context, *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	r.calls.Add(1)
	return new(apiv1.SubmitResponse), nil
}

func (r *reached) Simulate(context.Context, *apiv1.SimulateRequest) (*apiv1.SimulateResponse, error) {
	r.calls.Add(1)
	return new(apiv1.SimulateResponse), nil
}

// TestTurnAway: without room a Submit does not reach its handler, however large it is, and is told why and when to come back; what is not about room goes on.
func TestTurnAway(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	service := new(reached)
	server := grpc.NewServer(TurnAway(full.Load))
	apigrpc.RegisterSubmitServiceServer(server, service)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := apigrpc.NewSubmitServiceClient(conn)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	submit := func(size int) error {
		_, err := c.Submit(ctx, &apiv1.SubmitRequest{Envelopes: [][]byte{make([]byte, size)}})
		return err
	}
	if err := submit(1); err != nil || service.calls.Load() != 1 {
		t.Fatalf("with room: %v", err)
	}
	full.Store(true)
	for _, size := range []int{1, 300, 3 << 20} {
		err := submit(size)
		s, _ := status.FromError(err)
		retry := slices.ContainsFunc(s.Details(), func(d any) bool {
			info, ok := d.(*errdetails.RetryInfo)
			return ok && info.GetRetryDelay().AsDuration() == retryHint
		})
		if s.Code() != codes.ResourceExhausted || reasonOf(t, err) != "overloaded" || !retry {
			t.Errorf("%d bytes: %v, %v", size, err, s.Details())
		}
	}
	if _, err := c.Simulate(ctx, new(apiv1.SimulateRequest)); err != nil || service.calls.Load() != 2 {
		t.Errorf("%d calls came through, want 2: %v", service.calls.Load(), err)
	}
	full.Store(false)
	if err := submit(300); err != nil || service.calls.Load() != 3 {
		t.Errorf("with room again: %v", err)
	}
}
