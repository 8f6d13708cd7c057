package sync

import (
	"context"
	"errors"
	"iter"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
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
