package verify_test

import (
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// members is a ledger of validators 1, 2 and 3 that 4 joins and then 1, the publisher, leaves, with the handovers, and as it was in each epoch.
type members struct {
	*verifytest.World
	joins, leaves *checkpoint.Handover
	sizes         []uint64
	worlds        []*verifytest.World
}

func newMembers() *members {
	m := &members{World: verifytest.New()}
	step := func() {
		m.Block("a", "b")
		m.worlds, m.sizes = append(m.worlds, m.Copy()), append(m.sizes, m.Size())
	}
	step()
	m.joins = m.EndedBy(func() { m.Join(4, 3) }, 1, 2)
	step()
	m.leaves = m.EndedBy(func() { m.Leave(1, 2) }, 2, 3, 4)
	step()
	return m
}

// head takes the head of an epoch, cosigned by agencies of it, by a trust.
func (m *members) head(k keeper, name string, t verify.Trust, epoch int, handovers []*checkpoint.Handover, by ...ledger.AccountID) (*verify.Head, error) {
	w := m.worlds[epoch]
	seal, path := w.Seal(m.sizes[epoch])
	return k.head(name, t, w.Head(by...), seal, path, handovers)
}

// TestHandoversOfMembers: who counts, and how many it takes, is said by the document of the epoch alone.
func TestHandoversOfMembers(t *testing.T) {
	m := newMembers()
	trust := pinned(m.World)
	all := []*checkpoint.Handover{m.joins, m.leaves}
	k := keep(t, "members", "Epochs in which validators join and leave: the document of each says who counts.")
	for _, x := range []struct {
		what    string
		epoch   int
		by      []ledger.AccountID
		list    []*checkpoint.Handover
		skipped bool
		want    verify.Word // empty: it is taken
	}{
		{"the three of the beginning", 0, []ledger.AccountID{1, 2}, nil, false, ""},
		{"the fourth and two more", 1, []ledger.AccountID{2, 3, 4}, all, true, ""},
		{"three of four without the fourth", 1, []ledger.AccountID{1, 2, 3}, all, true, ""},
		{"two of four, which were enough before", 1, []ledger.AccountID{1, 2}, all, true, verify.WordQuorum},
		{"the fourth and one more", 1, []ledger.AccountID{3, 4}, all, false, verify.WordQuorum},
		{"the three that are left", 2, []ledger.AccountID{2, 3, 4}, all, true, ""},
		{"two of the three that are left, of whom one is new: no quorum of those believed", 2, []ledger.AccountID{3, 4}, all, false, ""},
		{"the same, without the handover between", 2, []ledger.AccountID{3, 4}, all[1:], false, verify.WordHandover},
		{"two of those believed skip what is between", 2, []ledger.AccountID{2, 3}, all[1:], true, ""},
	} {
		h, err := m.head(k, x.what, trust, x.epoch, x.list, x.by...)
		switch {
		case x.want != "" && !verify.Failed(err, x.want):
			t.Errorf("%s: %v, want %s", x.what, err, x.want)
		case x.want == "" && (err != nil || h.Skipped != x.skipped || int(h.Trust.Policy.Number) != x.epoch):
			t.Errorf("%s: %+v, %v", x.what, h, err)
		}
	}
	// Walked to the end, nothing of those that are gone is left.
	end := must(k.walk("walked to the end", trust, all...))
	if n := len(end.Policy.Validators); n != 3 || end.Policy.Publisher != 2 || end.Policy.Quorum != 2 {
		t.Errorf("%+v", end.Policy)
	}
	if _, err := m.head(k, "who joined counts", end, 2, nil, 2, 4); err != nil {
		t.Errorf("who joined counts: %v", err)
	}
}

// TestWhoLeftDoesNotCount: a cosignature of a validator that left is ignored, by the key it had as by any other; the one of who is to join comes too early.
func TestWhoLeftDoesNotCount(t *testing.T) {
	m := newMembers()
	end := must(pinned(m.World).Walk([]*checkpoint.Handover{m.joins, m.leaves}))
	k := keep(t, "members-gone", "Cosignatures of a validator that left, and of one that is to join.")
	w := m.worlds[2]
	seal, path := w.Seal(w.Size())
	gone := func(s *checkpoint.Signed) *checkpoint.Signed { // with the name and the key that it cosigned with
		c := must(ident.NewCosigner("node1.example", w.Key("cosigner", 1)))
		return s.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(s.Tree.Text(), w.Now))))
	}
	if _, err := k.head("one validator and one that left", end, gone(w.Head(2)), seal, path, nil); !verify.Failed(err, verify.WordQuorum) {
		t.Errorf("one validator and one that left: %v", err)
	}
	if h, err := k.head("two validators and one that left", end, gone(w.Head(2, 3)), seal, path, nil); err != nil || len(h.Validators) != 2 {
		t.Errorf("two validators and one that left: %+v, %v", h, err)
	}
	before := m.worlds[0]
	seal, path = before.Seal(before.Size())
	early := must(ident.NewCosigner("node4.example", m.Key("cosigner", 4)))
	s := before.Head(1)
	s = s.With(checkpoint.CosignatureLine(early.VKey(), must(early.Cosign(s.Tree.Text(), before.Now))))
	if _, err := k.head("one validator and one that is to join", pinned(m.World), s, seal, path, nil); !verify.Failed(err, verify.WordQuorum) {
		t.Errorf("one validator and one that is to join: %v", err)
	}
	// A handover that takes a validator out is certified by the epoch that it ends: the one who leaves may be among them, who joins later may not.
	for _, x := range []struct {
		by   []ledger.AccountID
		want bool
	}{{[]ledger.AccountID{1, 2, 3}, true}, {[]ledger.AccountID{2, 3}, false}} {
		w := verifytest.New()
		w.Block("a")
		joins := w.EndedBy(func() { w.Join(4, 3) }, 1, 2)
		leaves := w.EndedBy(func() { w.Leave(1, 2) }, x.by...)
		if _, err := k.walk(fmt.Sprintf("who leaves, certified by %v", x.by), pinned(w), joins, leaves); (err == nil) != x.want {
			t.Errorf("certified by %v: %v", x.by, err)
		}
	}
	w = verifytest.New()
	w.Block("a")
	if _, err := k.walk("a validator that one alone lets in", pinned(w), w.EndedBy(func() { w.Join(4, 3) }, 1)); !verify.Failed(err, verify.WordQuorum) {
		t.Errorf("a validator that one alone lets in: %v", err)
	}
}
