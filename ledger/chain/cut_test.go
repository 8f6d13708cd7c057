package chain_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

// A ledger that is cut anywhere is the ledger that it was then, grows again from raft's whole log, from leaves or from both, and comes to the same head.
func TestCutAndGrown(t *testing.T) {
	for seed := range some(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 12))
			market := chaintest.NewMarket(seed)
			drafts := append(market.Story, market.Drafts(60, 12)...) // more than a tile of leaves
			reference := open(t, options(t, market.World))
			heads := map[uint64]ledger.Head{1: reference.Head()}
			for _, d := range drafts {
				if a := apply(t, reference, d)[0]; a.Sealed {
					heads[a.Head.Size] = a.Head
				}
			}
			leaves := allLeaves(t, reference)
			ends := blockEnds(leaves)
			o := options(t, market.World)
			o.FlushRecords = 1 + r.IntN(60)
			for range 12 {
				l := open(t, o)
				if h := l.Head(); h != heads[h.Size] {
					t.Fatalf("head %+v", h)
				}
				for l.AppliedIndex() < uint64(len(drafts)) && r.IntN(20) > 0 {
					if r.IntN(3) == 0 && l.Head() != reference.Head() {
						i, _ := slices.BinarySearch(ends, l.Head().Size)
						extend(t, l, leaves, ends[min(i+1+r.IntN(6), len(ends)-1)])
						continue
					}
					d := drafts[l.AppliedIndex()]
					a, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
					if err != nil || a[0].Bad != nil && !errors.Is(a[0].Bad, chain.ErrDraftOrder) {
						t.Fatalf("%+v, %v", a, err)
					}
				}
				if r.IntN(2) == 0 {
					if err := l.FlushIndex(); err != nil {
						t.Fatal(err)
					}
				}
				size := l.Head().Size
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				i, _ := slices.BinarySearch(ends, size)
				to := ends[r.IntN(i+1)]
				h, err := chain.Cut(t.Context(), o.Dir, to)
				if err != nil || h != heads[to] {
					t.Fatalf("cut to %d: %+v, %v, want %+v", to, h, err, heads[to])
				}
				l = open(t, o)
				if l.Head() != heads[to] || l.AppliedIndex() != 0 {
					t.Fatalf("cut to %d: head %+v, applied %d", to, l.Head(), l.AppliedIndex())
				}
				l.Close()
				checkClean(t, o)
			}
			l := open(t, o)
			for _, d := range drafts {
				if _, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil {
					t.Fatal(err)
				}
			}
			if l.Head() != reference.Head() {
				t.Errorf("head %+v, want %+v", l.Head(), reference.Head())
			}
			l.Close()
			checkClean(t, o)
		})
	}
}

// RootAt reads the roots of files that it does not change.
func TestRootAt(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	l := open(t, o)
	apply(t, l, w.Story()...)
	leaves := allLeaves(t, l)
	if _, err := chain.RootAt(o.Dir, 1); !errors.Is(err, store.ErrInUse) {
		t.Errorf("of a ledger that is open: %v", err)
	}
	want := make([]ledger.Hash, len(leaves)+1)
	for size := 1; size <= len(leaves); size++ {
		want[size] = rootOf(t, l, uint64(size))
	}
	l.Close()
	before, err := os.ReadFile(filepath.Join(o.Dir, store.ChainFile))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size <= len(leaves); size++ {
		if root, err := chain.RootAt(o.Dir, uint64(size)); err != nil || root != want[size] {
			t.Errorf("size %d: %v, %v, want %v", size, root, err, want[size])
		}
	}
	if _, err := chain.RootAt(o.Dir, uint64(len(leaves)+1)); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("beyond: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(o.Dir, store.ChainFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed: %v", err)
	}
}

// What cannot be cut is left as it is.
func TestWhatCutRefuses(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	l := open(t, o)
	apply(t, l, w.Story()...)
	head := l.Head()
	if _, err := chain.Cut(t.Context(), o.Dir, 1); !errors.Is(err, store.ErrInUse) {
		t.Errorf("of a ledger that is open: %v", err)
	}
	l.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		dir  string
		size uint64
		want error
	}{
		{"nothing there", t.Context(), t.TempDir(), 1, chain.ErrNoLedger},
		{"without genesis", t.Context(), o.Dir, 0, chain.ErrNoBoundary},
		{"inside a block", t.Context(), o.Dir, 3, chain.ErrNoBoundary},
		{"before the last seal", t.Context(), o.Dir, head.Size - 1, chain.ErrNoBoundary},
		{"beyond the ledger", t.Context(), o.Dir, head.Size + 1, chain.ErrNotFound},
		{"when the context is over", ended, o.Dir, 1, context.Canceled},
	} {
		if _, err := chain.Cut(c.ctx, c.dir, c.size); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	l = open(t, o)
	if l.Head() != head || l.AppliedIndex() != w.Index {
		t.Errorf("head %+v, applied %d", l.Head(), l.AppliedIndex())
	}
	l.Close()
	if h, err := chain.Cut(t.Context(), o.Dir, head.Size); err != nil || h != head {
		t.Errorf("where it ends: %+v, %v", h, err)
	}
	l = open(t, o)
	if l.Head() != head || l.AppliedIndex() != 0 {
		t.Errorf("cut where it ends: head %+v, applied %d", l.Head(), l.AppliedIndex())
	}
	l.Close()
	checkClean(t, o)
}

// An index that is ahead goes with the blocks; one that is not stays.
func TestCutDropsTheIndex(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	l := open(t, o)
	story := w.Story()
	apply(t, l, story[:5]...)
	if err := l.FlushIndex(); err != nil {
		t.Fatal(err)
	}
	apply(t, l, story[5:]...)
	ends := blockEnds(allLeaves(t, l))
	crashed := o // as a crash would leave it, with an index of block 5
	crashed.Dir = filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(crashed.Dir, os.DirFS(o.Dir)); err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, step := range []struct {
		height uint64
		kept   bool
	}{{9, true}, {5, true}, {4, false}} {
		if _, err := chain.Cut(t.Context(), crashed.Dir, ends[step.height]); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(crashed.Dir, store.IndexFile)); (err == nil) != step.kept {
			t.Errorf("cut to block %d: %v", step.height, err)
		}
	}
	l = open(t, crashed)
	if h := l.Head(); h.Height != 4 {
		t.Errorf("head %+v", h)
	}
	l.Close()
	checkClean(t, crashed)
}

const crashCut = "OCOP_TEST_CRASH_CUT"

// TestCutChild is the process that is killed: it cuts its ledger and extends it again, for ever.
func TestCutChild(t *testing.T) {
	dir := os.Getenv(crashCut)
	if dir == "" {
		t.Skip("started by TestKilledWhileCut")
	}
	market, _ := crashDrafts()
	leaves := loadLeaves(t, filepath.Join(dir, "leaves"))
	ends := blockEnds(leaves)
	o := options(t, market.World)
	o.Dir, o.FlushRecords = filepath.Join(dir, "ledger"), 15
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 2))
	for {
		l := open(t, o)
		i, _ := slices.BinarySearch(ends, l.Head().Size)
		for ; i+1 < len(ends) && r.IntN(40) > 0; i++ {
			extend(t, l, leaves, ends[i+1])
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("applied %d\n", i)
		to := r.IntN(i + 1)
		if _, err := chain.Cut(t.Context(), o.Dir, ends[to]); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("applied %d\n", to)
	}
}

// A process that is killed while it cuts leaves the ledger as it was, or cut.
func TestKilledWhileCut(t *testing.T) {
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
	r := rand.New(rand.NewPCG(6, 6))
	cut, before := 0, uint64(0)
	for round := range 12 {
		runAndKill(t, "TestCutChild", crashCut+"="+dir, 1+r.IntN(6))
		l := open(t, o)
		h := l.Head()
		if h != heads[h.Height] {
			t.Fatalf("round %d: head %+v", round, h)
		}
		if h.Height < before {
			cut++
		}
		before = h.Height
		l.Close()
		checkClean(t, o)
	}
	if cut == 0 {
		t.Error("nothing was cut")
	}
}
