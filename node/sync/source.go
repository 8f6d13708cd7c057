package sync

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
)

// Source is where a ledger can be had. Nothing that it gives is believed. Its methods may be called at the same time. An error that is no *SourceError
// means that the source could not be reached; Source and Fault of one are filled in where they are empty.
type Source interface {
	// Name tells the source from others, and people where it is: host:port, URL or folder.
	Name() string
	// Head is the newest certified head. When it is not above a height, the source waits a while for one that is, and then gives what there is. Handovers
	// lead from the pinned epoch to the head's.
	Head(ctx context.Context, above uint64, pinned uint32) (*Claim, error)
	// Consistency is the proof that the log of one size begins the log of another, which is no larger than that of Head.
	Consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error)
	// Leaves are the log's leaves from an index on, in order, without end: what is not there yet is waited for.
	Leaves(ctx context.Context, from uint64) iter.Seq2[Run, error]
}

// Opened is a source with what it holds open.
type Opened interface {
	Source
	Close() error
}

// Open makes a source of its name: host:port of a node's public door, or the URL or folder of published files, which has a slash in it.
func Open(name string) (Opened, error) {
	if strings.ContainsAny(name, `/\`) {
		return Tiles(name)
	}
	return Dial(name)
}

// Look asks a source for its newest certified head, and verifies it. It is for who has no ledger to follow with yet. The error is a *SourceError, an
// *ExpiredError, or ctx's.
func Look(ctx context.Context, s Source, t verify.Trust) (*verify.Head, error) {
	c, err := question(ctx, s, defaultPace.answer, func(ctx context.Context) (*Claim, error) { return s.Head(ctx, 0, t.Policy.Number) })
	if err != nil {
		return nil, err
	}
	h, err := Verify(t, c)
	if e, ok := errors.AsType[*SourceError](err); ok {
		return nil, of(ctx, s, e)
	}
	return h, err
}

// Run is consecutive leaves.
type Run struct {
	First  uint64 // index of the first
	Leaves [][]byte
}

// Claim is a certified head as a source gives it, parsed and not verified.
type Claim struct {
	Signed    *checkpoint.Signed
	Seal      []byte
	Path      []ledger.Hash // of the seal, the head's last leaf
	Handovers []*checkpoint.Handover
}

func fault(f Fault, err error) *SourceError { return &SourceError{Fault: f, Err: err} }

// of names the source of an error. ctx's own end is nobody's fault.
func of(ctx context.Context, s Source, err error) error {
	if err == nil || ctx.Err() != nil {
		return errors.Join(ctx.Err())
	}
	e, ok := errors.AsType[*SourceError](err)
	if !ok {
		e = fault(Unreachable, err)
	}
	named := *e
	named.Source = s.Name()
	return &named
}
