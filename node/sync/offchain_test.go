package sync

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
)

// sale is a record that is always good.
func sale(w *chaintest.World, grams uint64) *compose.Signed {
	return w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(chaintest.CoffeeLot, grams, ledger.CertificateID{})))
}

// next is a draft of so many sales.
func next(w *chaintest.World, records int, grams uint64) chaintest.Draft {
	var all []*compose.Signed
	for range records {
		all = append(all, sale(w, grams))
	}
	data := w.Draft(all...)
	return chaintest.Draft{Index: w.Index, Term: w.Term, Data: data}
}

// to brings a truth to a size by sales of some grams.
func (n *truth) to(size uint64, grams uint64) {
	n.t.Helper()
	for left := size - n.ledger.Head().Size; left > 0; left = size - n.ledger.Head().Size {
		records := 1
		if left == 3 || left > 8 {
			records = 2
		}
		n.tell(next(n.world, records, grams))
	}
}

// A ledger that has blocks which a quorum certified otherwise says so, wherever it left the chain and however long it is; it is not changed, and no
// source is blamed. One that only has wrong leaves from a source is not off.
func TestOffChain(t *testing.T) {
	const fork = 250 // where both have the same block; below, by the story
	for _, sizes := range []struct{ own, certified uint64 }{
		{256, 300}, // a power of two
		{257, 300},
		{256, 256},
		{280, 260},
		{260, 700},
		{512, 1024},
	} {
		t.Run(fmt.Sprintf("%d of %d", sizes.own, sizes.certified), func(t *testing.T) {
			honest, other := chaintest.New(), chaintest.New()
			story, same := honest.Story(), other.Story()
			n, m := newTruth(t, honest), newTruth(t, other)
			n.tell(story...)
			m.tell(same...)
			n.to(fork, 1)
			m.to(fork, 1)
			if n.ledger.Head() != m.ledger.Head() {
				t.Fatal("the ledgers differ from the start")
			}
			n.to(sizes.certified, 1)
			m.to(sizes.own, 2)
			n.certify()
			own := m.ledger.Head()
			f := newFollower(t, m.ledger, honest.Genesis, n.now, dialed(t, n.address))
			err := f.to(max(sizes.own, sizes.certified))
			off, ok := errors.AsType[*OffChainError](err)
			if !ok || !errors.Is(err, ErrOffChain) || off.Size != min(sizes.own, sizes.certified) || off.Own == off.Want || off.Source != n.address {
				t.Fatalf("%v", err)
			}
			root := ledger.Hash{}
			if err := n.ledger.View(func(v *chain.View) (err error) { root, err = v.RootAt(off.Size); return err }); err != nil || root != off.Want {
				t.Errorf("the certified log has %v there, not %v: %v", root, off.Want, err)
			}
			if m.ledger.Head() != own || len(f.told()) > 0 {
				t.Errorf("the ledger was changed, or told of a head: %v", f.told())
			}
			if s := f.Status(); !errors.Is(s.Err, ErrOffChain) {
				t.Errorf("%+v", s)
			}
			if err := f.Run(t.Context()); !errors.Is(err, ErrOffChain) {
				t.Error(err)
			}
		})
	}
	if bits.OnesCount64(256) != 1 {
		t.Fatal("no power of two")
	}
}

// Blocks that raft brings while leaves are under way disturb nothing.
func TestLedgerGrowsByItself(t *testing.T) {
	market := chaintest.NewMarket(3)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	l := openLedger(t, market.Genesis.Bytes())
	f := newFollower(t, l, market.Genesis, n.now, dialed(t, n.address))
	stop := f.run()
	for _, d := range append(market.Story, market.Drafts(60, 6)...) {
		if d.Index > market.Story[len(market.Story)-1].Index {
			n.tell(d)
			n.certify()
		}
		if _, err := l.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil {
			t.Fatal(err)
		}
	}
	head := n.ledger.Head()
	f.eventually("the head", func() bool {
		s := f.Status()
		return l.Head() == head && s.Certified != nil && s.Certified.Tree.Size == head.Size
	})
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, s := range f.Status().Sources {
		if s.Err != nil {
			t.Error(s.Err)
		}
	}
}

// Certified leaves that the rules of this software refuse are nobody's lie.
func TestDerivation(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	strict := &stubborn{Ledger: f.ledger}
	f.o.Ledger = strict
	err := f.to(n.ledger.Head().Size)
	d, ok := errors.AsType[*DerivationError](err)
	if !ok || d.From != 1 || d.To > n.ledger.Head().Size || f.ledger.Head().Size != 1 {
		t.Fatalf("%v", err)
	}
	if vi, en := d.Sentences(); vi == en {
		t.Error(vi)
	}
}
