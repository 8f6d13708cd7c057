// Package load offers records to nodes and counts what becomes of them.
//
// Clients take records from a [Stock], submit them, and tell a [Tally] when an acknowledgement came, or what came instead. In a closed loop each client
// waits for its answer, so that a slow network is offered less; in an open loop records are due at a rate, whatever the answers, and waiting counts from the
// moment when a record was due: so the tail is what somebody sees who comes at that moment, and not what is left when nobody comes.
package load

import (
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger"
)

// Record is one to submit.
type Record struct {
	ID       ledger.RecordID
	Envelope []byte
	Actions  int
}

// Signer makes records, one after the other. One goroutine uses it at a time.
type Signer func() (Record, error)

// Stock is records to submit: signed beforehand, and when those are used up signed when they are asked for.
type Stock struct {
	signers chan Signer
	late    atomic.Uint64

	mu    sync.Mutex
	ready []Record // taken from the end
}

// NewStock signs so many records with all signers beside each other.
func NewStock(signers []Signer, n int) (*Stock, error) {
	s := &Stock{signers: make(chan Signer, len(signers)), ready: make([]Record, n)}
	errs := make(chan error, len(signers))
	share := (n + len(signers) - 1) / len(signers)
	for i, sign := range signers {
		part := s.ready[min(i*share, n):min((i+1)*share, n)]
		go func() {
			var err error
			for k := 0; k < len(part) && err == nil; k++ {
				part[k], err = sign()
			}
			errs <- err
		}()
		s.signers <- sign
	}
	for range signers {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Take takes a record.
func (s *Stock) Take() (Record, error) {
	s.mu.Lock()
	if n := len(s.ready); n > 0 {
		r := s.ready[n-1]
		s.ready = s.ready[:n-1]
		s.mu.Unlock()
		return r, nil
	}
	s.mu.Unlock()
	s.late.Add(1)
	sign := <-s.signers
	r, err := sign()
	s.signers <- sign
	return r, err
}

// Return takes a record back that no node has taken in.
func (s *Stock) Return(r Record) {
	s.mu.Lock()
	s.ready = append(s.ready, r)
	s.mu.Unlock()
}

// Late is how many records were signed when they were asked for.
func (s *Stock) Late() uint64 { return s.late.Load() }
