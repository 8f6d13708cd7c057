package annex

import (
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// TestAgainst: what a ledger says of rows stands at the cell that was read; of what the sheet has no column for, at the row. Rows come in their order.
func TestAgainst(t *testing.T) {
	a := mustRead(t, csvFile(t, "Product,No,Stars,A,B,C,Minimums,Group\n7.1,1,4,33.5,22.5,20,yes,food\n7.2,2,4,33.5,22.5,20,yes,food\n7.3,3,6,33.5,22.5,20,yes,food\n"),
		Defaults{From: 20260903, Until: 20290903})
	sound := a.Sound()
	if len(sound) != 2 || sound[0].Line != 2 || sound[1].Line != 3 {
		t.Fatalf("%+v", sound)
	}
	a.Absent(map[ledger.ProductID]string{{Producer: 7, Number: 1}: "", {Producer: 7, Number: 3}: ""})
	why := errors.New("refused")
	for _, field := range []string{"certify.scores.c", "certify.scores.total", "certify.valid_until", "certify.product.number", "certify.group", "certify", ""} {
		a.Refuse(sound[0], field, why)
	}
	want := []Problem{{Line: 2, Cell: "F2"}, {Line: 2}, {Line: 2}, {Line: 2, Cell: "A2"}, {Line: 2, Cell: "H2"}, {Line: 2}, {Line: 2}, {Line: 3, Cell: "A3"}, {Line: 4, Cell: "C4"}}
	if len(a.Problems) != len(want) {
		t.Fatalf("%+v", a.Problems)
	}
	for i, p := range a.Problems {
		if p.Line != want[i].Line || p.Cell != want[i].Cell {
			t.Errorf("%d: %+v, want %+v", i, p, want[i])
		}
	}
}
