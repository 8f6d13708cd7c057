package store

import (
	"errors"

	"github.com/ocopledger/ocop/ledger/flaw"
)

var (
	// ErrInUse says that another process holds the file open.
	ErrInUse = errors.New("in use by another process")
	// ErrFormat says that a file is of another kind or format than this software writes.
	ErrFormat = errors.New("not a file of this format")
	// ErrTruncated says that the end of a file is gone. It goes with a *Damage.
	ErrTruncated = errors.New("the file is cut short")
	// ErrNotFound says that there is no such leaf, tile or block.
	ErrNotFound = errors.New("not in the ledger")
)

// Damage says that stored bytes are not those that were written.
type Damage struct {
	File   string // chain.db or index.db
	Bucket string
	Row    string // in words, such as "leaf 17"
	Leaf   uint64 // the leaf it is about, if HasLeaf
	Detail flaw.Flaw
	Cause  error // ErrTruncated, or nil

	HasLeaf bool
}

func (d *Damage) Error() string {
	s := d.File
	if d.Bucket != "" {
		s += ", " + d.Bucket
	}
	if d.Row != "" {
		s += ", " + d.Row
	}
	return s + ": " + d.Detail.English
}

// Unwrap gives the cause.
func (d *Damage) Unwrap() error { return d.Cause }

// DamagedPages says that the structure of a file is damaged, so that its rows cannot be looked for.
type DamagedPages struct{ Found []*Damage } // one at least

func (d *DamagedPages) Error() string { return d.Found[0].Error() }

// Unwrap gives the first.
func (d *DamagedPages) Unwrap() error { return d.Found[0] }

func truncated(file string, how flaw.Flaw) *Damage {
	return &Damage{File: file, Detail: flaw.Join(flaw.Flaw{Kind: "truncated", Vietnamese: "tệp bị cắt cụt", English: ErrTruncated.Error()}, how), Cause: ErrTruncated}
}

func asDamage(file string, err error) *Damage {
	if d, ok := errors.AsType[*Damage](err); ok {
		return d
	}
	return &Damage{File: file, Detail: flaw.Unreadable(err)}
}
