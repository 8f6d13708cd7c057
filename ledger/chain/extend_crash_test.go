package chain_test

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

const crashLeaves = "OCOP_TEST_CRASH_LEAVES"

// TestExtendChild is the process that is killed: leaves and raft bring it the same blocks, in turns, and it says how far it is.
func TestExtendChild(t *testing.T) {
	dir := os.Getenv(crashLeaves)
	if dir == "" {
		t.Skip("started by TestKilledWhileExtended")
	}
	market, drafts := crashDrafts()
	leaves := loadLeaves(t, filepath.Join(dir, "leaves"))
	ends := blockEnds(leaves)
	o := options(t, market.World)
	o.Dir, o.FlushRecords = filepath.Join(dir, "ledger"), 15
	l := open(t, o)
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for l.Head().Size < uint64(len(leaves)) {
		n := 1 + r.IntN(6)
		switch r.IntN(3) {
		case 0:
			i, _ := slices.BinarySearch(ends, l.Head().Size)
			extend(t, l, leaves, ends[min(i+n, len(ends)-1)])
		case 1:
			next := int(l.AppliedIndex())
			entries := make([]chain.Entry, 0, n)
			for _, d := range drafts[next:min(next+n, len(drafts))] {
				entries = append(entries, chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data})
			}
			if _, err := l.Apply(context.Background(), entries); err != nil {
				t.Fatal(err)
			}
		case 2: // what leaves brought, raft's position follows
			h := l.Head()
			for _, d := range drafts[l.AppliedIndex():] {
				order, err := ledger.ParseDraftHeader(d.Data[:ledger.DraftHeaderSize])
				if err != nil {
					t.Fatal(err)
				}
				if last := parseSeal(t, leaves[h.Size-1]).Draft.Order(); order.Order() == last {
					if err := l.Advance(d.Index, d.Term); err != nil {
						t.Fatal(err)
					}
					break
				}
			}
		}
		fmt.Printf("applied %d\n", l.Head().Height)
	}
}

func parseSeal(t testing.TB, leaf []byte) *ledger.Seal {
	t.Helper()
	s, err := ledger.ParseSeal(leaf)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func loadLeaves(t testing.TB, path string) (leaves [][]byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&leaves); err != nil {
		t.Fatal(err)
	}
	return leaves
}

func saveLeaves(t testing.TB, path string, leaves [][]byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(gob.NewEncoder(f).Encode(leaves), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed while leaves and raft extend its ledger loses nothing that it has answered for, and comes to the same ledger.
func TestKilledWhileExtended(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	market, drafts := crashDrafts()
	reference := open(t, options(t, market.World))
	heads := []ledger.Head{reference.Head()}
	for _, d := range drafts {
		if a := apply(t, reference, d)[0]; a.Sealed {
			heads = append(heads, a.Head)
		}
	}
	dir := t.TempDir()
	saveLeaves(t, filepath.Join(dir, "leaves"), allLeaves(t, reference))
	o := options(t, market.World)
	o.Dir = filepath.Join(dir, "ledger")
	r := rand.New(rand.NewPCG(5, 5))
	answered := uint64(0)
	for round := 0; answered+1 < uint64(len(heads)); round++ {
		answered = max(answered, runAndKill(t, "TestExtendChild", crashLeaves+"="+dir, 1+r.IntN(14)))
		l := open(t, o)
		if h := l.Head(); h.Height < answered || h != heads[h.Height] {
			t.Fatalf("round %d: head %+v; block %d was answered for", round, h, answered)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if round%4 == 0 {
			checkClean(t, o)
		}
	}
	checkClean(t, o)
}

// Readers see one height while leaves and raft extend a ledger, both at once, and index.db is written.
func TestReadersBesideExtend(t *testing.T) {
	market := chaintest.NewMarket(8)
	drafts := append(market.Story, market.Drafts(60, 10)...)
	reference := open(t, options(t, market.World))
	apply(t, reference, drafts...)
	leaves := allLeaves(t, reference)
	ends := blockEnds(leaves)
	o := options(t, market.World)
	o.FlushRecords = 25
	l := open(t, o)
	apply(t, l, market.Story...)

	var done atomic.Bool
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				if err := l.View(consistent); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Go(func() {
		for !done.Load() {
			to := l.Head().Size
			got, err := l.Leaves(to-1, to, 0)
			if err != nil || len(got) != 1 || got[0][0] != ledger.KindSeal {
				t.Errorf("the newest seal: %d leaves, %v", len(got), err)
				return
			}
			if err := l.FlushIndex(); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Go(func() {
		for from := l.Head().Size; from < uint64(len(leaves)); from = l.Head().Size {
			i, _ := slices.BinarySearch(ends, from)
			if _, err := l.Extend(context.Background(), from, leaves[from:ends[min(i+3, len(ends)-1)]]); err != nil && !errors.Is(err, chain.ErrNotNext) {
				t.Error(err)
				return
			}
		}
	})
	writers.Go(func() {
		for _, d := range drafts[len(market.Story):] {
			l.Preverify(d.Data)
			a, err := l.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
			if err != nil || a[0].Bad != nil && !errors.Is(a[0].Bad, chain.ErrDraftOrder) {
				t.Errorf("%+v, %v", a, err)
				return
			}
		}
	})
	writers.Wait()
	done.Store(true)
	readers.Wait()
	if l.Head() != reference.Head() || l.AppliedIndex() != drafts[len(drafts)-1].Index {
		t.Errorf("head %+v, want %+v; applied %d", l.Head(), reference.Head(), l.AppliedIndex())
	}
	l.Close()
	checkClean(t, o)
}
