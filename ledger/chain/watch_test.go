package chain_test

import (
	"path/filepath"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

// noted adds up what a ledger tells.
type noted struct {
	mu       sync.Mutex
	underway int
	times    map[chain.Step]int
	sums     map[chain.Step]int
	tallies  map[chain.Tally]int
}

func (n *noted) Begin(s chain.Step) func(int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.underway++
	return func(of int) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.underway--
		n.times[s]++
		n.sums[s] += of
	}
}

func (n *noted) Count(t chain.Tally, of int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tallies[t] += of
}

// counted is how many records some drafts hold, and how many of them are on the ledger now and were not before.
func counted(t *testing.T, drafts []chaintest.Draft, applied []chain.Applied) (records, fresh int) {
	t.Helper()
	for i := range drafts {
		d, err := ledger.ParseDraft(drafts[i].Data)
		if err != nil {
			t.Fatal(err)
		}
		records += len(d.Records)
		for _, o := range applied[i].Outcomes {
			if o.Status != chain.Rejected && !o.Duplicate {
				fresh++
			}
		}
	}
	return records, fresh
}

// TestWatched: every step is told once a batch with what it did, a signature is counted where it was verified, and watching changes no head.
func TestWatched(t *testing.T) {
	market := chaintest.NewMarket(3)
	drafts := market.Drafts(6, 10)
	quiet := open(t, options(t, market.World))
	apply(t, quiet, market.Story...)
	for i := range drafts {
		apply(t, quiet, drafts[i:i+1]...)
	}

	n := &noted{times: make(map[chain.Step]int), sums: make(map[chain.Step]int), tallies: make(map[chain.Tally]int)}
	o := options(t, market.World)
	o.Watch = n
	l := open(t, o)
	records, fresh := counted(t, market.Story, apply(t, l, market.Story...))
	if n.sums[chain.Derive] != records || n.times[chain.Derive] != 1 || n.times[chain.Write] != 1 || n.sums[chain.Write] < fresh {
		t.Errorf("one batch: %+v", n)
	}
	late, known := n.sums[chain.VerifyLate], n.tallies[chain.KnownSignatures]
	if late+known != records || late == 0 || known == 0 || n.sums[chain.VerifyAhead] != 0 {
		t.Errorf("%d records, of which some came twice, that nobody announced: %+v", records, n)
	}

	l.Preverify(drafts[0].Data)
	announced, more := counted(t, drafts[:1], apply(t, l, drafts[0]))
	fresh += more
	if got := n.sums[chain.VerifyAhead]; got != announced || n.sums[chain.VerifyLate] != late {
		t.Errorf("%d signatures were verified ahead, want %d", got, announced)
	}
	_, more = counted(t, drafts[1:4], apply(t, l, drafts[1:4]...))
	fresh += more
	for step, want := range map[chain.Step]int{chain.Derive: 3, chain.Write: 3, chain.VerifyAhead: 1, chain.Flush: 0} {
		if got := n.times[step]; got != want {
			t.Errorf("step %d of three batches was told %d times, want %d", step, got, want)
		}
	}
	if blocks := int(l.Head().Height); n.times[chain.UpdateMap] != blocks || n.sums[chain.UpdateMap] < blocks {
		t.Errorf("%d blocks, and the state map was brought up to date %d times", blocks, n.times[chain.UpdateMap])
	}
	if n.tallies[chain.RowsInMemory] == 0 || n.underway != 0 {
		t.Errorf("%+v", n)
	}

	if got := l.Unindexed(); got != fresh {
		t.Errorf("%d records are not in the index, want %d", got, fresh)
	}
	if err := l.FlushIndex(); err != nil {
		t.Fatal(err)
	}
	if n.sums[chain.Flush] <= fresh || l.Unindexed() != 0 {
		t.Errorf("%d rows were written, %d records are left", n.sums[chain.Flush], l.Unindexed())
	}
	cached := n.tallies[chain.RowsCached]
	apply(t, l, drafts[4:]...)
	if n.tallies[chain.RowsCached] == cached {
		t.Error("no row was remembered from index.db")
	}
	if l.Head() != quiet.Head() {
		t.Error("a ledger that is watched has another head")
	}
}

// TestOneTransactionABatch: however many drafts are applied together, chain.db is written to once.
func TestOneTransactionABatch(t *testing.T) {
	market := chaintest.NewMarket(3)
	drafts := market.Drafts(12, 10)
	o := options(t, market.World)
	run := func(batches ...[]chaintest.Draft) (newest int) {
		l := open(t, o)
		for _, b := range batches {
			apply(t, l, b...)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return transactions(t, filepath.Join(o.Dir, store.ChainFile))
	}
	run(market.Story)
	before := run()
	opened := run() - before
	if got := run(drafts[:1], drafts[1:4], drafts[4:]) - before - 2*opened; got != 3 {
		t.Errorf("three batches took %d transactions", got)
	}
}

// transactions is the number of a file's newest transaction that wrote to it.
func transactions(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
