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
	held, err := heldOf(src, id)
	if err != nil {
		return err
	}
	place, at, err := place(src, id, leaf, &held)
	if err != nil {
		return err
	}
	value, _ := src.Value(id)
	if subject.ValueHash(value) != held.Value {
		return fmt.Errorf("%w: the value of %s is not that of the state map", ErrCorrupt, id)
	}
	r := receipt.Record{Leaf: leaf, Height: at.Height, Time: at.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	r.ShowFrom(e.tree, e.Actions, []uint16{number})
	out.Records, out.Place = []receipt.Record{r}, place
	out.Members = []receipt.Member{{ID: id, Value: value}}
	out.State, err = state(src, []subject.ID{id})
	return err
}

// place finds the entry of a record that is on the log, and its inclusion path in its author's activity. The hashes of the path are kept and not made anew; they are
// believed when they lead from the entry, which is read from the record's leaf, to the root in the state map.
func place(src Source, id subject.ID, leaf uint64, held *statemap.Leaf) (*receipt.Place, *ledger.Entry, error) {
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
	path, err := merkle.History.ProveInclusion(hashes, held.N, at)
	if err != nil {
		return nil, nil, err
	}
	if err := merkle.History.CheckInclusion(path, held.N, held.History, at, found[0].LeafHash()); err != nil {
		return nil, nil, fmt.Errorf("%w: entry %d of %s: %w", ErrCorrupt, at, id, err)
	}
	return &receipt.Place{Entries: held.N, Root: held.History, Entry: at, Value: found[0].Value, Path: path}, &found[0], nil
}

// heldOf is what the state map holds of a subject, the zero leaf when it has none, and that its history is as long.
func heldOf(src Source, id subject.ID) (held statemap.Leaf, err error) {
	n, err := src.HistoryLen(id)
	if err != nil {
		return held, err
	}
	if held, _ = src.Map().Get(id.Key()); held.N != n {
		return held, fmt.Errorf("%w: %s has %d entries, and %d by the state map", ErrCorrupt, id, n, held.N)
	}
	return held, nil
}
