package node

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// 256 streams that follow the log over one connection keep nobody from following: the one that was sent leaves the longest ago ends, and is told so.
func TestFollowersKeepNobodyOut(t *testing.T) {
	t.Parallel()
	w, h := crowded(t, maxFollowers, time.Now)
	h.accepted(w.Register(1, 1).Envelope)
	conn := apigrpc.NewLedgerServiceClient(h.dial())
	ended := make(chan error, maxFollowers)
	follow := func(c apigrpc.LedgerServiceClient) grpc.ServerStreamingClient[apiv1.StreamLeavesResponse] {
		s, err := c.StreamLeaves(t.Context(), &apiv1.StreamLeavesRequest{Follow: true})
		if err == nil {
			_, err = s.Recv()
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for range maxFollowers {
		s := follow(conn)
		go func() {
			for {
				if _, err := s.Recv(); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	w.eventually("all places are taken", func() bool { return h.Intake().Followers == maxFollowers })
	other := follow(apigrpc.NewLedgerServiceClient(h.dial()))
	wantMadeRoom(t, <-ended)
	if _, text := h.asked("/metrics"); !strings.Contains(text, "\nocop_follow_streams 256\n") || !strings.Contains(text, "\nocop_follow_streams_ended_total 1\n") {
		t.Error("what became of the followers is not told")
	}
	h.accepted(w.Register(1, 2).Envelope)
	if _, err := other.Recv(); err != nil {
		t.Errorf("who came last: %v", err)
	}
	if len(ended) != 0 {
		t.Errorf("another stream ended: %v", <-ended)
	}
}

// A follower that reads nothing, and whose leaves wait in its connection, makes room before one that reads, however long that has followed; and its call ends.
func TestUnreadFollowersMakeRoom(t *testing.T) {
	t.Parallel()
	var tick atomic.Int64
	w, h := crowded(t, 2, func() time.Time { return time.Unix(tick.Load(), 0) })
	const records = 1000 // three runs of leaves; gRPC lets one wait
	for n := range records / 250 {
		var envelopes [][]byte
		for i := range 250 {
			envelopes = append(envelopes, w.long(250*n+i))
		}
		h.accepted(envelopes...)
	}
	follow := func(from uint64) grpc.ServerStreamingClient[apiv1.StreamLeavesResponse] {
		s, err := apigrpc.NewLedgerServiceClient(h.dial()).StreamLeaves(t.Context(), &apiv1.StreamLeavesRequest{From: from, Follow: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	reads := follow(h.Ledger().Head().Size - 1)
	if _, err := reads.Recv(); err != nil {
		t.Fatal(err)
	}
	unread := follow(0)
	if _, err := unread.Header(); err != nil { // the first run is on its way
		t.Fatal(err)
	}
	for stands := false; !stands; {
		tick.Add(1)
		h.accepted(w.long(records + int(tick.Load())))
		if _, err := reads.Recv(); err != nil {
			t.Fatal(err)
		}
		w.eventually("who reads has moved", func() bool {
			moved := h.moved()
			stands = moved[0] < moved[1]
			return moved[1] == tick.Load()
		})
	}
	if _, err := follow(h.Ledger().Head().Size - 1).Recv(); err != nil {
		t.Fatal(err)
	}
	w.eventually("the call of who reads nothing ends", func() bool {
		_, text := h.asked("/metrics")
		return strings.Contains(text, "\nocop_grpc_requests_in_flight{door=\"public\"} 2\n")
	})
	for err := error(nil); err == nil; {
		if _, err = unread.Recv(); err != nil {
			wantMadeRoom(t, err)
		}
	}
	h.accepted(w.long(records))
	if _, err := reads.Recv(); err != nil {
		t.Errorf("who reads: %v", err)
	}
}

// moved are the seconds in which the followers were sent leaves, ascending.
func (h *host) moved() (seconds []int64) {
	h.intake.followers.mu.Lock()
	defer h.intake.followers.mu.Unlock()
	for p := range h.intake.followers.taken {
		seconds = append(seconds, p.from.Load()/int64(time.Second))
	}
	slices.Sort(seconds)
	return seconds
}
