package chain_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/replay"
)

// allLeaves reads a ledger's leaves.
func allLeaves(t testing.TB, l *chain.Ledger) [][]byte {
	t.Helper()
	leaves, err := l.Leaves(0, math.MaxUint64, math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	if uint64(len(leaves)) != l.Head().Size {
		t.Fatalf("%d leaves, want %d", len(leaves), l.Head().Size)
	}
	return leaves
}

// blockEnds are the sizes of a ledger at which blocks end.
func blockEnds(leaves [][]byte) (ends []uint64) {
	for i, leaf := range leaves {
		if leaf[0] == ledger.KindSeal {
			ends = append(ends, uint64(i+1))
		}
	}
	return ends
}

func extend(t testing.TB, l *chain.Ledger, leaves [][]byte, to uint64) []chain.Applied {
	t.Helper()
	from := l.Head().Size
	applied, err := l.Extend(context.Background(), from, leaves[from:to])
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

// judged are the outcomes that leaves can show, accepted before refused.
func judged(outcomes []chain.Outcome) (shown []chain.Outcome) {
	for _, status := range []chain.Status{chain.Accepted, chain.Refused} {
		for _, o := range outcomes {
			if o.Status == status && !o.Duplicate {
				if o.Refusal != nil {
					f := *o.Refusal
					f.Field, f.Args = "", nil
					o.Refusal = &f
				}
				shown = append(shown, o)
			}
		}
	}
	return shown
}

// A ledger that is given its blocks as leaves, in any pieces, and by raft, in any order of the two, flushed and opened again at any moment, is the ledger that
// raft alone makes: heads, outcomes, states, files.
func TestExtendedIsApplied(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 77))
			market := chaintest.NewMarket(seed)
			drafts := append(market.Story, market.Drafts(40, 12)...)
			m := newModel(market.World)
			reference := open(t, options(t, market.World))
			made := make(map[uint64]chain.Applied) // by height
			for _, d := range drafts {
				m.draft(t, d)
				if a := apply(t, reference, d)[0]; a.Sealed {
					made[a.Head.Height] = a
				}
			}
			leaves := allLeaves(t, reference)
			ends := blockEnds(leaves)

			o := options(t, market.World)
			o.FlushRecords = 1 + r.IntN(60)
			l := open(t, o)
			check := func(a chain.Applied) {
				t.Helper()
				want := made[a.Head.Height]
				if a.Head != want.Head || a.Ends != want.Ends || a.Cosign() != want.Cosign() || a.Draft != want.Draft || !reflect.DeepEqual(a.Policy, want.Policy) {
					t.Fatalf("block %d: %+v, want %+v", a.Head.Height, a, want)
				}
				if !reflect.DeepEqual(judged(a.Outcomes), judged(want.Outcomes)) {
					t.Fatalf("block %d: outcomes %+v, want %+v", a.Head.Height, a.Outcomes, want.Outcomes)
				}
			}
			brought := 0
			for l.Head() != reference.Head() {
				switch r.IntN(5) {
				case 0, 1: // raft, from anywhere that the ledger does not say it has passed
					next := int(l.AppliedIndex())
					n := min(next+1+r.IntN(6), len(drafts))
					entries := make([]chain.Entry, 0, n-next)
					for _, d := range drafts[next:n] {
						entries = append(entries, chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data})
					}
					applied, err := l.Apply(t.Context(), entries)
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range applied {
						switch {
						case a.Sealed:
							check(a)
						case a.Bad != nil && !errors.Is(a.Bad, chain.ErrDraftOrder):
							t.Fatalf("entry %d: %v", a.Index, a.Bad)
						}
					}
				case 2, 3:
					i, _ := slices.BinarySearch(ends, l.Head().Size)
					to := ends[min(i+1+r.IntN(6), len(ends)-1)]
					for _, a := range extend(t, l, leaves, to) {
						check(a)
						brought++
					}
				case 4:
					l = reopen(t, l, o)
				}
			}
			if brought == 0 {
				t.Error("leaves brought nothing")
			}
			m.compare(t, l)
			checkStates(t, l, m)
			l = reopen(t, l, o)
			m.compare(t, l)
			for _, d := range drafts { // and all of it again
				if d.Index > l.AppliedIndex() {
					if a, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil || a[0].Sealed {
						t.Fatalf("entry %d: %+v, %v", d.Index, a, err)
					}
				}
			}
			if l.Head() != reference.Head() || l.AppliedIndex() != drafts[len(drafts)-1].Index {
				t.Errorf("head %+v, want %+v; applied %d", l.Head(), reference.Head(), l.AppliedIndex())
			}
			l.Close()
			checkClean(t, o)
		})
	}
}

// TestBadLeavesChangeNothing gives leaves of every kind that are not what follows. Each is named, the ledger stays what it was, and goes on.
func TestBadLeavesChangeNothing(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	reference := open(t, options(t, w))
	apply(t, reference, story...)
	leaves := allLeaves(t, reference)
	ends := blockEnds(leaves)
	base := ends[6]               // the lots are there
	good := leaves[base:ends[14]] // records and refusals
	first := ends[7] - base       // leaves of its first block

	other := chaintest.NewAt(chaintest.Start.AddDate(0, 0, 1))
	alien := open(t, options(t, other))
	apply(t, alien, other.Story()...)
	foreign := allLeaves(t, alien)

	refusals := slices.IndexFunc(good, func(leaf []byte) bool { return leaf[0] == ledger.KindRefusals })
	if refusals < 0 || first < 2 {
		t.Fatal("the story has other blocks than it had")
	}
	flip := func(i, at int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte {
			l[i] = bytes.Clone(l[i])
			l[i][at] ^= 1
			return l
		}
	}
	seal := int(first) - 1
	unfinished := func(err error) bool { return errors.Is(err, replay.ErrUnfinished) }
	diverges := func(leaf uint64, field diagnosis.Path) func(error) bool {
		return func(err error) bool {
			d, ok := errors.AsType[*replay.Divergence](err)
			return ok && d.Leaf == base+leaf && (field == "" || d.Field == field)
		}
	}
	endless := make([][]byte, 2*ledger.MaxDraftRecords)
	for i := range endless {
		endless[i] = w.Sign(chaintest.Coop, chaintest.Lot(ledger.LotID{Product: chaintest.Coffee, Lot: fmt.Sprint("E", i)}, 1, chaintest.Today, 0)).Envelope
	}
	for _, c := range []struct {
		name   string
		from   uint64
		change func([][]byte) [][]byte
		want   func(error) bool
	}{
		{"none", base, func([][]byte) [][]byte { return nil }, unfinished},
		{"an empty last leaf", base, func(l [][]byte) [][]byte { return append(l, nil) }, unfinished},
		{"the last seal missing", base, func(l [][]byte) [][]byte { return l[:len(l)-1] }, unfinished},
		{"of later blocks", base + first, func(l [][]byte) [][]byte { return l[first:] }, func(err error) bool { return errors.Is(err, chain.ErrNotNext) }},
		{"of earlier blocks", ends[5], func(l [][]byte) [][]byte { return leaves[ends[5]:ends[7]] }, func(err error) bool { return errors.Is(err, chain.ErrNotNext) }},
		{"of later blocks, said to be next", base, func(l [][]byte) [][]byte { return l[first:] }, diverges(0, "")},
		{"of the newest block once more", base, func(l [][]byte) [][]byte { return leaves[ends[5]:ends[6]] }, diverges(0, "record id")},
		{"the newest seal once more", base, func(l [][]byte) [][]byte { return leaves[base-1 : base] }, diverges(0, "seal")},
		{"of another chain", base, func(l [][]byte) [][]byte { return foreign[base:ends[14]] }, diverges(first-1, "seal.draft.chain")},
		{"the genesis seal", base, func(l [][]byte) [][]byte { return leaves[:1] }, diverges(0, "seal.draft.chain")},
		{"the first record missing", base, func(l [][]byte) [][]byte { return l[1:] }, diverges(uint64(seal)-1, "")},
		{"a seal missing", base, func(l [][]byte) [][]byte { return slices.Delete(l, seal, seal+1) }, diverges(ends[8]-base-2, "")},
		{"a block missing in the middle", base, func(l [][]byte) [][]byte { return slices.Delete(l, int(first), int(ends[8]-base)) }, func(err error) bool { return is[*replay.Divergence](err) }},
		{"blocks in another order", base, func(l [][]byte) [][]byte { return append(slices.Clone(l[first:ends[8]-base]), l[:first]...) }, diverges(0, "")},
		{"a seal before its records", base, func(l [][]byte) [][]byte { l[0], l[seal] = l[seal], l[0]; return l }, diverges(0, "seal")},
		{"a record twice", base, func(l [][]byte) [][]byte { return slices.Insert(l, 1, l[0]) }, diverges(1, "record id")},
		{"a record of long ago", base, func(l [][]byte) [][]byte { return slices.Insert(l, seal, leaves[1]) }, diverges(uint64(seal), "record id")},
		{"refusals twice", base, func(l [][]byte) [][]byte { return slices.Insert(l, refusals, l[refusals]) }, diverges(uint64(refusals)+1, "kind")},
		{"an altered signature", base, flip(0, 70), diverges(0, "envelope.signature")},
		{"an altered record", base, flip(0, len(good[0])-3), diverges(0, "")},
		{"an altered record in a later block", base, flip(int(first), 70), diverges(first, "")},
		{"an altered state in the first seal", base, flip(seal, 131), diverges(uint64(seal), "seal.state")},
		{"an altered link in the last seal", base, flip(len(good)-1, 42), diverges(uint64(len(good))-1, "seal.previous")},
		{"an altered proposer's signature", base, flip(seal, ledger.SealSize-1), diverges(uint64(seal), "seal.draft.signature")},
		{"an altered row of refusals", base, flip(refusals, len(good[refusals])-1), func(err error) bool { return is[*replay.Divergence](err) }},
		{"a record under another kind", base, func(l [][]byte) [][]byte {
			l[0] = bytes.Clone(l[0])
			l[0][0] = ledger.KindRefusals
			return l
		}, diverges(0, "")},
		{"a leaf of no kind", base, func(l [][]byte) [][]byte { return slices.Insert(l, 0, []byte{9, 9}) }, diverges(0, "seal")},
		{"an empty leaf", base, func(l [][]byte) [][]byte { return slices.Insert(l, 0, nil) }, diverges(0, "seal")},
		{"records without end", base, func(l [][]byte) [][]byte { return append(slices.Clone(endless), l[len(l)-1]) }, diverges(ledger.MaxDraftRecords, "kind")},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, w)
			l := open(t, o)
			extend(t, l, leaves, base)
			head, index := l.Head(), l.AppliedIndex()
			applied, err := l.Extend(t.Context(), c.from, c.change(slices.Clone(good)))
			if !c.want(err) || applied != nil {
				t.Errorf("%+v, %v", applied, err)
			}
			if l.Head() != head || l.AppliedIndex() != index {
				t.Errorf("the ledger is at %+v, was at %+v", l.Head(), head)
			}
			if err := l.View(consistent); err != nil {
				t.Error(err)
			}
			extend(t, l, leaves, base+uint64(len(good)))
			if l.Head().Root != rootOf(t, reference, base+uint64(len(good))) {
				t.Error("it does not go on as it should")
			}
			l.Close()
			checkClean(t, o)
		})
	}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func rootOf(t testing.TB, l *chain.Ledger, size uint64) (root ledger.Hash) {
	t.Helper()
	if err := l.View(func(v *chain.View) (err error) {
		root, err = v.RootAt(size)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return root
}

// Whose context ends gets its error, and the ledger is as before.
func TestExtendEndsWithItsContext(t *testing.T) {
	w := chaintest.New()
	reference := open(t, options(t, w))
	apply(t, reference, w.Story()...)
	leaves := allLeaves(t, reference)
	l := open(t, options(t, w))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Extend(ended, 1, leaves[1:]); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if h := l.Head(); h.Size != 1 {
		t.Errorf("head %+v", h)
	}
	extend(t, l, leaves, uint64(len(leaves)))
	if l.Head() != reference.Head() {
		t.Errorf("head %+v", l.Head())
	}
}

// A fault of the disk stops the ledger, as in Apply.
func TestExtendOnABrokenDisk(t *testing.T) {
	w := chaintest.New()
	reference := open(t, options(t, w))
	apply(t, reference, w.Story()...)
	leaves := allLeaves(t, reference)
	o := options(t, w)
	l := open(t, o)
	head := l.Head()
	restore := chain.BreakDisk(l)
	_, err := l.Extend(t.Context(), 1, leaves[1:])
	restore()
	if err == nil || is[*replay.Divergence](err) {
		t.Errorf("%v", err)
	}
	if _, err := l.Extend(t.Context(), 1, leaves[1:]); !errors.Is(err, chain.ErrFault) || l.Head() != head {
		t.Errorf("after the fault: %v, head %+v", err, l.Head())
	}
	if err := l.Advance(7, 1); !errors.Is(err, chain.ErrFault) {
		t.Errorf("after the fault: %v", err)
	}
	l.Close()
	l = open(t, o)
	extend(t, l, leaves, uint64(len(leaves)))
}

// Advance is there after a crash, and never goes back.
func TestAdvance(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	reference := open(t, options(t, w))
	apply(t, reference, story...)
	leaves := allLeaves(t, reference)
	o := options(t, w)
	l := open(t, o)
	extend(t, l, leaves, blockEnds(leaves)[5])
	if l.AppliedIndex() != 0 {
		t.Errorf("leaves alone moved the position to %d", l.AppliedIndex())
	}
	at := func(want uint64) {
		t.Helper()
		if l.AppliedIndex() != want {
			t.Errorf("applied %d, want %d", l.AppliedIndex(), want)
		}
		copied := o // as a crash would leave it
		copied.Dir = filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(copied.Dir, os.DirFS(o.Dir)); err != nil {
			t.Fatal(err)
		}
		l := open(t, copied)
		defer l.Close()
		if l.AppliedIndex() != want {
			t.Errorf("after a crash applied %d, want %d", l.AppliedIndex(), want)
		}
	}
	for _, step := range []struct{ index, want uint64 }{{4, 4}, {4, 4}, {2, 4}, {0, 4}, {5, 5}} {
		if err := l.Advance(step.index, 1); err != nil {
			t.Fatal(err)
		}
		at(step.want)
	}
	apply(t, l, story[:9]...) // the first five are passed over
	if l.Head().Height != 9 {
		t.Errorf("head %+v", l.Head())
	}
	// Entries that made nothing are known in memory only, until Advance.
	nothing := chain.Entry{Index: story[8].Index + 1, Term: story[8].Term, Data: []byte("nothing")}
	if _, err := l.Apply(t.Context(), []chain.Entry{nothing}); err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(nothing.Index, nothing.Term); err != nil {
		t.Fatal(err)
	}
	at(nothing.Index)
	l.Close()
	checkClean(t, o)
}

// Leaves are bounded by bytes, and end with the ledger.
func TestLeaves(t *testing.T) {
	w := chaintest.New()
	l := open(t, options(t, w))
	apply(t, l, w.Story()...)
	size := l.Head().Size
	all := allLeaves(t, l)
	for _, most := range []int{0, 1, 700, 5000, 1 << 20} {
		for _, to := range []uint64{0, 1, 7, size, size + 9} {
			var got [][]byte
			for {
				some, err := l.Leaves(uint64(len(got)), to, most)
				if err != nil {
					t.Fatal(err)
				}
				if len(some) == 0 {
					break
				}
				bytes := 0
				for _, leaf := range some {
					bytes += len(leaf)
				}
				if bytes > most && len(some) > 1 {
					t.Fatalf("%d bytes in %d leaves, at most %d asked for", bytes, len(some), most)
				}
				got = append(got, some...)
			}
			if !reflect.DeepEqual(got, append([][]byte(nil), all[:min(to, size)]...)) {
				t.Errorf("at most %d bytes to leaf %d: %d leaves", most, to, len(got))
			}
		}
	}
	if none, err := l.Leaves(size, math.MaxUint64, 1); none != nil || err != nil {
		t.Errorf("%d leaves, %v", len(none), err)
	}
}
