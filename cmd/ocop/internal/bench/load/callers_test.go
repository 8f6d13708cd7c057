package load

import (
	"context"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const deadline = 30 * time.Second

// TestCallers: a caller tries again what may yet be taken in, leaves what is refused, goes on at another node when one is gone, and waiting counts from the first attempt.
func TestCallers(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	offer, stop := context.WithCancel(ctx)
	defer stop()
	var order [][]byte
	good := listen(t, func(attempt int, envelope []byte) (*apiv1.Outcome, error) {
		order = append(order, slices.Clone(envelope))
		switch attempt {
		case 1:
			return refused("overloaded"), nil
		case 2:
			return nil, status.Error(codes.ResourceExhausted, "slowly")
		case 4:
			return refused("more_than_holding"), nil
		case 6:
			stop()
		}
		return accepted(uint64(attempt)), nil
	})
	gone := listen(t, func(int, []byte) (*apiv1.Outcome, error) { return nil, status.Error(codes.Unavailable, "gone") })
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if err := (&Callers{Stock: stock, Nodes: []string{gone, good}}).Run(ctx, offer, 0, 1, tally); err != nil {
		t.Fatal(err)
	}
	r := Join([]*Tally{tally})
	if len(order) != 6 {
		t.Fatalf("%d calls", len(order))
	}
	same := slices.Equal(order[0], order[1]) && slices.Equal(order[1], order[2]) && !slices.Equal(order[2], order[3]) && !slices.Equal(order[3], order[4])
	if len(r.Acks) != 3 || !same || r.Height != 6 || r.Open != 0 {
		t.Errorf("%d acknowledged, records %v, height %d, %d open", len(r.Acks), order, r.Height, r.Open)
	}
	if want := map[string]uint64{"unavailable": 1, "resourceexhausted": 1, "overloaded": 1, "more_than_holding": 1}; !maps.Equal(r.Errors, want) {
		t.Errorf("%v, want %v", r.Errors, want)
	}
	if r.Latency.Max() < 2*firstPause { // attempts, the pauses between them included
		t.Errorf("the first record waited %v", r.Latency.Max())
	}
}

// TestCallersTogether: callers of one connection call beside each other, each again as soon as it is answered, and never with another one's record; those whose
// connection is cut off go on over a new one.
func TestCallersTogether(t *testing.T) {
	t.Parallel()
	const callers, records = 7, 500
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	offer, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	calls, underway, most := make(map[ledger.RecordID]int), 0, 0
	together := make(chan struct{}) // closed once all have called
	answer := func(_ int, envelope []byte) (*apiv1.Outcome, error) {
		var id ledger.RecordID
		copy(id[:], envelope)
		mu.Lock()
		calls[id]++
		underway++
		if most = max(most, underway); most == callers {
			select {
			case <-together:
			default:
				close(together)
			}
		}
		if len(calls) == records {
			stop()
		}
		mu.Unlock()
		<-together
		mu.Lock()
		underway--
		mu.Unlock()
		return accepted(3), nil
	}
	cut := func(after time.Duration) string { // a node that goes away, before it is called or afterwards
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}) // empty settings: it lets everybody call
				_ = c.SetReadDeadline(time.Now().Add(after))
				_, _ = io.Copy(io.Discard, c)
				c.Close()
			}
		}()
		return l.Addr().String()
	}
	stock, err := NewStock(numbered(2), 100)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if err := (&Callers{Stock: stock, Nodes: []string{cut(0), cut(50 * time.Millisecond), listen(t, answer)}}).Run(ctx, offer, 0, callers, tally); err != nil {
		t.Fatal(err)
	}
	r := Join([]*Tally{tally})
	seen := make(map[ledger.RecordID]bool)
	for _, a := range r.Acks {
		if seen[a.Record] || calls[a.Record] == 0 {
			t.Errorf("record %x is acknowledged twice, or was not submitted", a.Record[:9])
		}
		seen[a.Record] = true
	}
	if len(seen) != len(calls) || len(seen) < records || len(seen) >= records+callers || most != callers || r.Open != 0 {
		t.Errorf("%d acknowledged of %d submitted; %d at once; %d open", len(seen), len(calls), most, r.Open)
	}
	if r.Errors["unreachable"] == 0 || len(r.Errors) != 1 {
		t.Errorf("%v", r.Errors)
	}
}

// TestCallersEnd: what is not known when ctx ends, under way or about to be tried again, is counted as open, and the callers end.
func TestCallersEnd(t *testing.T) {
	t.Parallel()
	const callers = 4
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	at := listen(t, func(attempt int, _ []byte) (*apiv1.Outcome, error) {
		if attempt > callers { // somebody's second attempt: others may be between two
			end()
			<-t.Context().Done()
		}
		return refused("unknown_outcome"), nil
	})
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if err := (&Callers{Stock: stock, Nodes: []string{at}}).Run(ctx, ctx, 0, callers, tally); err != nil {
		t.Fatal(err)
	}
	if r := Join([]*Tally{tally}); r.Open != callers || r.Errors["unknown_outcome"] != callers || len(r.Acks) != 0 {
		t.Errorf("%d open, %v, %d acknowledged", r.Open, r.Errors, len(r.Acks))
	}
}
