package receipts_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// vectorsDir is where the cases of these tests are kept for verifiers in other languages.
const vectorsDir = "../vectors"

// given is a receipt and its options as a case.
func given(file []byte, o receipts.Options) vectors.Case {
	w := vectors.With{
		Policy: o.Trust.Policy.Append(nil), Since: o.Trust.Since, Now: o.Trust.Now, Period: o.Trust.Period, Handovers: o.Handovers, Older: o.Older, MaxAge: o.MaxAge,
		Date: uint32(o.Date), AsOf: o.AsOf,
	}
	if o.Memory != nil {
		w.Memory = o.Memory.Append(nil)
	}
	if o.Want != (subject.ID{}) {
		w.Ask = hex.EncodeToString(append([]byte{byte(o.Want.Kind)}, o.Want.Name...))
	}
	return vectors.Case{File: file, With: w}
}

// keep adds a case to a group and wants of it what the test wants: a word, or nil.
func keep(t *testing.T, g *vectors.Group, name string, what vectors.What, file []byte, o receipts.Options, want any) vectors.Expect {
	t.Helper()
	got := g.Add(name, what, given(file, o))
	if word, _ := want.(verify.Word); got.Word != string(word) {
		t.Errorf("%s: from bytes %q, want %q", name, got.Word, word)
	}
	return got
}

// keepBytes keeps a receipt of which bytes are changed, left out or added: every byte of an action's, which is small, and samples of the others.
func keepBytes(g *vectors.Group, name string, r *receipt.Receipt, o receipts.Options) {
	file, what, step := r.Append(nil), vectors.Receipt, 3
	switch r.Kind {
	case receipt.KindAction:
		what, step = vectors.Action, 1
	case receipt.KindLot:
		step = 17 // it is mostly what a product's is
	}
	question := asOfAt(r)
	g.Flip(name, what, given(file, o), step, func(at int) bool { return at >= question && at < question+8 })
	for i := 0; i < len(file); i += 1 + len(file)/12 {
		g.Add(fmt.Sprintf("%s cut at %04d", name, i), what, given(file[:i], o))
		g.Add(fmt.Sprintf("%s grown at %04d", name, i), what, given(slices.Insert(slices.Clone(file), i, 0), o))
	}
	g.Add(name+" with a byte at the end", what, given(append(slices.Clone(file), 0), o))
}

// keepAnswers keeps what a receipt says: on dates around which something changes, and at heights from the first to the head's.
func keepAnswers(t *testing.T, g *vectors.Group, name string, r *receipt.Receipt, s *scene) {
	t.Helper()
	file, top := r.Append(nil), r.Seal.Height
	o := s.options()
	o.Want = r.ID()
	keep(t, g, name, vectors.Receipt, file, o, nil)
	o.Date = 0
	keep(t, g, name+", today", vectors.Receipt, file, o, nil)
	o.Want = subject.Product(ledger.ProductID{Producer: Trader, Number: 9})
	keep(t, g, name+", asked for another", vectors.Receipt, file, o, verify.WordSubject)
	o.Want = subject.ID{}
	for _, on := range []ledger.Date{20201102, 20231103, 20260219, 20260303, 20290221} {
		o.Date = on
		keep(t, g, fmt.Sprintf("%s, on %d", name, on), vectors.Receipt, file, o, nil)
	}
	o.Date = Today
	for _, height := range []uint64{1, 3, 5, 7, top - 1} {
		o.AsOf = &height
		keep(t, g, fmt.Sprintf("%s, at height %02d", name, height), vectors.Receipt, file, o, nil)
	}
}
