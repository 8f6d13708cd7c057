package replay

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
)

// Divergence says where a ledger first differs from what follows from its own leaves, and in what.
type Divergence struct {
	Leaf   uint64 // index of the leaf that shows it
	Height uint64 // of the block the leaf is in
	Record string // id of the record, when it is one; empty otherwise
	Field  string // "signature", "seal.state", "record", …
	Want   string // what follows from the leaves before; may be empty
	Got    string // what the ledger has
	Err    error  // cause, if there is one
}

func (d *Divergence) Error() string {
	s := fmt.Sprintf("leaf %d (block %d)", d.Leaf, d.Height)
	if d.Record != "" {
		s += ", record " + d.Record
	}
	s += ", field " + d.Field
	switch {
	case d.Want != "" && d.Got != "":
		s += fmt.Sprintf(": have %s, want %s", d.Got, d.Want)
	case d.Got != "":
		s += ": " + d.Got
	}
	if d.Err != nil {
		s += ": " + d.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (d *Divergence) Unwrap() error { return d.Err }

// compareSeals names the first field in which a seal differs from the one that follows.
func compareSeals(got, want *ledger.Seal) (field, have, should string) {
	for _, f := range []struct {
		name      string
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
