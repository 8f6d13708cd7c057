package node

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
)

// sender is a client's end of a stream, in the process.
type sender struct {
	messages chan [][]byte
	ended    chan error

	mu       sync.Mutex
	outcomes map[uint64]chain.Outcome
	receipts map[uint64][]byte
	order    []uint64
	told     chan struct{}
}

// stream opens a stream at a node.
func (h *host) stream(ctx context.Context, certified, receipts bool) *sender {
	s := &sender{
		messages: make(chan [][]byte), ended: make(chan error, 1), outcomes: make(map[uint64]chain.Outcome), receipts: make(map[uint64][]byte), told: make(chan struct{}, 1),
	}
	go func() {
		s.ended <- h.SubmitStream(ctx, certified, receipts, func() ([][]byte, error) {
			if m, ok := <-s.messages; ok {
				return m, nil
			}
			return nil, io.EOF
		}, s.settled)
	}()
	return s
}

func (s *sender) settled(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range numbers {
		if _, twice := s.outcomes[n]; twice {
			return errors.New("acknowledged twice")
		}
		s.outcomes[n] = outcomes[i]
		s.order = append(s.order, n)
		if receipts != nil {
			s.receipts[n] = receipts[i]
		}
	}
	select {
	case s.told <- struct{}{}:
	default:
	}
	return nil
}

func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.outcomes)
}

// end sends no more and waits for the end.
func (s *sender) end() error {
	close(s.messages)
	return <-s.ended
}

// Whichever node it goes to, a stream's records are ordered as they came, each once.
func TestStreamOrder(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i, h := range []*host{w.leader(), w.follower()} {
		s := h.stream(t.Context(), false, false)
		const messages, each = 60, 50
		for m := range messages {
			var envelopes [][]byte
			for r := range each {
				envelopes = append(envelopes, w.Register(1, 1+(i*messages+m)*each+r).Envelope)
			}
			s.messages <- envelopes
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		if len(s.outcomes) != messages*each {
			t.Fatalf("%d outcomes, want %d", len(s.outcomes), messages*each)
		}
		last := uint64(0)
		for n := range uint64(messages * each) {
			o := s.outcomes[n]
			if o.Status != chain.Accepted || o.Leaf <= last {
				t.Fatalf("record %d: %+v after leaf %d", n, o, last)
			}
			last = o.Leaf
		}
		if i := h.Intake(); i.StreamRecords != 0 || i.StreamBytes != 0 || i.Streams != 0 {
			t.Errorf("left behind: %+v", i)
		}
	}
}
