package node

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// crowded is a node whose clients come over connections, with so many places for their streams.
func crowded(t *testing.T, most int64, now func() time.Time) (*network, *host) {
	w := newNetwork(t, 1)
	h := w.nodes[0]
	h.serve()
	h.prepare = func(n *Node) {
		n.intake.streams, n.intake.followers = newPlaces(most, now), newPlaces(most, now)
	}
	w.start()
	return w, w.leader()
}

// wantMadeRoom wants an end in both languages that says when to come again.
func wantMadeRoom(t *testing.T, err error) {
	t.Helper()
	s, _ := status.FromError(err)
	why, languages, retry := "", 0, false
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			why = d.GetReason()
		case *errdetails.LocalizedMessage:
			languages++
		case *errdetails.RetryInfo:
			retry = d.GetRetryDelay().AsDuration() > 0
		}
	}
	if s.Code() != codes.Unavailable || why != "made_room" || languages != 2 || !retry {
		t.Errorf("the end of a stream that made room: %v, %v", err, s.Details())
	}
}

// acknowledges has a record sent by our own client over a connection of its own, and waits until it is on the ledger.
func (h *host) acknowledges(t *testing.T, envelope []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var told atomic.Bool
	s := client.NewStream(ctx, []*client.Client{h.client()}, client.StreamOptions{Settled: func(a client.Acknowledgement) { told.Store(a.Accepted()) }})
	if _, err := s.Send(ctx, envelope); err != nil {
		t.Error(err)
	}
	if err := s.Close(ctx); err != nil || !told.Load() {
		t.Errorf("accepted: %v, %v", told.Load(), err)
	}
}

// 256 streams without a record, over one connection, keep nobody out: one of them ends, and is told so.
func TestIdleStreamsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	w, h := crowded(t, maxSubmitStreams, time.Now)
	conn := apigrpc.NewSubmitServiceClient(h.dial())
	ended := make(chan error, maxSubmitStreams)
	for range maxSubmitStreams {
		s, err := conn.SubmitStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(new(apiv1.SubmitStreamRequest)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := s.Recv()
			ended <- err
		}()
	}
	w.eventually("all places are taken", func() bool { return h.Intake().Streams == maxSubmitStreams })
	h.acknowledges(t, w.Register(1, 1).Envelope)
	if t.Failed() {
		return
	}
	wantMadeRoom(t, <-ended)
	w.eventually("its place is free again", func() bool { return h.Intake().Streams == maxSubmitStreams-1 })
	if _, text := h.asked("/metrics"); !strings.Contains(text, "\nocop_submit_streams 255\n") || !strings.Contains(text, "\nocop_submit_streams_ended_total 1\n") {
		t.Error("what became of the streams is not told")
	}
	select {
	case err := <-ended:
		t.Errorf("another stream ended: %v", err)
	default:
	}
}

// A stream of our client's that made room goes on when there is something to send, and its user sees nothing of it.
func TestStreamGoesOnAfterMakingRoom(t *testing.T) {
	t.Parallel()
	w, h := crowded(t, 1, time.Now)
	var leaves atomic.Int64
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	s := client.NewStream(ctx, []*client.Client{h.client()}, client.StreamOptions{Settled: func(a client.Acknowledgement) {
		if a.Accepted() {
			leaves.Add(int64(a.Count))
		}
	}})
	for n := range 3 {
		if _, err := s.Send(ctx, w.Register(1, 2*n+1).Envelope); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		h.acknowledges(t, w.Register(1, 2*n+2).Envelope)
	}
	if err := s.Close(ctx); err != nil || leaves.Load() != 3 {
		t.Errorf("%d records accepted, %v", leaves.Load(), err)
	}
	if h.intake.streams.madeRoom() == 0 {
		t.Error("nobody made room")
	}
}

// Streams whose clients send what will be refused and read nothing keep nobody out either, although their acknowledgements wait for them.
func TestUnreadStreamsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	const most = 3
	var later atomic.Int64
	w, h := crowded(t, most, func() time.Time { return time.Unix(0, later.Load()) })
	conn := apigrpc.NewSubmitServiceClient(h.dial())
	var streams []apigrpc.SubmitService_SubmitStreamClient
	for range most {
		s, err := conn.SubmitStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range streamWindow / MaxStreamMessage {
			if err := s.Send(&apiv1.SubmitStreamRequest{Envelopes: slices.Repeat([][]byte{{1}}, MaxStreamMessage)}); err != nil {
				t.Fatal(err)
			}
		}
		streams = append(streams, s)
	}
	w.eventually("all have acknowledgements that nobody reads", func() bool { return h.Intake().Streams == most && h.unread() == most })
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.acknowledges(t, w.Register(1, 1).Envelope)
	}()
	w.eventually("somebody else is served", func() bool {
		later.Add(int64(unreadLimit))
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	ended := make(chan error, most)
	for _, s := range streams { // the acknowledgements that wait come first
		go func() {
			for {
				if _, err := s.Recv(); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	wantMadeRoom(t, <-ended)
}

// Streams that are always at work, over one connection, keep nobody out who comes over another: one of them ends, and what it was sent has its outcome all the same.
func TestBusyStreamsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	const most = 4
	w, h := crowded(t, most, time.Now)
	h.growing.Lock() // nothing is applied: whoever has sent a record waits for the node
	unlock := sync.OnceFunc(h.growing.Unlock)
	defer unlock()
	conn := apigrpc.NewSubmitServiceClient(h.dial())
	ended, sent := make(chan error, most), make([][]byte, most)
	for i := range most {
		s, err := conn.SubmitStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sent[i] = w.Register(1, i+1).Envelope
		if err := s.Send(&apiv1.SubmitStreamRequest{Envelopes: [][]byte{sent[i]}}); err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				if _, err := s.Recv(); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	w.eventually("all are at work", func() bool { return h.Intake().StreamRecords == most })
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.acknowledges(t, w.Register(1, most+1).Envelope)
	}()
	select {
	case err := <-ended:
		wantMadeRoom(t, err)
	case <-done:
	}
	unlock()
	<-done
	if len(ended) != 0 {
		t.Errorf("another stream ended: %v", <-ended)
	}
	h.accepted(sent...)
}

// unread is how many streams hand acknowledgements on.
func (h *host) unread() (n int) {
	h.intake.streams.mu.Lock()
	defer h.intake.streams.mu.Unlock()
	for p := range h.intake.streams.taken {
		p.mu.Lock()
		if p.tells {
			n++
		}
		p.mu.Unlock()
	}
	return n
}
