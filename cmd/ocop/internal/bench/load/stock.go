// Package load offers records to nodes and counts what becomes of them.
//
// Clients take records from a [Stock], submit them, and tell a [Tally] when an acknowledgement came, or what came instead. In a closed loop each client
// waits for its answer, so that a slow network is offered less; in an open loop records are due at a rate, whatever the answers, and waiting counts from the
// moment when a record was due: so the tail is what somebody sees who comes at that moment, and not what is left when nobody comes.
package load

import (
	"errors"
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

// Stock is records to submit: signed beforehand, and when those are used up signed when they are asked for. They are taken in the order in which they were signed, as
// records come from those who sign one and submit it: their ids ascend, and so do those of what they make.
type Stock struct {
	signers chan Signer
	late    atomic.Uint64

	mu       sync.Mutex
	returned []Record // taken first
	ready    []Record
}

// NewStock signs so many records.
func NewStock(signers []Signer, n int) (*Stock, error) {
	s := &Stock{signers: make(chan Signer, len(signers))}
	for _, sign := range signers {
		s.signers <- sign
	}
	_, err := s.Fill(n)
	return s, err
}

// Fill signs records, with all signers beside each other, until so many are ready, and tells how many it signed. Nobody takes records meanwhile.
func (s *Stock) Fill(n int) (signed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signed = max(0, n-len(s.ready)-len(s.returned))
	fresh := make([]Record, signed)
	signers := cap(s.signers)
	errs := make(chan error, signers)
	var next atomic.Int64
	for range signers {
		go func() {
			sign := <-s.signers
			defer func() { s.signers <- sign }()
			var err error
			for err == nil {
				k := int(next.Add(1)) - 1
				if k >= signed {
					break
				}
				fresh[k], err = sign()
			}
			errs <- err
		}()
	}
	for range signers {
		err = errors.Join(err, <-errs)
	}
	if err == nil {
		s.ready = append(s.ready, fresh...)
	}
	return signed, err
}

// Take takes a record.
func (s *Stock) Take() (Record, error) {
	if r, ok := s.Ready(); ok {
		return r, nil
	}
	s.late.Add(1)
	sign := <-s.signers
	r, err := sign()
	s.signers <- sign
	return r, err
}

// Ready takes a record that is signed already, if there is one.
func (s *Stock) Ready() (Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.returned) > 0 {
		r := s.returned[0]
		s.returned = s.returned[1:]
		return r, true
	}
	if len(s.ready) == 0 {
		return Record{}, false
	}
	r := s.ready[0]
	s.ready[0] = Record{} // nobody holds it when it is submitted
	s.ready = s.ready[1:]
	return r, true
}

// Return takes a record back that no node has taken in.
func (s *Stock) Return(r Record) {
	s.mu.Lock()
	s.returned = append(s.returned, r)
	s.mu.Unlock()
}

// Late is how many records were signed when they were asked for.
func (s *Stock) Late() uint64 { return s.late.Load() }
