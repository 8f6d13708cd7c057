package chain

import (
	"cmp"
	"fmt"
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// History reads at most max entries of a subject's history, beginning with number from.
func (v *View) History(id subject.ID, from uint64, max int) ([]ledger.Entry, error) {
	touches, err := v.touches(id, from, max)
	if err != nil {
		return nil, finding(err)
	}
	entries := make([]ledger.Entry, len(touches))
	r := entryReader{view: v, open: v.Leaf}
	for i := range touches {
		if entries[i], err = r.entry(&touches[i]); err != nil {
			return nil, finding(err)
		}
	}
	return entries, nil
}

// Touches is History without what stands in leaves, and reads none: where the entries are, and what the subject was after each.
func (v *View) Touches(id subject.ID, from uint64, max int) ([]ledger.Touch, error) {
	touches, err := v.touches(id, from, max)
	return touches, finding(err)
}

// ValueAt is the value a subject had after an entry of its history, counted from 0; false when it has no such entry. Of activities, lots, holdings and
// sales only the newest value is shown: see subject.Kind.Kept.
func (v *View) ValueAt(id subject.ID, entry uint64) (value []byte, ok bool, err error) {
	n, err := v.HistoryLen(id)
	if err != nil || entry >= n {
		return nil, false, err
	}
	if entry == n-1 {
		value, ok = v.Value(id)
		return value, ok, nil
	}
	if !id.Kind.Kept() {
		return nil, false, nil
	}
	touches, err := v.touches(id, entry, 1)
	if err != nil || len(touches) == 0 {
		return nil, false, finding(err)
	}
	return touches[0].Value, true, nil
}

// PolicyOf is the document of a policy epoch that has begun, and the height of the block that ended the epoch before; 0 for epoch 0.
func (v *View) PolicyOf(number uint32) (p *ledger.Policy, height uint64, err error) {
	id := subject.Policy()
	n, err := v.HistoryLen(id)
	if err != nil {
		return nil, 0, err
	}
	for i := n; i > 0; i-- { // rotations are rare, and the newest are asked for
		value, ok, err := v.ValueAt(id, i-1)
		if err != nil || !ok {
			return nil, 0, cmp.Or(err, fmt.Errorf("%w: document of policy epoch %d", ErrNotFound, number))
		}
		policy, err := subject.ParsePolicy(value)
		if err != nil {
			return nil, 0, err
		}
		switch found := policy.Policy.Number; {
		case found < number:
			return nil, 0, fmt.Errorf("%w: policy epoch %d", ErrNotFound, number)
		case found == number: // the last entry of a block that changed the document twice
			entries, err := v.History(id, i-1, 1)
			if err != nil {
				return nil, 0, err
			}
			return &policy.Policy, entries[0].Height, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: policy epoch %d", ErrNotFound, number)
}

// touches collects entries from where they are.
func (v *View) touches(id subject.ID, from uint64, max int) ([]store.Touch, error) {
	h, err := v.history(id)
	if err != nil || from >= h.size() || max <= 0 {
		return nil, err
	}
	return h.read(from, min(h.size(), from+uint64(max)))
}

// history is where the entries of a subject are.
type history struct {
	view *View
	id   subject.ID
	rows []*row // in memory, from new to old; none: there is no such subject
	key  func() ledger.Hash
}

func (v *View) history(id subject.ID) (history, error) {
	r, err := v.row(id)
	if err != nil || r == nil {
		return history{}, err
	}
	return history{v, id, v.layered(id, r), sync.OnceValue(id.Key)}, nil
}

// size is the number of entries.
func (h *history) size() uint64 {
	if len(h.rows) == 0 {
		return 0
	}
	return h.rows[0].history.Size
}

// inMemory finds the row that holds an entry; nil: index.db has it.
func (h *history) inMemory(n uint64) *row {
	for _, r := range h.rows {
		if n >= r.base() && n < r.history.Size {
			return r
		}
	}
	return nil
}

// read returns the entries from one number up to another, which there are: those in the row, older ones of the same subject in the view's layers, chunks in index.db.
func (h *history) read(from, to uint64) (touches []store.Touch, err error) {
	for n := from; n < to; {
		part, err := h.some(n)
		if err != nil {
			return nil, err
		}
		part = part[:min(uint64(len(part)), to-n)]
		if touches == nil {
			touches = part[:len(part):len(part)] // mostly that is all
		} else {
			touches = append(touches, part...)
		}
		n += uint64(len(part))
	}
	return touches, nil
}

// some returns the entries from number n on that are in one place.
func (h *history) some(n uint64) ([]store.Touch, error) {
	if r := h.inMemory(n); r != nil {
		return r.newest[n-r.base():], nil
	}
	tx, err := h.view.indexTx()
	if err != nil {
		return nil, err
	}
	touches, err := tx.Touches(h.key(), n/store.EntryChunk)
	if err != nil {
		return nil, err
	}
	return touches[n%store.EntryChunk:], nil
}

// entryReader completes entries by what their leaves say. It remembers the last leaf: actions of one record follow each other.
type entryReader struct {
	view     *View
	open     func(leaf uint64) ([]byte, error)
	leaf     uint64
	kind     byte
	record   ledger.Peeked
	id       ledger.RecordID
	refusals *ledger.Refusals
}

func (r *entryReader) entry(t *store.Touch) (e ledger.Entry, err error) {
	e = ledger.Entry{Leaf: t.Leaf, Height: t.Height, Time: t.Time, Action: t.Slot, Value: subject.ValueHash(t.Value)}
	if t.Leaf == 0 {
		e.ActionHash = r.view.ledger.Chain()
		return e, nil
	}
	if r.kind == 0 || r.leaf != t.Leaf {
		if err := r.read(t.Leaf); err != nil {
			return e, err
		}
	}
	if r.kind == ledger.KindRefusals {
		if int(t.Slot) >= len(r.refusals.Rows) {
			return e, r.missing(t)
		}
		row := &r.refusals.Rows[t.Slot]
		e.Record, e.Action, e.ActionHash = row.Record, row.Action, row.Hash()
		return e, nil
	}
	e.Record = r.id
	if t.Slot == ledger.WholeRecord {
		e.ActionHash = r.record.Header.ActionsRoot
		return e, nil
	}
	action, ok := r.record.Action(t.Slot)
	if !ok {
		return e, r.missing(t)
	}
	e.ActionHash = merkle.Actions.Leaf(action)
	return e, nil
}

func (r *entryReader) missing(t *store.Touch) error {
	return &Finding{File: store.IndexFile, Bucket: "entries", Leaf: t.Leaf, Field: "action", What: flaw.New("no_action", "%d, mà lá không có hành động ấy", "%d, which the leaf does not have", t.Slot)}
}

func (r *entryReader) read(leaf uint64) (err error) {
	data, err := r.open(leaf)
	if err != nil {
		return err
	}
	r.leaf, r.kind = leaf, data[0]
	switch r.kind {
	case ledger.KindRefusals:
		r.refusals, err = ledger.ParseRefusals(data)
	case ledger.KindRecord:
		if r.record, err = ledger.PeekRecord(data); err == nil {
			r.id = r.record.ID()
		}
	default:
		err = fmt.Errorf("leaf %d is touched by nothing", leaf)
	}
	if err != nil {
		return &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: leaf, Field: "record", Cause: err}
	}
	return nil
}
