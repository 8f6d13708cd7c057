package load

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// node answers as a test says. How real nodes answer is seen by the benchmark's own runs.
type node struct {
	apigrpc.UnimplementedSubmitServiceServer
	answer func(attempt int, envelope []byte) (*apiv1.Outcome, error)

	mu    sync.Mutex
	asked int
}

func (n *node) Submit(_ context.Context, r *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	n.mu.Lock()
	n.asked++
	attempt := n.asked
	n.mu.Unlock()
	o, err := n.answer(attempt, r.GetEnvelopes()[0])
	if err != nil {
		return nil, err
	}
	return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{o}}, nil
}

func dial(t *testing.T, answer func(attempt int, envelope []byte) (*apiv1.Outcome, error)) *client.Client {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	apigrpc.RegisterSubmitServiceServer(server, &node{answer: answer})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c, err := client.New("node", client.Options{
		Dial: grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func accepted(height uint64) *apiv1.Outcome {
	return &apiv1.Outcome{Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: height}}}
}

func refused(reason string) *apiv1.Outcome {
	return &apiv1.Outcome{Result: &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: &apiv1.Refusal{Reason: reason}}}}
}

// numbered are signers whose records bear numbers, of each signer in order.
func numbered(signers int) (list []Signer) {
	for s := range signers {
		n := uint64(0)
		list = append(list, func() (Record, error) {
			n++
			b := binary.BigEndian.AppendUint64([]byte{byte(s)}, n)
			r := Record{Envelope: b, Actions: 2}
			copy(r.ID[:], b)
			return r, nil
		})
	}
	return list
}

// TestStock: every record is handed out once, whoever asks, those signed beforehand first.
func TestStock(t *testing.T) {
	for _, ready := range []int{0, 1, 5, 40} {
		s, err := NewStock(numbered(3), ready)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := make(map[ledger.RecordID]bool)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 20 {
					r, err := s.Take()
					mu.Lock()
					if err != nil || seen[r.ID] || len(r.Envelope) == 0 {
						t.Errorf("%v twice, %v", r, err)
					}
					seen[r.ID] = true
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if len(seen) != 80 || s.Late() != uint64(80-ready) {
			t.Errorf("%d records, %d of them late, %d ready", len(seen), s.Late(), ready)
		}
	}
	s, _ := NewStock(numbered(2), 40)
	if _, err := s.Fill(60); err != nil {
		t.Fatal(err)
	}
	last := make(map[byte]uint64)
	for range 60 {
		r, err := s.Take()
		if by, n := r.Envelope[0], binary.BigEndian.Uint64(r.Envelope[1:]); err != nil || n != last[by]+1 {
			t.Errorf("record %d of signer %d after its record %d, %v", n, by, last[by], err)
		} else {
			last[by] = n
		}
	}
	s, _ = NewStock(numbered(1), 0)
	r, _ := s.Take()
	s.Return(r)
	if again, _ := s.Take(); again.ID != r.ID {
		t.Error("what was returned is not handed out again")
	}
	broken := errors.New("broken")
	if _, err := NewStock([]Signer{func() (Record, error) { return Record{}, broken }}, 3); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestTally: the window counts, and everything that was acknowledged is kept.
func TestTally(t *testing.T) {
	begun := time.Now().Add(-time.Minute)
	inside, outside := NewTally(begun, time.Second, time.Hour), NewTally(begun, time.Hour, 2*time.Hour)
	r := &Record{ID: ledger.RecordID{1}, Envelope: make([]byte, 300), Actions: 3}
	for _, tally := range []*Tally{inside, outside} {
		tally.Accepted(r, time.Now().Add(-time.Second), 7, nil)
		tally.Failed("overloaded")
		tally.Open()
	}
	for _, c := range []struct {
		tallies     []*Tally
		acks        int
		timed, errs uint64
	}{{[]*Tally{inside}, 1, 1, 1}, {[]*Tally{outside}, 1, 0, 0}, {[]*Tally{inside, outside}, 2, 1, 1}} {
		j := Join(c.tallies)
		if len(j.Acks) != c.acks || j.Latency.Count() != c.timed || j.Errors["overloaded"] != c.errs || j.Height != 7 || j.Bytes != 300*c.timed || j.Open != uint64(c.acks) {
			t.Errorf("%d acks, %d timed, %v, %d bytes, %d open", len(j.Acks), j.Latency.Count(), j.Errors, j.Bytes, j.Open)
		}
	}
}

func TestGap(t *testing.T) {
	r := &Result{}
	for _, at := range []time.Duration{1, 2, 30, 31, 50} {
		r.Acks = append(r.Acks, Ack{At: at, Actions: 2})
	}
	for _, c := range []struct {
		open           uint64
		from, to, seen time.Duration
		want           Gap
	}{
		{0, 0, 50, 60, Gap{2, 28, true}},
		{0, 29, 50, 60, Gap{31, 19, true}}, // an acknowledgement that comes when the offering is over ends it, too
		{0, 0, 20, 60, Gap{2, 28, true}},
		{0, 0, 100, 400, Gap{50, 50, false}}, // nobody waits then
		{1, 0, 100, 400, Gap{50, 350, false}},
		{1, 0, 55, 400, Gap{50, 350, false}},
		{0, 0, 55, 400, Gap{2, 28, true}},
		{0, 60, 70, 80, Gap{60, 10, false}},
		{1, 60, 70, 80, Gap{60, 20, false}},
		{0, 50, 50, 50, Gap{}},
	} {
		r.Open = c.open
		if got := r.Gap(c.from, c.to, c.seen); got != c.want {
			t.Errorf("from %d to %d, seen to %d, %d open: %+v, want %+v", c.from, c.to, c.seen, c.open, got, c.want)
		}
	}
	if records, actions := r.Between(2, 31); records != 2 || actions != 4 {
		t.Errorf("%d records, %d actions", records, actions)
	}
}

// TestOpenCountsFromDue: while a node does not answer, records go on falling due, and each has waited since then. A benchmark that counted from the call would
// see one slow record and many quick ones.
func TestOpenCountsFromDue(t *testing.T) {
	const stall, rate = 200 * time.Millisecond, 1000.0
	offer, stop := context.WithCancel(t.Context())
	defer stop()
	c := dial(t, func(attempt int, _ []byte) (*apiv1.Outcome, error) {
		if attempt == 1 {
			time.Sleep(stall) // the node stands still; whatever the machine adds only makes records wait longer
		}
		if attempt == int(rate*stall.Seconds()) {
			stop()
		}
		return accepted(1), nil
	})
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	tally := NewTally(begun, 0, time.Hour)
	offered, err := (&Unary{Stock: stock, Nodes: []*client.Client{c}}).Open(t.Context(), offer, begun, rate, 1, []*Tally{tally})
	r := Join([]*Tally{tally})
	if err != nil || offered != uint64(len(r.Acks)) || len(r.Acks) < int(rate*stall.Seconds()) {
		t.Fatalf("%v, %d offered, %d acknowledged", err, offered, len(r.Acks))
	}
	// Of the 200 records due in the stall, those of its first half have waited its second half at least.
	late := float64(rate*stall.Seconds()/2) / float64(len(r.Acks))
	if waited := r.Latency.Quantile(1 - late + 0.01); waited < stall/2 {
		t.Errorf("the slowest %.0f %% begin at %v, want %v at least", 100*late, waited, stall/2)
	}
}

// TestOpenReturns: what a node does not take in goes back, and is offered again as another one's record.
func TestOpenReturns(t *testing.T) {
	offer, stop := context.WithCancel(t.Context())
	defer stop()
	c := dial(t, func(attempt int, envelope []byte) (*apiv1.Outcome, error) {
		if attempt == 20 {
			stop()
		}
		if attempt < 20 {
			return nil, status.Error(codes.ResourceExhausted, "slowly")
		}
		return accepted(1), nil
	})
	stock, err := NewStock(numbered(1), 1)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if _, err := (&Unary{Stock: stock, Nodes: []*client.Client{c}}).Open(t.Context(), offer, time.Now(), 1e6, 1, []*Tally{tally}); err != nil {
		t.Fatal(err)
	}
	if r := Join([]*Tally{tally}); stock.Late() > 1 || r.Errors["overloaded"] != 19 || len(r.Acks) == 0 {
		t.Errorf("%d signed late, %v, %d acknowledged", stock.Late(), r.Errors, len(r.Acks))
	}
}
