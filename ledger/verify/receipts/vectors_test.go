package receipts_test

import (
	"encoding/hex"
	"testing"

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
