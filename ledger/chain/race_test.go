package chain_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Readers see one height, whatever is applied and written beside them.
func TestReadersBesideTheWriter(t *testing.T) {
	market := chaintest.NewMarket(3)
	drafts := market.Drafts(80, 10)
	o := options(t, market.World)
	o.FlushRecords, o.Unwritten = 25, 4<<10
	l := open(t, o)
	apply(t, l, market.Story...)

	var done atomic.Bool
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for !done.Load() {
				if err := l.View(func(v *chain.View) error { return consistent(v) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Go(func() {
		for !done.Load() {
			if err := l.FlushIndex(); err != nil {
				t.Error(err)
			}
		}
	})
	for _, d := range drafts {
		l.Preverify(d.Data)
	}
	for i := 0; i < len(drafts); i += 4 {
		apply(t, l, drafts[i:i+4]...)
	}
	done.Store(true)
	readers.Wait()
	l.Close()
	checkClean(t, o)
}

// consistent compares what a view says in several ways.
func consistent(v *chain.View) error {
	h := v.Head()
	leaf, err := v.Leaf(h.Size - 1)
	if err != nil {
		return err
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		return err
	}
	if v.Map().Root() != seal.State || seal.Height != h.Height {
		return errors.New("the map is not that of the newest seal")
	}
	for _, id := range []subject.ID{subject.Activity(chaintest.Coop), subject.Lot(chaintest.CoffeeLot), subject.Activity(chaintest.Province), subject.Territory(67)} {
		value, ok := v.Value(id)
		if !ok {
			return errors.New(id.String() + " is missing")
		}
		leaf, ok := v.Map().Get(id.Key())
		if !ok || leaf.Value != subject.ValueHash(value) {
			return errors.New(id.String() + " is not what the map says")
		}
		n, err := v.HistoryLen(id)
		if err != nil || n != leaf.N {
			return errors.New(id.String() + " has another history than the map says")
		}
		entries, err := v.History(id, 0, int(n))
		if err != nil {
			return err
		}
		if uint64(len(entries)) != n || entries[n-1].Value != leaf.Value {
			return errors.New(id.String() + ": the last entry is not of the value")
		}
		if o, ok, err := v.Record(entries[n-1].Record); n > 1 && (err != nil || !ok || o.Leaf != entries[n-1].Leaf) {
			return errors.New(id.String() + ": the last entry's record is not known")
		}
	}
	block := rules.NewBlock(v.Context(), v)
	if _, ok := block.Value(subject.Account(chaintest.Coop)); !ok {
		return errors.New("the rules do not see an account")
	}
	return nil
}

// After a fault of the disk nothing is applied any more; readers go on with what there was.
func TestFaultStopsTheLedger(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	o := options(t, w)
	l := open(t, o)
	apply(t, l, story[:4]...)
	head := l.Head()
	restore := chain.BreakDisk(l)
	_, err := l.Apply(t.Context(), []chain.Entry{{Index: story[4].Index, Term: story[4].Term, Data: story[4].Data}})
	if err == nil || errors.Is(err, chain.ErrFault) {
		t.Errorf("first fault: %v", err)
	}
	restore()
	for range 2 {
		if _, err := l.Apply(context.Background(), nil); !errors.Is(err, chain.ErrFault) {
			t.Errorf("after the fault: %v", err)
		}
		if err := l.FlushIndex(); !errors.Is(err, chain.ErrFault) {
			t.Errorf("after the fault: %v", err)
		}
	}
	if l.Head() != head || l.AppliedIndex() != story[3].Index {
		t.Errorf("head %+v, applied %d", l.Head(), l.AppliedIndex())
	}
	l.Close()
	l = open(t, o)
	if l.Head() != head {
		t.Errorf("opened again: %+v, want %+v", l.Head(), head)
	}
	apply(t, l, story[4:]...)
}
