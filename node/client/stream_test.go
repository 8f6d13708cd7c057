package client

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// streamNode is a node whose streams are answered as told.
type streamNode struct {
	node
	stream func(attempt int, s server) error
}

type server = grpc.BidiStreamingServer[apiv1.SubmitStreamRequest, apiv1.SubmitStreamResponse]

func (n *streamNode) SubmitStream(s server) error {
	n.mu.Lock()
	n.asked++
	attempt := n.asked
	n.mu.Unlock()
	return n.stream(attempt, s)
}

// dialStream is dial for a node with streams.
func dialStream(t *testing.T, n *streamNode) *Client {
	return serveOn(t, func(s *grpc.Server) { apigrpc.RegisterSubmitServiceServer(s, n) })
}

// all acknowledges whatever comes, as accepted in order, until the sender ends.
func all(s server) error {
	for next := uint64(0); ; {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n := uint64(len(m.GetEnvelopes()))
		if err := s.Send(&apiv1.SubmitStreamResponse{Runs: []*apiv1.AcceptedRun{{First: next, Count: uint32(n), Height: 1, Leaf: 100 + next}}}); err != nil {
			return err
		}
		next += n
	}
}

// tally is what became of each number, and how often it was said.
type tally struct {
	sync.Mutex
	times map[uint64]int
	leaf  map[uint64]uint64
	last  Acknowledgement
}

func (c *tally) settled(a Acknowledgement) {
	c.Lock()
	defer c.Unlock()
	if c.times == nil {
		c.times, c.leaf = make(map[uint64]int), make(map[uint64]uint64)
	}
	for i := range a.Count {
		c.times[a.First+i]++
		c.leaf[a.First+i] = a.Leaf + i
	}
	c.last = a
}

func (c *tally) each(t *testing.T, n int) {
	t.Helper()
	c.Lock()
	defer c.Unlock()
	for i := range uint64(n) {
		if c.times[i] != 1 {
			t.Errorf("record %d was acknowledged %d times", i, c.times[i])
		}
	}
	if len(c.times) != n {
		t.Errorf("%d records acknowledged, want %d", len(c.times), n)
	}
}

func sendAll(t *testing.T, s *Stream, envelopes [][]byte) {
	t.Helper()
	for i, e := range envelopes {
		if n, err := s.Send(t.Context(), e); err != nil || n != uint64(i) {
			t.Fatalf("record %d got number %d, %v", i, n, err)
		}
	}
}

// Whoever sends is stopped by the window; every record is acknowledged once, under its own number, and messages keep to the API's bounds.
func TestStream(t *testing.T) {
	var largest, bytes int
	n := &streamNode{stream: func(_ int, s server) error {
		return all(checked{s, func(m *apiv1.SubmitStreamRequest) {
			total := 0
			for _, e := range m.GetEnvelopes() {
				total += len(e)
			}
			largest, bytes = max(largest, len(m.GetEnvelopes())), max(bytes, total)
		}})
	}}
	var got tally
	s := NewStream(t.Context(), []*Client{dialStream(t, n)}, StreamOptions{Settled: got.settled})
	sendAll(t, s, numbered(20_000, 1000))
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got.each(t, 20_000)
	if got.leaf[17_000] != 17_100 || s.Waiting() != 0 {
		t.Errorf("record 17,000 has leaf %d; %d wait", got.leaf[17_000], s.Waiting())
	}
	if largest == 1 || largest > maxMessageRecords || bytes > maxMessageBytes {
		t.Errorf("messages of up to %d records, %d bytes", largest, bytes)
	}
	if _, err := s.Send(t.Context(), []byte{1}); !errors.Is(err, ErrStreamClosed) {
		t.Errorf("a record after the end: %v", err)
	}
}

type checked struct {
	server
	see func(*apiv1.SubmitStreamRequest)
}

func (c checked) Recv() (*apiv1.SubmitStreamRequest, error) {
	m, err := c.server.Recv()
	if err == nil {
		c.see(m)
	}
	return m, err
}

// What waits for acknowledgements is bounded, in records and in bytes, and a large record passes alone.
func TestStreamWindow(t *testing.T) {
	hold := make(chan struct{})
	n := &streamNode{stream: func(_ int, s server) error { <-hold; return all(s) }}
	var got tally
	s := NewStream(t.Context(), []*Client{dialStream(t, n)}, StreamOptions{Settled: got.settled, Records: 3, Bytes: 100})
	sendAll(t, s, numbered(3, 20))
	brief, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Send(brief, make([]byte, 8)); !errors.Is(err, context.Canceled) {
		t.Errorf("a fourth record of three: %v", err)
	}
	close(hold)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got.each(t, 3)
	if _, err := s.Send(t.Context(), make([]byte, 1000)); err != nil {
		t.Errorf("a record beyond the window: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got.each(t, 4)
}

// A lost connection, and a record of which a node knows nothing, are made up for at the next node, in order, under the old numbers.
func TestStreamGoesOn(t *testing.T) {
	lost := &streamNode{stream: func(_ int, s server) error {
		if _, err := s.Recv(); err != nil {
			return err
		}
		if err := s.Send(&apiv1.SubmitStreamResponse{Runs: []*apiv1.AcceptedRun{{First: 1, Count: 1}}}); err != nil {
			return err
		}
		return status.Error(codes.Unavailable, "gone")
	}}
	unsure := &streamNode{stream: func(_ int, s server) error {
		m, err := s.Recv()
		if err != nil {
			return err
		}
		if string(m.GetEnvelopes()[0][:8]) != "00000000" || string(m.GetEnvelopes()[1][:8]) != "00000002" {
			t.Errorf("the second node was sent %s, %s", m.GetEnvelopes()[0], m.GetEnvelopes()[1])
		}
		_ = s.Send(&apiv1.SubmitStreamResponse{Outcomes: []*apiv1.NumberedOutcome{
			{Number: 0, Outcome: refused("more_than_holding")}, {Number: 1, Outcome: refused("unknown_outcome")},
		}})
		<-s.Context().Done()
		return s.Context().Err()
	}}
	good := &streamNode{stream: func(_ int, s server) error { return all(s) }}
	var got tally
	var why []string
	s := NewStream(t.Context(), []*Client{dialStream(t, lost), dialStream(t, unsure), dialStream(t, good)}, StreamOptions{Settled: got.settled, Lost: func(err error) {
		if e, ok := errors.AsType[*Error](err); ok {
			why = append(why, e.Reason)
		}
	}})
	sendAll(t, s, numbered(4, 16))
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got.each(t, 4)
	if asked := []int{lost.asked, unsure.asked, good.asked}; !slices.Equal(asked, []int{1, 1, 1}) {
		t.Errorf("nodes were asked %v times", asked)
	}
	if want := []string{"unreachable", "unknown_outcome"}; !slices.Equal(why, want) {
		t.Errorf("connections were lost for %v, want %v", why, want)
	}
}

// A node that makes no sense, or refuses the stream itself, ends it, and everybody who waits is told.
func TestStreamEnds(t *testing.T) {
	for name, answer := range map[string]func(int, server) error{
		"refused": func(int, server) error { return status.Error(codes.InvalidArgument, "no") },
		"twice": func(_ int, s server) error {
			_, _ = s.Recv()
			_ = s.Send(&apiv1.SubmitStreamResponse{Runs: []*apiv1.AcceptedRun{{Count: 1}, {Count: 1}}})
			<-s.Context().Done()
			return nil
		},
		"never sent": func(_ int, s server) error {
			_, _ = s.Recv()
			_ = s.Send(&apiv1.SubmitStreamResponse{Runs: []*apiv1.AcceptedRun{{First: 1 << 63, Count: 1}}})
			<-s.Context().Done()
			return nil
		},
		"nothing": func(_ int, s server) error {
			_, _ = s.Recv()
			_ = s.Send(&apiv1.SubmitStreamResponse{Runs: []*apiv1.AcceptedRun{{}}})
			<-s.Context().Done()
			return nil
		},
		"early": func(int, server) error { return nil },
	} {
		n := &streamNode{stream: answer}
		s := NewStream(t.Context(), []*Client{dialStream(t, n)}, StreamOptions{Records: 2})
		for _, e := range numbered(2, 16) {
			_, _ = s.Send(t.Context(), e)
		}
		_, err := s.Send(t.Context(), make([]byte, 16))
		if e, ok := errors.AsType[*Error](err); !ok && err != nil || err != nil && e.Vietnamese == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Close(t.Context()); err == nil {
			t.Errorf("%s: the stream goes on", name)
		}
		if n.asked != 1 {
			t.Errorf("%s: asked %d times", name, n.asked)
		}
	}
	n := &streamNode{stream: func(_ int, s server) error { <-s.Context().Done(); return s.Context().Err() }}
	ctx, cancel := context.WithCancel(t.Context())
	s := NewStream(ctx, []*Client{dialStream(t, n)}, StreamOptions{})
	sendAll(t, s, numbered(1, 16))
	cancel()
	if err := s.Flush(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stream whose context has ended: %v", err)
	}
	if err := s.Close(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("and at its end: %v", err)
	}
}

// More records than a call holds go over a stream; outcomes are the same as of calls, and what is known when time runs out is told.
func TestSubmitMany(t *testing.T) {
	n := &streamNode{stream: func(_ int, s server) error { return all(s) }}
	last := 0
	outcomes, err := dialStream(t, n).Submit(t.Context(), numbered(2500, 16), func(done int) { last = done })
	if err != nil || last != 2500 || n.asked != 1 {
		t.Fatalf("%v; %d done, asked %d times", err, last, n.asked)
	}
	for i, o := range outcomes {
		if o.GetAccepted().GetLeaf() != uint64(100+i) || o.GetAccepted().GetHeight() != 1 {
			t.Fatalf("record %d: %v", i, o)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	n.stream = func(_ int, s server) error {
		if _, err := s.Recv(); err != nil {
			return err
		}
		_ = s.Send(&apiv1.SubmitStreamResponse{Outcomes: []*apiv1.NumberedOutcome{{Outcome: refused("more_than_holding")}}})
		<-s.Context().Done()
		return nil
	}
	outcomes, err = dialStream(t, n).Submit(ctx, numbered(1025, 16), func(int) { cancel() })
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unreachable() || outcomes[0].GetRefused() == nil || outcomes[1] != nil {
		t.Errorf("when time runs out: %v, %v", err, outcomes[:2])
	}
}
