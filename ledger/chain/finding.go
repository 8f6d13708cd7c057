package chain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/flaw"
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
	Want   string // the value that follows from the leaves; may be empty
	Got    string // the value that the file has; empty where What says all
	What   flaw.Flaw
	Cause  error

	reason error // what What says in words, for errors.Is
}

func (f *Finding) Error() string {
	_, english := f.Sentences()
	return english
}

// Flaw is what is wrong at the place.
func (f *Finding) Flaw() flaw.Flaw {
	what := f.What
	if what == (flaw.Flaw{}) {
		what = flaw.Differs(f.Got, f.Want)
	}
	if f.Cause != nil {
		what = flaw.Join(what, flaw.Of(f.Cause))
	}
	return what
}

// Sentences say place and flaw to people. Names of buckets, rows and fields are the files' own, and alike in both.
func (f *Finding) Sentences() (vietnamese, english string) {
	var vi, en strings.Builder
	part := func(vietnamese, english string, value any) {
		fmt.Fprintf(&vi, vietnamese, value)
		fmt.Fprintf(&en, english, value)
	}
	part("%s", "%s", f.File)
	if f.Bucket != "" {
		part(", nhóm %s", ", %s", f.Bucket)
	}
	if f.Row != "" {
		part(", dòng %s", ", %s", f.Row)
	}
	if !f.NoLeaf {
		part(", lá %d", ", leaf %d", f.Leaf)
	}
	if f.Record != "" {
		part(", bản ghi %s", ", record %s", f.Record)
	}
	if f.Field != "" {
		part(", mục %s", ", field %s", f.Field)
	}
	what := f.Flaw()
	return vi.String() + ": " + what.Vietnamese, en.String() + ": " + what.English
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
	f := &Finding{File: d.File, Bucket: d.Bucket, Row: d.Row, Leaf: d.Leaf, NoLeaf: !d.HasLeaf, What: d.Detail, reason: d.Cause}
	if d.HasLeaf && d.Row == fmt.Sprintf("leaf %d", d.Leaf) {
		f.Row = ""
	}
	return f
}

func ofDivergence(d *replay.Divergence) *Finding {
	return &Finding{
		File: store.ChainFile, Bucket: "leaves", Leaf: d.Leaf, Record: d.Record, Field: string(d.Field), Want: d.Want, Got: d.Got, What: d.What, Cause: d.Err,
	}
}
