package replay

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
)

// ErrUnfinished says that a ledger's last block has no seal.
var ErrUnfinished = errors.New("the last leaf is not a seal")

// Auditor re-derives a ledger from its leaves. Use: Feed in order, any number of leaves at a time (some thousands serve best), then Finish.
//
// While the signatures of one feed are being verified on all cores, the blocks of the feed before are derived.
type Auditor struct {
	genesis  *genesis.Genesis
	verifier ident.Verifier
	follower *Follower
	rows     Rows
	ids      map[ledger.RecordID]struct{}
	observe  func(*Block)
	begun    bool       // leaf 0 has come
	next     uint64     // index of the next leaf fed
	pending  chan error // of the feed whose blocks are being derived; nil before the first
	records  uint64
	refusals uint64
}

// NewAuditor begins at genesis. observe, if not nil, is told each block that was derived, from a goroutine of the auditor's, one after the other.
func NewAuditor(g *genesis.Genesis, verifier ident.Verifier, observe func(*Block)) *Auditor {
	m, changes := Begin(g)
	rows := make(Rows, len(changes))
	rows.Put(changes)
	if observe == nil {
		observe = func(*Block) {}
	}
	return &Auditor{
		genesis: g, verifier: verifier, rows: rows, follower: NewFollower(g, m, rows, rows.Put), ids: make(map[ledger.RecordID]struct{}), observe: observe,
	}
}

// item is a leaf with what was parsed from it.
type item struct {
	leaf     []byte
	envelope *ledger.Envelope
}

// Feed takes the next leaves; it keeps them. An error is a *Divergence, or ctx's; one of a feed may come back from the next call.
func (a *Auditor) Feed(ctx context.Context, leaves [][]byte) error {
	if !a.begun && len(leaves) > 0 {
		if err := checkGenesisSeal(a.genesis, leaves[0]); err != nil {
			return err
		}
		a.begun, a.next, leaves = true, 1, leaves[1:]
	}
	items, bad := a.parse(leaves)
	if err := a.verify(ctx, items); err != nil {
		return errors.Join(a.wait(), err)
	}
	if err := a.wait(); err != nil {
		return err
	}
	done := make(chan error, 1)
	a.pending = done
	go func() { done <- a.derive(items) }()
	if bad != nil {
		// What comes before the leaf that cannot be read may differ as well, and is named first.
		return errors.Join(a.wait(), bad)
	}
	return nil
}

// parse reads leaves up to the first that is no leaf.
func (a *Auditor) parse(leaves [][]byte) ([]item, error) {
	items := make([]item, 0, len(leaves))
	for _, leaf := range leaves {
		it := item{leaf: leaf}
		if len(leaf) > 0 && leaf[0] == ledger.KindRecord {
			e, err := ledger.ParseEnvelope(leaf)
			if err != nil {
				return items, &Divergence{Leaf: a.next, Height: a.height(), Field: "record", Err: err}
			}
			it.envelope = e
		}
		items = append(items, it)
		a.next++
	}
	return items, nil
}

// height is of use in messages only: that of the newest block derived, plus one.
func (a *Auditor) height() uint64 {
	if err := a.wait(); err != nil {
		a.pending = make(chan error, 1)
		a.pending <- err
	}
	return a.follower.Head().Height + 1
}

func (a *Auditor) verify(ctx context.Context, items []item) error {
	jobs := make([]ident.Job, 0, len(items))
	at := make([]int, 0, len(items))
	for i, it := range items {
		if e := it.envelope; e != nil {
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
			at = append(at, i)
		}
	}
	verdicts, err := a.verifier.Verify(ctx, jobs)
	if err != nil {
		return fmt.Errorf("verifying signatures: %w", err)
	}
	for i, verdict := range verdicts {
		if verdict != nil {
			return &Divergence{
				Leaf: a.next - uint64(len(items)-at[i]), Height: a.height(), Record: items[at[i]].envelope.ID.String(), Field: "signature", Err: verdict,
			}
		}
	}
	return nil
}

func (a *Auditor) wait() error {
	if a.pending == nil {
		return nil
	}
	err := <-a.pending
	a.pending = nil
	return err
}

func (a *Auditor) derive(items []item) error {
	for _, it := range items {
		if e := it.envelope; e != nil {
			if err := a.unique(e.ID); err != nil {
				return err
			}
			a.records++
		}
		block, err := a.follower.Leaf(it.leaf, it.envelope)
		if err != nil {
			return err
		}
		if block == nil {
			continue
		}
		if err := a.refused(block); err != nil {
			return err
		}
		a.observe(block)
	}
	return nil
}

// unique checks that an id has not been on the ledger before, neither accepted nor refused.
func (a *Auditor) unique(id ledger.RecordID) error {
	if _, twice := a.ids[id]; twice {
		return &Divergence{Leaf: a.follower.Next(), Height: a.follower.Head().Height + 1, Record: id.String(), Field: "record id", Got: "a second time"}
	}
	a.ids[id] = struct{}{}
	return nil
}

func (a *Auditor) refused(b *Block) error {
	if b.Seal.Refused == 0 {
		return nil
	}
	r, err := ledger.ParseRefusals(b.Leaves[len(b.Leaves)-2])
	if err != nil {
		return err
	}
	for _, row := range r.Rows {
		if _, twice := a.ids[row.Record]; twice {
			return &Divergence{Leaf: b.Seal.SizeBefore - 1, Height: b.Seal.Height, Record: row.Record.String(), Field: "refusals.record", Got: "a second time"}
		}
		a.ids[row.Record] = struct{}{}
		a.refusals++
	}
	return nil
}

// Result is what an audit found to be true.
type Result struct {
	Head     ledger.Head
	Records  uint64
	Refusals uint64
	State    Rows // not to be modified
}

// Finish ends the audit: the last leaf must have been a seal. Errors: a *Divergence, or ErrUnfinished with the leaves that are left over.
func (a *Auditor) Finish() (Result, error) {
	if err := a.wait(); err != nil {
		return Result{}, err
	}
	r := Result{Head: a.follower.Head(), Records: a.records, Refusals: a.refusals, State: a.rows}
	switch {
	case !a.begun:
		return r, fmt.Errorf("no leaves: %w", ErrUnfinished)
	case a.follower.Open():
		return r, fmt.Errorf("%w: %d leaves after the seal of block %d", ErrUnfinished, a.follower.Next()-r.Head.Size, r.Head.Height)
	}
	return r, nil
}
