package node

import (
	"context"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/peer"
)

const (
	// retryHint is what a client is told to wait before it tries again.
	retryHint = time.Second
	// longestWait bounds a Submit whose caller sets no end.
	longestWait = time.Minute
	// attemptLimit is how long one way of ordering is waited for before another is tried.
	attemptLimit = 15 * time.Second
	// look is how often a node looks whether another one leads now, for what it has handed on.
	look = 100 * time.Millisecond
	// firstPause and lastPause bound the pauses between attempts.
	firstPause = 10 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// Submit has signed records ordered, and returns an outcome for each, in order, as this node's own ledger holds it: what it tells can be read here at
// once. Records are looked after until ctx ends, through changes of leadership; what is not known then is rejected with the reason UnknownOutcome
// or NoLeader, and may be submitted again. With certify the caller waits for their certification next, and a record that comes alone does not wait for its cosign point.
// The error says that nothing was done: *TooMuchError, ErrUnavailable, admit.ErrOverloaded, ctx's.
func (n *Node) Submit(ctx context.Context, envelopes [][]byte, certify bool) ([]chain.Outcome, error) {
	if err := bounded(envelopes); err != nil {
		return nil, err
	}
	if !n.enter() {
		return nil, ErrUnavailable
	}
	defer n.calls.Done()
	size := sizeOf(envelopes)
	if !n.intake.calls.try(int64(len(envelopes)), size) { // before a signature is looked at: what is turned away costs next to nothing
		n.turnedAway(admit.ErrOverloaded)
		return nil, admit.ErrOverloaded
	}
	defer n.intake.calls.leave(int64(len(envelopes)), size)
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	defer context.AfterFunc(n.stopping, cancel)()
	records, err := n.admit.Verify(ctx, envelopes)
	if err != nil {
		if n.stopping.Err() != nil {
			err = ErrUnavailable
		}
		n.turnedAway(err)
		return nil, err
	}
	s := n.newSubmission(records)
	s.Certify = certify
	defer s.waiter.end()
	err = s.run(ctx)
	n.answered(s.outcomes)
	return s.outcomes, err
}

func bounded(envelopes [][]byte) error {
	if total := sizeOf(envelopes); len(envelopes) > MaxSubmit || total > MaxSubmitBytes {
		return &TooMuchError{len(envelopes), int(total)}
	}
	return nil
}

// submission is the records of one Submit on their way.
type submission struct {
	*Node
	records  []admit.Record
	outcomes []chain.Outcome
	open     []int  // records without an outcome
	sent     []bool // may be in the order, although nobody has said so
	waiter   *waiter
	care
}

// care is what is to be heeded of records on their way.
type care struct {
	peer.Care      // promised: they must be ordered, and nobody's refusal before that is an outcome
	patient   bool // that a leader has too much to do is no outcome: they wait
}

func (n *Node) newSubmission(records []admit.Record) *submission {
	s := &submission{Node: n, records: records, outcomes: make([]chain.Outcome, len(records)), sent: make([]bool, len(records))}
	var ids []ledger.RecordID
	for i := range records {
		if r := &records[i]; r.Refusal != nil {
			s.outcomes[i] = rejected(r.ID(), r.Refusal)
		} else {
			s.open, ids = append(s.open, i), append(ids, r.ID())
		}
	}
	s.waiter = n.waiting.wait(ids)
	return s
}

// run tries until every record has its outcome or ctx ends. An error is a fault of the ledger.
func (s *submission) run(ctx context.Context) error {
	known := func(i int) bool { return s.records[i].Known }
	if slices.ContainsFunc(s.open, known) {
		if err := s.lookUp(known); err != nil {
			return err
		}
	}
	for pause := firstPause; len(s.open) > 0; pause = min(2*pause, lastPause) {
		if ctx.Err() == nil {
			if err := s.attempt(ctx); err != nil {
				return err
			}
		}
		if s.collect(); len(s.open) == 0 {
			return nil
		}
		select {
		case <-s.waiter.news:
		case <-time.After(pause):
		case <-ctx.Done():
		}
		if err := s.lookUp(all); err != nil {
			return err
		}
		if ctx.Err() != nil {
			s.giveUp()
		}
	}
	return nil
}

func all(int) bool { return true }

// lookUp finds open records that are on the ledger already, among those that may be. What was told comes first: the ledger keeps a refusal without
// the values that it was told with.
func (s *submission) lookUp(maybe func(i int) bool) error {
	if s.collect(); len(s.open) == 0 {
		return nil
	}
	return s.ledger.View(func(v *chain.View) error {
		return s.settle(func(i int) (chain.Outcome, bool, error) {
			if !maybe(i) {
				return chain.Outcome{}, false, nil
			}
			o, ok, err := v.Record(s.records[i].ID())
			o.Duplicate = ok && s.records[i].Known // known before it was submitted here
			return o, ok, err
		})
	})
}

// collect takes the outcomes that the ledger has told since.
func (s *submission) collect() {
	s.settle(func(i int) (chain.Outcome, bool, error) {
		o, ok := s.waiter.take(s.records[i].ID())
		return o, ok && !passing(o.Refusal), nil
	})
}

// settle closes the open records that find has an outcome for.
func (s *submission) settle(find func(i int) (chain.Outcome, bool, error)) error {
	left := s.open[:0]
	for _, i := range s.open {
		o, ok, err := find(i)
		if err != nil {
			return err
		}
		if ok {
			s.outcomes[i] = o
		} else {
			left = append(left, i)
		}
	}
	s.open = left
	return nil
}

// giveUp answers what is still open.
func (s *submission) giveUp() {
	for _, i := range s.open {
		code := reason.NoLeader
		if s.sent[i] {
			code = reason.UnknownOutcome
		} else if s.stopping.Err() != nil {
			code = reason.Unavailable
		}
		s.outcomes[i] = rejected(s.records[i].ID(), refuse(code))
	}
	s.open = nil
}

// Grown gives a channel that is closed when the ledger has grown.
func (n *Node) Grown() <-chan struct{} { return n.waiting.next() }

// WaitHeight waits until the ledger has reached a height: nil, ErrUnavailable when the node stops, or ctx's error.
func (n *Node) WaitHeight(ctx context.Context, height uint64) error {
	for {
		grown := n.Grown()
		if n.ledger.Head().Height >= height {
			return nil
		}
		select {
		case <-grown:
		case <-n.leaving.Done():
			return ErrUnavailable
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
