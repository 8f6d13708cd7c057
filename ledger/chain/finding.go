package chain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
)

// Finding is one place where the files of a ledger are damaged, or differ from what follows from the leaves. It is an error.
type Finding struct {
	File   string // chain.db or index.db
	Bucket string // in the file; empty: the file as a whole
	Row    string // in words, such as "product 1000012.3" or "tile 4 of level 0"; empty: the leaf says it
	Leaf   uint64 // the leaf that is damaged, or the one that the row is about
	NoLeaf bool   // the row is about no leaf
	Record string // id of the record in the leaf; empty: it is none
	Field  string // "signature", "value", …; empty: the row as a whole
	Want   string // what follows from the leaves; may be empty
	Got    string // what the file has
	Cause  error

	reason error // what Got says in words, for errors.Is
}

func (f *Finding) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	for _, part := range []string{f.Bucket, f.Row} {
		if part != "" {
			b.WriteString(", " + part)
		}
	}
	if !f.NoLeaf {
		fmt.Fprintf(&b, ", leaf %d", f.Leaf)
	}
	if f.Record != "" {
		b.WriteString(", record " + f.Record)
	}
	if f.Field != "" {
		b.WriteString(", field " + f.Field)
	}
	switch {
	case f.Want != "" && f.Got != "":
		fmt.Fprintf(&b, ": have %s, want %s", f.Got, f.Want)
	case f.Got != "":
		b.WriteString(": " + f.Got)
	case f.Want != "":
		b.WriteString(": want " + f.Want)
	}
	if f.Cause != nil {
		b.WriteString(": " + f.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause: also store.ErrTruncated of a file whose end is gone.
func (f *Finding) Unwrap() error {
	if f.Cause == nil {
		return f.reason
	}
	return f.Cause
}

// finding turns damage and divergence into a *Finding; other errors are left alone.
func finding(err error) error {
	if d, ok := errors.AsType[*store.Damage](err); ok {
		return ofDamage(d)
	}
	if d, ok := errors.AsType[*replay.Divergence](err); ok {
		return ofDivergence(d)
	}
	return err
}

func ofDamage(d *store.Damage) *Finding {
	f := &Finding{File: d.File, Bucket: d.Bucket, Row: d.Row, Leaf: d.Leaf, NoLeaf: !d.HasLeaf, Got: d.Detail, reason: d.Cause}
	if d.HasLeaf && d.Row == fmt.Sprintf("leaf %d", d.Leaf) {
		f.Row = ""
	}
	return f
}

func ofDivergence(d *replay.Divergence) *Finding {
	return &Finding{
		File: store.ChainFile, Bucket: "leaves", Leaf: d.Leaf, Record: d.Record, Field: string(d.Field), Want: d.Want, Got: d.Got, Cause: d.Err,
	}
}
