package node

import (
	"context"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/batch"
)

// portion is records of a stream that go one way together, as many as a draft holds at most.
type portion struct {
	first    uint64 // number of the first
	bytes    int64
	came     time.Time // the oldest of them was taken in
	records  []admit.Record
	twice    []bool          // which records stand among those before them
	outcomes []chain.Outcome // of every record, when the portion has settled
	before   <-chan struct{} // closed when the portion before has settled
	settled  chan struct{}

	handed  *batch.Pending[chain.Outcome] // nil: nothing was handed to the batcher
	places  []int                         // of what was
	decided []bool                        // which records have their outcome
}

// order gives portions their places in the order, one after the other, and looks after several at a time until they have settled.
func (s *stream) order() {
	var looking sync.WaitGroup
	before := make(chan struct{})
	close(before)
	for p := range s.verified {
		select {
		case s.underway <- struct{}{}:
		case <-s.ctx.Done():
		}
		if s.ctx.Err() != nil {
			break
		}
		p.before, before = before, p.settled
		p.prepare()
		s.begin(p)
		looking.Go(func() {
			s.look(p)
			<-s.underway
		})
	}
	looking.Wait()
	s.settled.end(s.came.ended())
}

func (p *portion) prepare() {
	n := len(p.records)
	p.outcomes, p.decided, p.twice = make([]chain.Outcome, n), make([]bool, n), make([]bool, n)
	seen := make(map[ledger.RecordID]struct{}, n)
	for i := range p.records {
		r := &p.records[i]
		if r.Refusal != nil {
			p.decide(i, rejected(r.ID(), r.Refusal))
			continue
		}
		_, p.twice[i] = seen[r.ID()]
		seen[r.ID()] = struct{}{}
	}
}

// begin orders a portion here when this node leads. Portions follow each other without waiting only in one term: a draft cannot get lost there while a later one
// does not. One that got no place there has it somewhere else, and the next waits for that.
func (s *stream) begin(p *portion) {
	term := s.term()
	if term != s.led || term == 0 {
		s.led = term
		if !s.settledBefore(p) || term == 0 {
			return
		}
	}
	var single []admit.Record
	for i := range p.records {
		if r := &p.records[i]; r.Good() && !p.twice[i] { // what stands twice is ordered once, and found known afterwards
			single, p.places = append(single, *r), append(p.places, i)
		}
	}
	// A record is refused here only when all before it have their outcomes, and are in the state that it is judged by.
	err := s.admit.Judge(single, uint64(s.o.Now().UnixMilli()), func() error {
		if !s.settledBefore(p) {
			return context.Cause(s.ctx)
		}
		ctx, cancel := context.WithTimeout(s.ctx, attemptLimit)
		defer cancel()
		return s.batch.Settle(ctx)
	})
	if err != nil {
		p.places, s.led = nil, 0
		return
	}
	var envelopes [][]byte
	places := p.places[:0]
	for j, i := range p.places {
		switch r := &single[j]; {
		case r.Refusal != nil:
			p.decide(i, rejected(r.ID(), r.Refusal))
		case r.Known:
			p.records[i].Known = true
		default:
			envelopes, places = append(envelopes, r.Bytes), append(places, i)
		}
	}
	p.places = places
	if p.handed, err = s.batch.Begin(s.ctx, term, envelopes, s.certified); err != nil {
		p.handed, p.places, s.led = nil, nil, 0
	}
}

func (p *portion) decide(i int, o chain.Outcome) { p.outcomes[i], p.decided[i] = o, true }

// settledBefore waits until all records before the portion have their outcomes; false: the stream ends.
func (s *stream) settledBefore(p *portion) bool {
	select {
	case <-p.before:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// look waits for the outcomes of a portion, and has those that have none ordered as Submit would.
func (s *stream) look(p *portion) {
	defer close(p.settled)
	defer func() { // their bytes can go: acknowledging them may take long
		s.release(int64(len(p.records)), p.bytes)
		p.records = nil
	}()
	var handed []bool
	if p.handed != nil {
		handed = make([]bool, len(p.records))
		results, err := p.handed.Wait(s.ctx)
		for k, i := range p.places {
			handed[i] = true
			// What was rejected on its way is judged again, when those before it are settled.
			if err == nil && results[k].Err == nil && results[k].Outcome.Status != chain.Rejected {
				p.decide(i, results[k].Outcome)
			}
		}
	}
	var open []int
	var records []admit.Record
	for i, decided := range p.decided {
		if !decided {
			open, records = append(open, i), append(records, p.records[i])
		}
	}
	if len(open) > 0 {
		if !s.settledBefore(p) {
			return
		}
		// Verified while those before it were on their way, it may be one of them.
		err := s.ledger.View(func(v *chain.View) error {
			for k, i := range open {
				records[k].Known = records[k].Known || (handed == nil || !handed[i]) && v.Known(records[k].ID())
			}
			return nil
		})
		if err != nil {
			s.fail(err)
			return
		}
		sub := s.newSubmission(records)
		defer sub.waiter.end()
		sub.patient, sub.Certify = true, s.certified
		for k, i := range open {
			sub.sent[k] = handed != nil && handed[i]
		}
		ctx, cancel := context.WithTimeout(s.ctx, longestWait)
		defer cancel()
		if err := sub.run(ctx); err != nil {
			s.fail(err)
			return
		}
		for k, i := range open {
			sub.outcomes[k].Duplicate = sub.outcomes[k].Duplicate || p.twice[i] && sub.outcomes[k].Status != chain.Rejected
			p.decide(i, sub.outcomes[k])
		}
	}
	if s.ctx.Err() != nil {
		return // unknown is what nobody waited for
	}
	s.answered(p.outcomes)
	s.settled.put(p)
}
