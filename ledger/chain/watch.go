package chain

import (
	"context"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Step is a part of the ledger's work whose time is worth knowing.
type Step uint8

// Steps, in the order in which a record meets them; and of what done is told the number.
const (
	VerifyAhead Step = iota // signatures of a draft that is stored and not committed yet
	VerifyLate              // signatures of what is being applied: they were not verified ahead
	Derive                  // records of a batch, whose blocks are derived
	UpdateMap               // subjects of a block, in the state map; a part of Derive
	Write                   // leaves of a batch, until the disk has them in chain.db
	Flush                   // rows of index.db, until the disk has them
)

// Tally is what the ledger counts, a batch at a time.
type Tally uint8

// Tallies.
const (
	KnownSignatures Tally = iota // of a draft's records: this node had verified them before
	RowsInMemory                 // rows read for a batch that were changed of late
	RowsCached                   // that were remembered from index.db
	RowsRead                     // that index.db was asked for
)

// Watcher is told what the ledger does, once a batch and never once a record. It decides nothing. The clock is its own: the ledger has none. Its methods return at
// once, may be called from several goroutines, and must not call the ledger.
type Watcher interface {
	// Begin tells that a step begins; done, that it has ended, and how much it did.
	Begin(Step) (done func(n int))
	Count(t Tally, n int)
}

// unwatched is a ledger that nobody watches.
type unwatched struct{}

func (unwatched) Begin(Step) func(int) { return func(int) {} }
func (unwatched) Count(Tally, int)     {}

// timed is the verifier of a step.
type timed struct {
	ident.Verifier
	watch Watcher
	step  Step
}

// Verify implements ident.Verifier.
func (t timed) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	done := t.watch.Begin(t.step)
	verdicts, err := t.Verifier.Verify(ctx, jobs)
	done(len(jobs))
	return verdicts, err
}

// Unindexed is how many records are applied that index.db does not have yet: a restart applies them again.
func (l *Ledger) Unindexed() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := len(l.now.layers.young.records)
	if old := l.now.layers.old; old != nil {
		n += len(old.records)
	}
	return n
}

// tell tells how the rows of a batch were found.
func (b *batch) tell() {
	for tally, n := range b.found {
		b.ledger.o.Watch.Count(RowsInMemory+Tally(tally), n)
	}
}
