package node

import (
	"context"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/admit"
)

const (
	// promiseSpan is how far in the future, in block time, a promise's deadline is: room for two elections and
	// a full queue at the leader.
	promiseSpan = 30 * time.Second
	// maxPromised and maxPromisedBytes bound what is promised and not ordered yet: a second of the highest load.
	maxPromised      = 8192
	maxPromisedBytes = 32 << 20
)

// promises counts what this node has promised and still looks after.
type promises struct {
	mu             sync.Mutex
	records, bytes int
	made, missed   uint64 // since the start; missed: not seen on the ledger by the deadline
}

// take makes room for a record, if there is any.
func (p *promises) take(bytes int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.records == maxPromised || p.bytes+bytes > maxPromisedBytes {
		return false
	}
	p.records, p.bytes = p.records+1, p.bytes+bytes
	p.made++
	return true
}

func (p *promises) leave(records []admit.Record, missed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range records {
		p.records, p.bytes = p.records-1, p.bytes-len(records[i].Bytes)
	}
	p.missed += uint64(missed)
}

func (p *promises) count() (open int, made, missed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records, p.made, p.missed
}

// Promise takes records in, promises that they will be on the ledger by a block time, and has them ordered in the background; it waits for nobody. A
// record that is promised has the outcome unknown. A record without a promise (nil) is not looked after: it is known already, is refused, or the node cannot
// promise anything, as without a leader, without a certified head, with too much promised already, or when the record expires too soon.
//
// What is promised must come true whatever other records do meanwhile: either accepted, or refused on the ledger. So each record is judged alone by what is
// on this node's ledger already, where references do not vanish any more, and is ordered without anybody's second look. The errors are those of Submit.
func (n *Node) Promise(ctx context.Context, envelopes [][]byte) (outcomes []chain.Outcome, promised []*ledger.SignedPromise, err error) {
	if err := bounded(envelopes); err != nil {
		return nil, nil, err
	}
	if !n.enter() {
		return nil, nil, ErrUnavailable
	}
	defer n.calls.Done()
	records, err := n.admit.Verify(ctx, envelopes)
	if err != nil {
		n.turnedAway(err)
		return nil, nil, err
	}
	outcomes, promised = make([]chain.Outcome, len(records)), make([]*ledger.SignedPromise, len(records))
	var taken []admit.Record
	single, first := once(records)
	made := make([]*ledger.SignedPromise, len(single))
	results := make([]chain.Outcome, len(single))
	for i := range single {
		r := &single[i]
		if results[i], err = n.judged(r); err != nil {
			break
		}
		if r.Good() {
			if made[i], err = n.promise(r); err != nil {
				break
			}
		}
		if made[i] != nil {
			taken = append(taken, *r)
		}
	}
	if len(taken) > 0 {
		n.calls.Go(func() { n.keepPromises(taken) })
	}
	for i, j := range first {
		if outcomes[i], promised[i] = results[j], made[j]; made[j] == nil {
			n.answered(outcomes[i : i+1])
		}
	}
	return outcomes, promised, err
}

// judged is the outcome of a record that needs no order; of others, that it is not known.
func (n *Node) judged(r *admit.Record) (chain.Outcome, error) {
	settled := func() error { return nil } // what is on its way is not counted on
	one := []admit.Record{*r}
	if err := n.admit.Judge(one, uint64(n.o.Now().UnixMilli()), settled); err != nil {
		return chain.Outcome{}, err
	}
	*r = one[0]
	switch {
	case r.Known:
		return n.known(r.ID()), nil
	case r.Refusal != nil:
		return rejected(r.ID(), r.Refusal), nil
	case n.Leader() == 0:
		return rejected(r.ID(), refuse(reason.NoLeader)), nil
	}
	return rejected(r.ID(), refuse(reason.UnknownOutcome)), nil
}

// promise signs a promise; nil: none can be made.
func (n *Node) promise(r *admit.Record) (*ledger.SignedPromise, error) {
	certified, key := n.heads.Certified(), n.draftKey()
	now := max(uint64(n.o.Now().UnixMilli()), n.ledger.Head().Time)
	p := ledger.Promise{
		Chain: n.ledger.Chain(), Receiver: n.agency, Record: r.ID(), Author: r.Envelope.Header.Author, Deadline: now + uint64(promiseSpan.Milliseconds()),
	}
	if certified == nil || key == nil || n.Leader() == 0 || p.Deadline > r.Envelope.Header.Expires || !n.promises.take(len(r.Bytes)) {
		return nil, nil
	}
	p.Size = certified.Tree.Size
	s, err := key.Sign(p.Message())
	return &ledger.SignedPromise{Promise: p, Signature: s}, err
}

// keepPromises has records ordered, through changes of leadership, until the deadline.
func (n *Node) keepPromises(records []admit.Record) {
	ctx, cancel := context.WithTimeout(n.stopping, promiseSpan)
	defer cancel()
	s := n.newSubmission(records)
	s.Promised = true
	defer s.waiter.end()
	err := s.run(ctx)
	missed := 0
	for i := range s.outcomes {
		if s.outcomes[i].Status == chain.Rejected {
			missed++
		}
	}
	n.promises.leave(records, missed)
	n.answered(s.outcomes)
	if err != nil {
		n.fail(err)
	} else if missed > 0 {
		n.log.Error("promised records are not seen on the ledger", "records", missed, "height", n.ledger.Head().Height)
	}
}
