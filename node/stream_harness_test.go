package node

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger/chain"
)

// sender is a client's end of a stream, in the process.
type sender struct {
	messages chan [][]byte
	ended    chan error

	received atomic.Int64 // records
	slow     func()       // called with everything told, before it is noted; nil: nothing

	mu       sync.Mutex
	outcomes map[uint64]chain.Outcome
	receipts map[uint64][]byte
	told     map[uint64]uint64 // certified leaves when it was told
	host     *host
}

// stream opens a stream at a node.
func (h *host) stream(ctx context.Context, certified, receipts bool) *sender {
	s := &sender{
		messages: make(chan [][]byte), ended: make(chan error, 1), outcomes: make(map[uint64]chain.Outcome), receipts: make(map[uint64][]byte), told: make(map[uint64]uint64), host: h,
	}
	go func() {
		s.ended <- h.SubmitStream(ctx, certified, receipts, func() ([][]byte, error) {
			if m, ok := <-s.messages; ok {
				s.received.Add(int64(len(m)))
				return m, nil
			}
			return nil, io.EOF
		}, s.settled)
	}()
	return s
}

func (s *sender) settled(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error {
	if s.slow != nil {
		s.slow()
	}
	certified := uint64(0)
	if c := s.host.heads.Certified(); c != nil {
		certified = c.Tree.Size
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range numbers {
		if _, twice := s.outcomes[n]; twice {
			return errors.New("acknowledged twice")
		}
		s.outcomes[n] = outcomes[i]
		s.told[n] = certified
		if receipts != nil {
			s.receipts[n] = receipts[i]
		}
	}
	return nil
}

func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.outcomes)
}

// get is what became of a record that has an outcome.
func (s *sender) get(n uint64) (o chain.Outcome, certified uint64, receipt []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outcomes[n], s.told[n], s.receipts[n]
}

// end sends no more and waits for the end.
func (s *sender) end() error {
	close(s.messages)
	return <-s.ended
}
