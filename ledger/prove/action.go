package prove

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Action is the receipt of one action of the record at a leaf: its place in its author's activity stands for the record's acceptance.
func Action(src Source, signed *checkpoint.Signed, leaf uint64, number uint16, o Options) (*receipt.Receipt, error) {
	e, err := action(src, leaf, number, open)
	if err != nil {
		return nil, err
	}
	out, err := begin(src, signed, receipt.KindAction, subject.Activity(e.Header.Author), Options{Handovers: o.Handovers})
	if err != nil {
		return nil, err
	}
	if err := showAction(src, out, e, leaf, number); err != nil {
		return nil, err
	}
	return out, nil
}

// action opens a record that has an action of the number.
func action(src Source, leaf uint64, number uint16, open func(Source, uint64) (*opened, error)) (*opened, error) {
	e, err := open(src, leaf)
	if err != nil {
		return nil, err
	}
	if int(number) >= len(e.Actions) {
		id := ledger.ActionID{Record: e.ID, Action: number}
		return nil, &NotFoundError{Action: id, What: "action " + id.String()}
	}
	return e, nil
}

// showAction shows an action in a receipt, with the record's place in its author's activity.
func showAction(src Source, out *receipt.Receipt, e *opened, leaf uint64, number uint16) error {
	id := subject.Activity(e.Header.Author)
	place, at, err := place(src, id, leaf)
	if err != nil {
		return err
	}
	r := receipt.Record{Leaf: leaf, Height: at.Height, Time: at.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	r.ShowFrom(e.tree, e.Actions, []uint16{number})
	value, _ := src.Value(id)
	out.Records, out.Place = []receipt.Record{r}, place
	out.Members = []receipt.Member{{ID: id, Value: value}}
	out.State, err = state(src, []subject.ID{id})
	return err
}

// place finds the entry of a record that is on the log, and its inclusion path in its author's activity. The hashes of the path are kept and not made anew; they are
// believed when they lead from the entry, which is read from the record's leaf, to the root in the state map.
func place(src Source, id subject.ID, leaf uint64) (*receipt.Place, *ledger.Entry, error) {
	n, err := src.HistoryLen(id)
	if err != nil {
		return nil, nil, err
	}
	at, err := src.EntryFrom(id, leaf)
	if err != nil {
		return nil, nil, err
	}
	found, err := src.History(id, at, 1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) != 1 || found[0].Leaf != leaf {
		return nil, nil, fmt.Errorf("%w: %s has no entry of its record at leaf %d", ErrCorrupt, id, leaf)
	}
	hashes, err := src.HistoryHashes(id)
	if err != nil {
		return nil, nil, err
	}
	path, err := merkle.History.ProveInclusion(hashes, n, at)
	if err != nil {
		return nil, nil, err
	}
	held, err := heldOf(src, id, n)
	if err != nil {
		return nil, nil, err
	}
	if err := merkle.History.CheckInclusion(path, n, held.History, at, found[0].LeafHash()); err != nil {
		return nil, nil, fmt.Errorf("%w: entry %d of %s: %w", ErrCorrupt, at, id, err)
	}
	return &receipt.Place{Entries: n, Root: held.History, Entry: at, Value: found[0].Value, Path: path}, &found[0], nil
}

// heldOf is what the state map holds of a subject whose history has n entries; the zero leaf when it has none.
func heldOf(src Source, id subject.ID, n uint64) (statemap.Leaf, error) {
	held, _ := src.Map().Get(id.Key())
	if held.N != n {
		return held, fmt.Errorf("%w: %s has %d entries, and %d by the state map", ErrCorrupt, id, n, held.N)
	}
	return held, nil
}
