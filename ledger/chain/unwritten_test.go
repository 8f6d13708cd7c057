package chain_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

// crash opens what the disk has of a ledger, as if the program had ended without closing it.
func crash(t testing.TB, o chain.Options) (*chain.Ledger, chain.Options) {
	t.Helper()
	from := o.Dir
	o.Dir = t.TempDir()
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		copyFile(t, filepath.Join(from, name), filepath.Join(o.Dir, name))
	}
	return open(t, o), o
}

// A ledger that leaves blocks to the order's disk is the model at every moment for who reads it. A crash takes away no more than the bound, nothing behind a cosign point, and
// nothing after one of the calls that write; what it takes away is applied again.
func TestUnwrittenBlocks(t *testing.T) {
	for seed := range some(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 11))
			market := chaintest.NewMarket(seed)
			drafts := market.Story
			for range 10 {
				drafts = append(append(drafts, market.Drafts(1+r.IntN(9), 8)...), market.Point(r.IntN(5)))
			}
			m := newModel(market.World)
			o := options(t, market.World)
			o.FlushRecords, o.Unwritten = 1+r.IntN(200), 1+r.IntN(1<<r.IntN(17))
			l := open(t, o)
			made, durable, most := uint64(0), uint64(0), 0 // raft indexes: of the newest block, and of that which a crash must not take away
			for _, batch := range groups(r, drafts) {
				var want string
				for _, d := range batch {
					want += m.draft(t, d)
				}
				applied := apply(t, l, batch...)
				if got := outcomes(applied); got != want {
					t.Fatalf("outcomes %s, want %s", got, want)
				}
				unwritten := chain.Unwritten(l)
				if most = max(most, unwritten); unwritten > o.Unwritten {
					t.Fatalf("%d bytes are not written, at most %d", unwritten, o.Unwritten)
				}
				for i := range applied {
					if applied[i].Sealed {
						made = applied[i].Index
					}
					if applied[i].Cosign() && unwritten > 0 {
						t.Fatalf("%d bytes of block %d or before, a cosign point, are not written", unwritten, applied[i].Head.Height)
					}
				}
				if unwritten == 0 {
					durable = made
				}
				switch r.IntN(8) {
				case 0:
					var err error
					switch r.IntN(4) {
					case 0:
						err = l.Sync()
					case 1:
						err = l.FlushIndex()
					case 2:
						err = l.Advance(l.AppliedIndex(), market.World.Term)
					default:
						err = l.Copy(new(bytes.Buffer))
					}
					if err != nil || chain.Unwritten(l) > 0 {
						t.Fatalf("%v; %d bytes are not written", err, chain.Unwritten(l))
					}
					durable = made
				case 1:
					head := l.Head()
					l, o = crash(t, o)
					at := l.AppliedIndex()
					if at < durable {
						t.Fatalf("entry %d is on the disk, %d must be", at, durable)
					}
					var again []chaintest.Draft
					for _, d := range drafts {
						if d.Index > at && d.Index <= batch[len(batch)-1].Index {
							again = append(again, d)
						}
					}
					apply(t, l, again...)
					if l.Head() != head {
						t.Fatalf("after a crash %+v, before %+v", l.Head(), head)
					}
				case 2:
					l = reopen(t, l, o)
					durable = made
				}
				m.compare(t, l)
				m.served(t, l)
			}
			m.compareEarlier(t, l)
			l = reopen(t, l, o)
			m.compare(t, l)
			l.Close()
			checkClean(t, o)
			if most == 0 && o.Unwritten > 1<<10 {
				t.Error("everything was written at once")
			}
		})
	}
}

// served holds what is served of the log against the model.
func (m *model) served(t testing.TB, l *chain.Ledger) {
	t.Helper()
	from := max(0, len(m.leaves)-40)
	same := func(what string, got [][]byte, err error) {
		t.Helper()
		if err != nil || len(got) != len(m.leaves)-from {
			t.Fatalf("%s from %d: %d of %d, %v", what, from, len(got), len(m.leaves)-from, err)
		}
		for i := range got {
			if !bytes.Equal(got[i], m.leaves[from+i]) {
				t.Fatalf("%s: leaf %d differs", what, from+i)
			}
		}
	}
	got, err := l.Leaves(uint64(from), uint64(len(m.leaves)+9), 1<<30)
	same("a ledger's leaves", got, err)
	err = l.View(func(v *chain.View) error {
		got, err := v.Leaves(uint64(from), len(m.leaves))
		same("a view's leaves", got, err)
		got = nil
		_, err = v.Intact(uint64(from), len(m.leaves), func(leaf []byte) error {
			got = append(got, bytes.Clone(leaf))
			return nil
		})
		same("intact leaves", got, err)
		for _, s := range m.seals[max(0, len(m.seals)-12):] {
			b, err := v.Block(s.Height)
			if err != nil || b.Seal.State != s.State {
				t.Fatalf("block %d: %+v, %v", s.Height, b, err)
			}
			for _, leaf := range []uint64{b.First, b.Seal.SizeBefore} {
				if height, err := v.BlockOf(leaf); err != nil || height != s.Height {
					t.Fatalf("leaf %d is in block %d, %v, want %d", leaf, height, err, s.Height)
				}
			}
		}
		for size := from; size <= len(m.leaves); size += 7 {
			if root, err := v.RootAt(uint64(size)); err != nil || root != m.logRoot(size) {
				t.Fatalf("root of %d leaves: %v, %v", size, root, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// told is a ledger that may leave a MiB unwritten, with the market's story on its disk.
func told(t testing.TB, market *chaintest.Market) (*chain.Ledger, chain.Options) {
	t.Helper()
	o := options(t, market.World)
	o.Unwritten = 1 << 20
	l := open(t, o)
	apply(t, l, market.Story...)
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	return l, o
}

// What writes the blocks that were left to the order's disk.
func TestUnwrittenBlocksAreWritten(t *testing.T) {
	for name, write := range map[string]func(l *chain.Ledger, market *chaintest.Market) error{
		"sync":    func(l *chain.Ledger, _ *chaintest.Market) error { return l.Sync() },
		"index":   func(l *chain.Ledger, _ *chaintest.Market) error { return l.FlushIndex() },
		"copy":    func(l *chain.Ledger, _ *chaintest.Market) error { return l.Copy(new(bytes.Buffer)) },
		"advance": func(l *chain.Ledger, m *chaintest.Market) error { return l.Advance(m.Index, m.Term) },
		"passed":  func(l *chain.Ledger, m *chaintest.Market) error { return l.Advance(1, 1) },
		"point without records": func(l *chain.Ledger, m *chaintest.Market) error {
			if a := apply(t, l, m.Point(0))[0]; a.Sealed || !a.Cosign() {
				t.Errorf("%+v", a)
			}
			return nil
		},
		"point":      func(l *chain.Ledger, m *chaintest.Market) error { apply(t, l, m.Point(2)); return nil },
		"full index": func(l *chain.Ledger, m *chaintest.Market) error { apply(t, l, m.Drafts(5, 30)...); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			market := chaintest.NewMarket(8)
			l, _ := told(t, market)
			if name == "full index" {
				chain.SetFlushRecords(l, 1)
			} else {
				apply(t, l, market.Drafts(4, 5)...)
				if chain.Unwritten(l) == 0 {
					t.Fatal("everything was written at once")
				}
			}
			if err := write(l, market); err != nil || chain.Unwritten(l) > 0 {
				t.Errorf("%v; %d bytes are not written", err, chain.Unwritten(l))
			}
		})
	}
}

// What cannot be written stops the ledger, whenever it is to be written; the next one begins with what the disk has, and the order has the rest.
func TestUnwrittenBlocksAndAFault(t *testing.T) {
	for name, write := range map[string]func(l *chain.Ledger, next chaintest.Draft) error{
		"cosign point": func(l *chain.Ledger, next chaintest.Draft) error {
			_, err := l.Apply(t.Context(), []chain.Entry{{Index: next.Index, Term: next.Term, Data: next.Data}})
			return err
		},
		"sync":    func(l *chain.Ledger, _ chaintest.Draft) error { return l.Sync() },
		"index":   func(l *chain.Ledger, _ chaintest.Draft) error { return l.FlushIndex() },
		"advance": func(l *chain.Ledger, next chaintest.Draft) error { return l.Advance(next.Index, next.Term) },
	} {
		t.Run(name, func(t *testing.T) {
			market := chaintest.NewMarket(5)
			l, o := told(t, market)
			kept := l.Head()
			later := append(market.Drafts(6, 5), market.Point(3))
			apply(t, l, later[:6]...)
			head := l.Head()
			restore := chain.BreakDisk(l)
			if err := write(l, later[6]); err == nil || errors.Is(err, chain.ErrFault) {
				t.Errorf("first fault: %v", err)
			}
			restore()
			if err := l.Sync(); !errors.Is(err, chain.ErrFault) {
				t.Errorf("after the fault: %v", err)
			}
			if l.Head() != head {
				t.Errorf("readers are at block %d, want %d", l.Head().Height, head.Height)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if l = open(t, o); l.Head() != kept {
				t.Errorf("opened again at block %d, want %d", l.Head().Height, kept.Height)
			}
			apply(t, l, later...)
		})
	}
}
