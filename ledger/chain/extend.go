package chain

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
)

// ErrNotNext says that leaves do not begin where the ledger ends: it has grown meanwhile, or some are missing.
var ErrNotNext = errors.New("the leaves do not begin where the ledger ends")

// Extend applies whole blocks that others derived, from their leaves: from is the index of the first and must be the ledger's size; the last leaf is a seal.
// Whoever gives them is not trusted: signatures of records are verified, every block is derived again, and must come out byte for byte. It returns what each
// block made. All is written in one transaction; the raft position stays, and what raft brings of these blocks later is overtaken (ErrDraftOrder). The leaves
// are kept in memory until then: some thousands at a time serve best.
//
// Errors: ErrNotNext; replay.ErrUnfinished when the last leaf is no seal; a *replay.Divergence, naming the first leaf that is not what follows; ctx's. After
// these the ledger is as before, and goes on. Any other error is a fault of this machine, as in Apply. That the blocks are those that were certified is for the
// caller to know: leaves of a validator that seals beside the order diverge from nothing.
func (l *Ledger) Extend(ctx context.Context, from uint64, leaves [][]byte) ([]Applied, error) {
	if n := len(leaves); n == 0 || len(leaves[n-1]) == 0 || leaves[n-1][0] != ledger.KindSeal {
		return nil, fmt.Errorf("%d leaves from leaf %d on: %w", n, from, replay.ErrUnfinished)
	}
	read, bad, err := replay.Read(ctx, timed{l.o.Verifier, l.o.Watch, VerifyLate}, leaves, func(leaf []byte) bool { return l.drafts.known.has(ledger.EnvelopeHash(leaf)) })
	if err != nil {
		return nil, err
	}
	l.applying.Lock()
	defer l.applying.Unlock()
	if l.fault != nil {
		return nil, l.fault
	}
	if next := l.machine.Head().Size; from != next {
		return nil, fmt.Errorf("%w: they begin with leaf %d, the next one is %d", ErrNotNext, from, next)
	}
	applied, wrong, err := l.extend(ctx, read, bad)
	switch {
	case wrong != nil:
		return nil, wrong
	case err != nil:
		return nil, l.stop(err)
	}
	return applied, nil
}

// extend writes the leaves' blocks, unless something is wrong with the leaves, or ctx is over.
func (l *Ledger) extend(ctx context.Context, leaves []replay.Leaf, bad *replay.Suspect) (applied []Applied, wrong, err error) {
	b, err := l.begin()
	if err != nil {
		return nil, nil, err
	}
	defer b.end(&err)
	b.machine = l.machine.Clone() // which stays where it is if a leaf is wrong
	done := l.o.Watch.Begin(Derive)
	applied, wrong = b.follow(ctx, leaves, bad)
	done(len(leaves))
	b.tell()
	if wrong != nil {
		return nil, wrong, nil
	}
	if err := b.keep(true); err != nil { // nobody else keeps them for this node
		return nil, nil, err
	}
	return applied, nil, l.flushWhenFull()
}

// follow derives the leaves' blocks.
func (b *batch) follow(ctx context.Context, leaves []replay.Leaf, bad *replay.Suspect) (applied []Applied, err error) {
	ids := make(map[ledger.RecordID]bool) // of this batch
	once := func(id ledger.RecordID) bool {
		first := !ids[id] && !b.seen(id)
		ids[id] = true
		return first
	}
	blocks := blocks{follower: replay.NewFollower(b.machine, b, func([]replay.Change) {}).Once(once)}
	for _, leaf := range leaves {
		block, records, err := blocks.leaf(leaf)
		if err != nil {
			return nil, err
		}
		if block == nil {
			continue
		}
		b.add(block, records)
		b.extend(block)
		applied = append(applied, Applied{
			Sealed: true, Head: block.Head, Policy: b.machine.Epoch(), Ends: block.Seal.EndsEpoch(), Draft: block.Seal.Draft, Outcomes: outcomesOf(records),
		})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if bad != nil {
		return nil, bad.Divergence(blocks.follower)
	}
	return applied, nil
}

func outcomesOf(records []store.Record) []Outcome {
	outcomes := make([]Outcome, len(records))
	for i := range records {
		outcomes[i] = outcomeOf(&records[i])
	}
	return outcomes
}

// Advance notes durably that what raft ordered up to an index, in that term, is in the ledger, as after a restore from a marker: Apply passes over it from now
// on. A position that the ledger has passed changes nothing. An error is a fault of this machine.
func (l *Ledger) Advance(index, term uint64) error {
	l.applying.Lock()
	defer l.applying.Unlock()
	if l.fault != nil {
		return l.fault
	}
	if err := l.sync(); err != nil { // what is said to be here is not kept elsewhere for long
		return l.stop(err)
	}
	var stored store.Head
	if err := l.chain.View(func(tx *store.ChainTx) (err error) {
		stored, _, err = tx.Head()
		return err
	}); err != nil {
		return l.stop(err)
	}
	if index <= stored.AppliedIndex {
		return nil
	}
	// The position in memory may be ahead of the one on disk by entries that made nothing: they are behind index, or are applied again.
	stored.AppliedIndex, stored.AppliedTerm = index, term
	if err := l.chain.Append(store.Batch{Head: stored}); err != nil {
		return l.stop(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if index > l.now.applied {
		l.now.applied, l.now.term = index, term
	}
	return nil
}

// Copy writes chain.db as it is at one moment, while blocks are applied, with all that was applied before. See store.Chain.Copy.
func (l *Ledger) Copy(w io.Writer) error {
	if err := l.Sync(); err != nil {
		return err
	}
	return l.chain.Copy(w)
}

// CopySize is how many bytes Copy would write now.
func (l *Ledger) CopySize() (int64, error) { return l.chain.CopySize() }

// Leaves reads the leaves from an index on and before another, in one short transaction that holds up no writer: no more than some bytes together, but one at
// least if there is one. It is for serving a ledger to those who catch up: a damaged leaf ends what is read, and is the error when it would be the first.
func (l *Ledger) Leaves(from, to uint64, most int) (leaves [][]byte, err error) {
	to = min(to, l.Head().Size) // what is written and not yet published is of a block that nobody may see
	if from >= to {
		return nil, nil
	}
	size := 0
	err = l.chain.View(func(tx *store.ChainTx) error {
		return tx.Leaves(from, func(index uint64, leaf []byte) bool {
			if size += len(leaf); index >= to || len(leaves) > 0 && size > most {
				return false
			}
			leaves = append(leaves, append([]byte(nil), leaf...))
			return true
		})
	})
	if len(leaves) > 0 {
		return leaves, nil // the next call tells
	}
	return nil, finding(err)
}
