package api

import (
	"context"
	"maps"
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
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
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
	var room atomic.Int64 // for so many records
	room.Store(1)
	service := new(reached)
	server := grpc.NewServer(grpc.InTapHandle(TurnAway(func(records, _ int64) bool { return records > room.Load() })))
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
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	submit := func(size int) error {
		_, err := c.Submit(ctx, &apiv1.SubmitRequest{Envelopes: [][]byte{make([]byte, size)}})
		return err
	}
	if err := submit(1); err != nil || service.calls.Load() != 1 {
		t.Fatalf("with room: %v", err)
	}
	room.Store(0)
	for _, size := range []int{1, 300, 3 << 20} {
		err := submit(size)
		s, _ := status.FromError(err)
		retry := slices.ContainsFunc(s.Details(), func(d any) bool {
			info, ok := d.(*errdetails.RetryInfo)
			return ok && info.GetRetryDelay().AsDuration() == retryHint
		})
		why := slices.ContainsFunc(s.Details(), func(d any) bool {
			info, ok := d.(*errdetails.ErrorInfo)
			return ok && info.GetReason() == "overloaded" && info.GetDomain() == domain
		})
		if s.Code() != codes.ResourceExhausted || !why || !retry {
			t.Errorf("%d bytes: %v, %v", size, err, s.Details())
		}
	}
	full, _ := status.FromError(busy(retryHint))
	said, _ := status.FromError(submit(1))
	sentences := func(s *status.Status) map[string]string {
		in := map[string]string{"en": s.Message()}
		for _, d := range s.Details() {
			if m, ok := d.(*errdetails.LocalizedMessage); ok {
				in[m.GetLocale()] = m.GetMessage()
			}
		}
		return in
	}
	if got, want := sentences(said), sentences(full); !maps.Equal(got, want) || len(want) != 2 {
		t.Errorf("unread it is told %q, and read %q", got, want)
	}
	if _, err := c.Simulate(ctx, new(apiv1.SimulateRequest)); err != nil || service.calls.Load() != 2 {
		t.Errorf("%d calls came through, want 2: %v", service.calls.Load(), err)
	}
	// gRPC would keep the clock of this one for an hour.
	far, end := context.WithTimeout(t.Context(), time.Hour)
	defer end()
	if _, err := c.Submit(far, new(apiv1.SubmitRequest)); err != nil || service.calls.Load() != 3 {
		t.Errorf("with a deadline far off: %d calls came through, want 3: %v", service.calls.Load(), err)
	}
	room.Store(4)
	if err := submit(300); err != nil || service.calls.Load() != 4 {
		t.Errorf("with room again: %v", err)
	}
	// What calls say that they carry is known before it is read.
	for records, through := range map[int]int64{4: 1, 5: 0, 1024: 0} {
		before := service.calls.Load()
		envelopes := make([][]byte, records)
		_, err := c.Submit(carries.Tell(ctx, envelopes), &apiv1.SubmitRequest{Envelopes: envelopes})
		if got := service.calls.Load() - before; got != through || (status.Code(err) == codes.ResourceExhausted) != (through == 0) {
			t.Errorf("%d records, room for 4: %d calls came through, %v", records, got, err)
		}
	}
}

// TestClocksAreBounded: whatever deadlines callers choose, no more clocks run than there is room for, and room comes back when they have ended.
func TestClocksAreBounded(t *testing.T) {
	t.Parallel()
	c := new(clocks)
	now := time.Unix(1_000_000, 500)
	fill := func(in time.Duration) (n int) {
		for c.room(now, now.Add(in)) {
			c.add(now.Add(in))
			n++
		}
		return n
	}
	if c.room(now, now.Add(clockSeconds*time.Second+1)) {
		t.Error("a clock beyond the last second")
	}
	if n := fill(clockSeconds * time.Second); n != mostClocks {
		t.Errorf("%d clocks, want %d", n, mostClocks)
	}
	now = now.Add(clockSeconds * time.Second)
	if n := fill(time.Second); n != 0 {
		t.Errorf("%d more while all run", n)
	}
	now = now.Add(time.Second)
	if n := fill(time.Second); n != mostClocks {
		t.Errorf("%d clocks when the others have ended", n)
	}
	now = now.Add(time.Hour)
	if n := fill(2 * time.Second); n != mostClocks || c.n != mostClocks {
		t.Errorf("%d clocks after an hour, %d counted", n, c.n)
	}
}
