package chain_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// compareEarlier holds views of earlier heights against what the model's histories say of them.
func (m *model) compareEarlier(t testing.TB, l *chain.Ledger) {
	t.Helper()
	seen := 0
	for _, seal := range m.seals {
		err := l.ViewAt(seal.Height, func(v *chain.View) error {
			seen++
			m.compareViewAt(t, v, seal)
			return nil
		})
		if errors.Is(err, chain.ErrHeightGone) {
			if seen > 0 {
				t.Fatalf("block %d is gone, earlier ones are not", seal.Height)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("no height can be viewed")
	}
	if err := l.ViewAt(uint64(len(m.seals)), func(*chain.View) error { return nil }); !errors.Is(err, chain.ErrHeightGone) {
		t.Errorf("a height that is not there yet: %v", err)
	}
}

func (m *model) compareViewAt(t testing.TB, v *chain.View, seal *ledger.Seal) {
	t.Helper()
	size := seal.SizeBefore + 1
	if h := v.Head(); h.Height != seal.Height || h.Size != size || h.State != seal.State || h.Root != m.logRoot(int(size)) {
		t.Fatalf("head at %d: %+v", seal.Height, h)
	}
	if v.Map().Root() != seal.State {
		t.Fatalf("state map at %d has root %v", seal.Height, v.Map().Root())
	}
	hashes, err := v.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	if f, err := merkle.ReadFrontier(hashes, size); err != nil || f.Root(merkle.Log) != m.logRoot(int(size)) {
		t.Fatalf("hashes at %d: %v", seal.Height, err)
	}
	if _, err := v.Leaf(size); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("leaf %d at %d: %v", size, seal.Height, err)
	}
	if leaves, err := v.Leaves(size-1, 5); err != nil || len(leaves) != 1 {
		t.Errorf("leaves from %d at %d: %d, %v", size-1, seal.Height, len(leaves), err)
	}
	if n, err := v.Intact(size-1, 5, func([]byte) error { return nil }); err != nil || n != 1 {
		t.Errorf("intact leaves from %d at %d: %d, %v", size-1, seal.Height, n, err)
	}
	for id, all := range m.history {
		n, _ := slices.BinarySearchFunc(all, seal.Height+1, func(e ledger.Entry, height uint64) int { return int(e.Height) - int(height) })
		m.compareSubjectAt(t, v, id, all[:n])
	}
	for kind := subject.KindParameters; kind <= subject.KindGTIN; kind++ {
		ids, err := v.Subjects(kind, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if m.history[id][0].Height > seal.Height {
				t.Fatalf("%v is listed at %d, before it was there", id, seal.Height)
			}
		}
	}
}

// compareTouches compares where entries stand, read in two parts, and the values after them.
func (m *model) compareTouches(t testing.TB, v *chain.View, id subject.ID, want []ledger.Entry) {
	t.Helper()
	half := len(want) / 2
	touches, err := v.Touches(id, 0, half)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := v.Touches(id, uint64(half), len(want)+1)
	if touches = slices.Concat(touches, rest); err != nil || len(touches) != len(want) {
		t.Fatalf("%v at %d: %d touches (%v), want %d", id, v.Head().Height, len(touches), err, len(want))
	}
	for i, at := range touches {
		if e := want[i]; at.Leaf != e.Leaf || at.Height != e.Height || at.Time != e.Time || subject.ValueHash(at.Value) != e.Value {
			t.Fatalf("%v at %d: touch %d is %+v, want %+v", id, v.Head().Height, i, at, e)
		}
	}
}

// compareSubjectAt compares a subject with the entries it had at the view's height.
func (m *model) compareSubjectAt(t testing.TB, v *chain.View, id subject.ID, want []ledger.Entry) {
	t.Helper()
	value, ok := v.Value(id)
	if ok != (len(want) > 0) || ok && subject.ValueHash(value) != want[len(want)-1].Value {
		t.Fatalf("%v at %d: %v, %x", id, v.Head().Height, ok, value)
	}
	got, err := v.History(id, 0, len(m.history[id])+1)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v at %d: %d entries (%v), want %d", id, v.Head().Height, len(got), err, len(want))
	}
	m.compareTouches(t, v, id, want)
	m.comparePaths(t, v, id, want)
	for i := range want {
		value, ok, err := v.ValueAt(id, uint64(i))
		if newest := i == len(want)-1; err != nil || ok != (newest || id.Kind.Kept()) || ok && subject.ValueHash(value) != want[i].Value {
			t.Fatalf("%v at %d: value after entry %d: %v, %v, %x", id, v.Head().Height, i, ok, err, value)
		}
	}
	if value, ok, _ := v.ValueAt(id, uint64(len(want))); ok {
		t.Fatalf("%v at %d: value %x after an entry that is not there", id, v.Head().Height, bytes.Clone(value))
	}
}
