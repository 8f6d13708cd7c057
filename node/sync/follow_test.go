package sync

import (
	"testing"

	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

// A new ledger comes to hold what another one has, through every policy epoch, and is told of the heads that ended them.
func TestTo(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.tell(market.Drafts(30, 8)...)
	n.certify()
	head := n.ledger.Head()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	if err := f.to(head.Size); err != nil {
		t.Fatal(err)
	}
	if got := f.ledger.Head(); got != head {
		t.Fatalf("%+v, want %+v", got, head)
	}
	points := f.told()
	if ends := len(n.handovers); len(points) != ends+1 {
		t.Fatalf("told of %d heads, want those that ended %d epochs, and the newest", len(points), ends)
	}
	for i, p := range points {
		if last := i == len(points)-1; p.Ends == last || int(p.Policy.Number) != i || p.Certified == nil || p.Certified.Tree != p.Signed.Tree {
			t.Errorf("%d: %+v", i, p)
		}
	}
	s := f.Status()
	if s.Size != head.Size || s.Target != head.Size || s.Err != nil || len(s.Sources) != 1 || s.Sources[0].Err != nil {
		t.Errorf("%+v", s)
	}
}

// What is certified while one follows is there at once; what is not, is not.
func TestRunFollows(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	stop := f.run()
	for range 20 {
		n.tell(market.Drafts(2, 5)...)
		n.certify()
		head := n.ledger.Head()
		f.eventually("the head", func() bool { return f.ledger.Head() == head && f.Status().Live })
	}
	if s := f.Status(); s.Source != n.address || s.Rate != 0 || s.Certified.Tree.Size != f.ledger.Head().Size {
		t.Errorf("%+v", s)
	}
	certified := n.ledger.Head()
	n.tell(market.Drafts(3, 5)...)
	if err := f.to(certified.Size); err != nil { // while Run follows
		t.Fatal(err)
	}
	if f.ledger.Head() != certified {
		t.Errorf("it holds %+v, and %+v is certified", f.ledger.Head(), certified)
	}
	if err := stop(); err == nil || f.Status().Source != "" {
		t.Errorf("%v, %+v", err, f.Status())
	}
}
