package replay

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/flaw"
)

// Divergence says where a ledger first differs from what follows from its own leaves, and in what.
type Divergence struct {
	Leaf   uint64 // index of the leaf that shows it
	Height uint64 // of the block the leaf is in
	Record string // id of the record, when it is one and its id can be told; empty otherwise
	Field  diagnosis.Path
	Want   string // the value that follows from the leaves before; may be empty
	Got    string // the value that the ledger has; empty where What says all
	What   flaw.Flaw
	Err    error // cause, if there is one
}

func (d *Divergence) Error() string {
	_, english := d.Sentences()
	return english
}

// Flaw is what is wrong at the place.
func (d *Divergence) Flaw() flaw.Flaw {
	what := d.What
	if what == (flaw.Flaw{}) {
		what = flaw.Differs(d.Got, d.Want)
	}
	if d.Err != nil {
		what = flaw.Join(what, flaw.Of(d.Err))
	}
	return what
}

// Sentences say place and flaw to people. Fields have the same names in both.
func (d *Divergence) Sentences() (vietnamese, english string) {
	vietnamese, english = fmt.Sprintf("lá %d (khối %d)", d.Leaf, d.Height), fmt.Sprintf("leaf %d (block %d)", d.Leaf, d.Height)
	if d.Record != "" {
		vietnamese, english = vietnamese+", bản ghi "+d.Record, english+", record "+d.Record
	}
	what := d.Flaw()
	return fmt.Sprintf("%s, mục %s: %s", vietnamese, d.Field, what.Vietnamese), fmt.Sprintf("%s, field %s: %s", english, d.Field, what.English)
}

// Unwrap gives the cause.
func (d *Divergence) Unwrap() error { return d.Err }

// Altered says what is wrong with a leaf that is no record any more, or whose signature is wrong: which record it was, as far as that can be told, and
// the field that was altered.
func Altered(chain ledger.ChainID, leaf []byte, index, height uint64, err error) *Divergence {
	f := diagnosis.Examine(leaf, chain)
	d := &Divergence{Leaf: index, Height: height, Field: f.Field, Want: f.Want, Got: f.Got, What: f.What, Err: err}
	if f.Told {
		d.Record = f.Record.String()
	}
	if d.Field == "" {
		d.Field = "record"
	}
	return d
}

// compareSeals names the first field in which a seal differs from the one that follows.
func compareSeals(got, want *ledger.Seal) (field diagnosis.Path, have, should string) {
	for _, f := range []struct {
		name      diagnosis.Path
		got, want any
	}{
		{"chain", got.Chain, want.Chain},
		{"height", got.Height, want.Height},
		{"previous", got.Previous, want.Previous},
		{"time", got.Time, want.Time},
		{"flags", got.Flags, want.Flags},
		{"accepted", got.Accepted, want.Accepted},
		{"refused", got.Refused, want.Refused},
		{"size_before", got.SizeBefore, want.SizeBefore},
		{"root_before", got.RootBefore, want.RootBefore},
		{"state", got.State, want.State},
		{"protocol", got.Protocol, want.Protocol},
		{"policy", got.Policy, want.Policy},
		{"next_policy", got.NextPolicy, want.NextPolicy},
	} {
		if f.got != f.want {
			return "seal." + f.name, fmt.Sprint(f.got), fmt.Sprint(f.want)
		}
	}
	return "", "", ""
}
