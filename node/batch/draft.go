package batch

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
)

// item is a record with where its answer goes.
type item[O any] struct {
	record []byte
	call   *call[O]
	place  int
}

func (i item[O]) fail(err error) { i.call.answer(i.place, Result[O]{Err: err}) }

// draft is a draft under way.
type draft[O any] struct {
	items []item[O]
	first chan struct{} // of its term: to be closed when it has ended, if none was before it; the first of all may never have been made, for want of a key
	done  chan struct{}
}

// answer tells each record what became of the draft.
func (d *draft[O]) answer(made Ordered[O], err error) {
	switch {
	case err != nil:
	case made.Nothing != nil:
		err = fmt.Errorf("%w: %w", ErrNothing, made.Nothing)
	case len(made.Outcomes) != len(d.items):
		err = fmt.Errorf("%w: %d outcomes of %d records", ErrNothing, len(made.Outcomes), len(d.items))
	}
	for i, it := range d.items {
		if err != nil {
			it.fail(err)
		} else {
			it.call.answer(it.place, Result[O]{Outcome: made.Outcomes[i]})
		}
	}
}

// numbering is where the proposer stands in a term.
type numbering struct {
	term     uint64
	sequence uint64
	previous ledger.Hash
}

// make signs a draft and moves the numbering on. The numbers are used up even if nobody takes the draft.
func (n *numbering) make(chain ledger.ChainID, proposer ledger.AccountID, time uint64, flags uint8, records [][]byte, sign signer) ([]byte, error) {
	d := ledger.Draft{
		Header: ledger.DraftHeader{
			Chain: chain, Term: n.term, Proposer: proposer, Sequence: n.sequence, Previous: n.previous,
			Time: time, Flags: flags, Count: uint32(len(records)), Records: ledger.RecordsHash(records),
		},
		Records: records,
	}
	n.sequence++
	n.previous = d.Header.Hash()
	var err error
	if d.Signature, err = sign(d.Header.Message()); err != nil {
		return nil, fmt.Errorf("signing a draft: %w", err)
	}
	return d.Append(nil), nil
}
