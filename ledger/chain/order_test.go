package chain_test

import (
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
)

// A draft at or before the newest block's place makes nothing, wherever raft puts it, also on a ledger that was opened again; its records are not looked at.
func TestDraftsComeOnce(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	o := options(t, w)
	count := &counting{Verifier: o.Verifier}
	o.Verifier = count
	l := open(t, o)
	apply(t, l, story[:9]...) // from the eighth on in term 2
	newest, index := story[8], story[8].Index
	place := func(d []byte) (term, sequence uint64) {
		h, err := ledger.ParseDraftHeader(d[:ledger.DraftHeaderSize])
		if err != nil {
			t.Fatal(err)
		}
		return h.Term, h.Sequence
	}
	if term, sequence := place(newest.Data); term != 2 || sequence == 0 {
		t.Fatalf("the newest draft is of term %d, sequence %d", term, sequence)
	}
	fresh := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(chaintest.CoffeeLot, 1, chaintest.NewCoffee))).Envelope
	moved := func(term, sequence uint64) []byte {
		return resign(t, newest.Data, chaintest.Ministry, func(d *ledger.Draft) {
			d.Header.Term, d.Header.Sequence, d.Header.Time, d.Records = term, sequence, w.Now, [][]byte{fresh}
		})
	}
	term, sequence := place(newest.Data)
	stranger := chaintest.NodeKey(chaintest.Nobody, ident.PurposeNode)
	for range 2 {
		if want := (ledger.DraftOrder{Term: term, Sequence: sequence}); l.Draft() != want {
			t.Errorf("the newest draft is at %+v, want %+v", l.Draft(), want)
		}
		head, asked := l.Head(), count.asked
		for name, e := range map[string]chain.Entry{
			"the newest":                          {Term: term, Data: newest.Data},
			"an earlier one of the term":          {Term: term, Data: story[7].Data},
			"one of an earlier term":              {Term: 1, Data: story[2].Data},
			"new records at the newest's place":   {Term: term, Data: moved(term, sequence)},
			"new records in an earlier term":      {Term: 1, Data: moved(1, 1<<40)},
			"new records before the newest":       {Term: term, Data: moved(term, sequence-1)},
			"an old draft by a validator no more": {Term: 1, Data: resignWith(t, story[2].Data, stranger, func(*ledger.Draft) {})},
		} {
			index++
			e.Index = index
			applied, err := l.Apply(t.Context(), []chain.Entry{e})
			if err != nil {
				t.Fatal(err)
			}
			if a := applied[0]; !errors.Is(a.Bad, chain.ErrDraftOrder) || a.Sealed || a.Head != head || a.Outcomes != nil || a.Cosign() {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if l.Head() != head || count.asked != asked || l.AppliedIndex() != index {
			t.Errorf("head %+v, want %+v; %d signatures verified; applied %d, want %d", l.Head(), head, count.asked-asked, l.AppliedIndex(), index)
		}
		l = reopen(t, l, o)
	}
	applied, err := l.Apply(t.Context(), []chain.Entry{{Index: index + 1, Term: term, Data: moved(term, sequence+1)}})
	if err != nil || !applied[0].Sealed {
		t.Errorf("the next place: %+v, %v", applied, err)
	}
}
