package replay

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// ErrUnfinished says that a ledger's last block has no seal.
var ErrUnfinished error = unfinished{}

type unfinished struct{}

func (u unfinished) Error() string {
	_, english := u.Sentences()
	return english
}

// Sentences say it to people.
func (unfinished) Sentences() (vietnamese, english string) {
	return "lá cuối không phải dấu niêm", "the last leaf is not a seal"
}

// Auditor re-derives a ledger from its leaves. Use: Feed in order, any number of leaves at a time (some thousands serve best), then Finish.
//
// While the signatures of one feed are being verified on all cores, the blocks of the feed before are derived. What is found does not depend on how
// the leaves were divided: it is always the first leaf that differs.
type Auditor struct {
	genesis  *genesis.Genesis
	verifier ident.Verifier
	follower *Follower
	ids      window
	observe  func(*Block)
	begun    bool       // leaf 0 has come
	next     uint64     // index of the next leaf fed
	pending  chan error // of the feed whose blocks are being derived; nil if there is none
	err      error      // the first one, which ended the audit
	records  uint64     // in whole blocks
	refused  uint64
}

// NewAuditor begins at genesis. observe, if not nil, is told each block that was derived, from a goroutine of the auditor's, one after the other. It
// keeps neither Changes nor their Entries, whose memory the next block takes.
func NewAuditor(g *genesis.Genesis, verifier ident.Verifier, observe func(*Block)) *Auditor {
	m, changes := Begin(g)
	rows := make(table, len(changes))
	rows.put(changes)
	if observe == nil {
		observe = func(*Block) {}
	}
	ids := make(window)
	return &Auditor{genesis: g, verifier: verifier, follower: NewFollower(m.forget(), rows, rows.put).Once(ids.add), ids: ids, observe: observe}
}

// Feed takes the next leaves; it keeps them. An error is a *Divergence, or ctx's, and ends the audit; one of a feed may come back from a later call.
func (a *Auditor) Feed(ctx context.Context, leaves [][]byte) error {
	if a.err == nil {
		a.err = a.feed(ctx, leaves)
	}
	return a.err
}

func (a *Auditor) feed(ctx context.Context, leaves [][]byte) error {
	if !a.begun && len(leaves) > 0 {
		if d := checkGenesisSeal(a.genesis, leaves[0]); d != nil {
			return d
		}
		a.begun, a.next, leaves = true, 1, leaves[1:]
	}
	read, bad, err := Read(ctx, a.verifier, leaves, nil)
	end := a.next + uint64(len(read))
	if earlier := a.wait(); earlier != nil {
		return earlier
	}
	if err != nil {
		return err
	}
	a.next = end
	a.begin(read)
	if bad == nil {
		return nil
	}
	// What comes before the bad leaf may differ as well, and is named first.
	if err := a.wait(); err != nil {
		return err
	}
	return bad.Divergence(a.follower)
}

// begin derives the leaves' blocks in a goroutine of its own.
func (a *Auditor) begin(leaves []Leaf) {
	done := make(chan error, 1)
	a.pending = done
	go func() { done <- a.derive(leaves) }()
}

func (a *Auditor) wait() error {
	if a.pending == nil {
		return nil
	}
	err := <-a.pending
	a.pending = nil
	return err
}

func (a *Auditor) derive(leaves []Leaf) error {
	for _, l := range leaves {
		block, err := a.follower.Leaf(l.Bytes, l.Envelope)
		if err != nil {
			return err
		}
		if block != nil {
			a.records += uint64(block.Seal.Accepted)
			a.refused += uint64(block.Seal.Refused)
			a.forget(block.Seal.Time)
			a.observe(block)
		}
	}
	return nil
}

// forget drops the ids that can no longer come: the follower refuses what is so old, in records and in rows. The bound is the one that no parameter
// exceeds, and not the parameter in force: were that lowered and raised again, a record of before could come a second time.
func (a *Auditor) forget(time uint64) {
	a.ids.forget(time - min(time, subject.MaxExpiry))
}

// Result is what an audit found to be true, up to the last whole block before what differs.
type Result struct {
	Head     ledger.Head // zero when not even the genesis seal is right
	Records  uint64
	Refusals uint64
}

// Finish ends the audit: the last leaf must have been a seal. Errors: what ended the audit before, or ErrUnfinished with the leaves that are left over.
// The result is right in either case.
func (a *Auditor) Finish() (Result, error) {
	if a.err == nil {
		a.err = a.wait()
	}
	r := Result{Head: a.follower.Head(), Records: a.records, Refusals: a.refused}
	if !a.begun {
		r.Head = ledger.Head{}
	}
	switch {
	case a.err != nil:
		return r, a.err
	case !a.begun:
		return r, fmt.Errorf("no leaves: %w", ErrUnfinished)
	case a.follower.Open():
		return r, fmt.Errorf("%w: %d leaves after the seal of block %d", ErrUnfinished, a.follower.Next()-r.Head.Size, r.Head.Height)
	}
	return r, nil
}
