package chain

import (
	"bytes"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// A subject at a view's height is looked for in what later blocks replaced, oldest first; then in the layers that the view began with; then in the cache and in
// index.db, which may be newer than the view, but not of a subject that none of the others has. Layers, cache and the line of blocks are asked under one
// lock, so that no block is published between.

// lock takes the ledger's mu for reading, when all later states can be asked at once: what they are asked with is made without it, as nothing is published meanwhile.
func (v *View) lock() {
	for {
		v.ledger.mu.RLock()
		list := v.at.unprepared()
		if len(list) == 0 {
			return
		}
		v.ledger.mu.RUnlock()
		for _, s := range list {
			s.places()
		}
	}
}

func (v *View) row(id subject.ID) (*row, error) {
	if r, found := v.remembered(id); found {
		return r, nil
	}
	tx, err := v.indexTx()
	if err != nil {
		return nil, err
	}
	s, present, err := tx.Subject(id)
	if err != nil {
		return nil, err
	}
	var r *row
	if present {
		r = rowOf(&s)
	}
	l := v.ledger
	v.lock()
	defer l.mu.RUnlock()
	if was, changed := v.at.was(id); changed { // since it was looked for in memory; index.db may have the change by now
		return was, nil
	}
	if r != nil {
		l.cache.Put(id, r)
	}
	return r, nil
}

// remembered finds a subject in memory; nil: it is known that there is none.
func (v *View) remembered(id subject.ID) (r *row, found bool) {
	v.lock()
	defer v.ledger.mu.RUnlock()
	if r, changed := v.at.was(id); changed {
		return r, true
	}
	if r, _ := v.layers.find(id); r != nil {
		return r, true
	}
	return v.ledger.cache.Get(id)
}

// layered lists rows that may have entries of r's history in memory: r, then those of the view's layers, from new to old.
func (v *View) layered(id subject.ID, r *row) []*row {
	rows := make([]*row, 1, 3)
	rows[0] = r
	v.ledger.mu.RLock()
	defer v.ledger.mu.RUnlock()
	for _, l := range []*layer{v.layers.young, v.layers.old} {
		if l == nil {
			continue
		}
		if o := l.subjects[id]; o != nil && o != r {
			rows = append(rows, o)
		}
	}
	return rows
}

// Value is the value of a subject. An error of the storage ends up as that of View; the value is then absent.
func (v *View) Value(id subject.ID) ([]byte, bool) {
	r, err := v.row(id)
	if err != nil {
		v.fail(err)
	}
	if r == nil {
		return nil, false
	}
	return r.value, true
}

// HistoryLen is the number of entries in a subject's history; 0: there is no such subject.
func (v *View) HistoryLen(id subject.ID) (uint64, error) {
	r, err := v.row(id)
	if err != nil || r == nil {
		return 0, err
	}
	return r.history.Size, nil
}

// Subjects lists at most max subjects of a kind in the order of their binary ids, beginning after one; an empty name begins at the start.
func (v *View) Subjects(kind subject.Kind, after string, max int) (ids []subject.ID, err error) {
	born := v.born(kind, after)
	tx, err := v.indexTx()
	if err != nil || max <= 0 {
		return nil, err
	}
	add := func(id subject.ID) (more bool) {
		if !v.younger(id) {
			ids = append(ids, id)
		}
		return len(ids) < max
	}
	err = tx.Subjects(kind, after, func(s store.Subject) bool {
		for len(born) > 0 && born[0].Name <= s.ID.Name {
			id := born[0]
			if born = born[1:]; id != s.ID && !add(id) {
				return false
			}
		}
		return add(s.ID)
	})
	for err == nil && len(ids) < max && len(born) > 0 {
		add(born[0])
		born = born[1:]
	}
	return ids, err
}

// younger tells whether a subject came into being after the view.
func (v *View) younger(id subject.ID) bool {
	v.lock()
	defer v.ledger.mu.RUnlock()
	r, changed := v.at.was(id)
	return changed && r == nil
}

// born lists the subjects of a kind that came into being in the view's layers, in the order of their ids: index.db may not know of them.
func (v *View) born(kind subject.Kind, after string) (ids []subject.ID) {
	v.ledger.mu.RLock()
	lists := [][]subject.ID{v.layers.young.born[kind]}
	if v.layers.old != nil {
		lists = append(lists, v.layers.old.born[kind])
	}
	v.ledger.mu.RUnlock()
	for _, list := range lists { // they only grow, behind what is seen of them here
		for _, id := range list {
			if id.Name > after || after == "" && id.Name == "" {
				ids = append(ids, id)
			}
		}
	}
	slices.SortFunc(ids, func(a, b subject.ID) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return slices.Compact(ids)
}

// Known tells whether a record was accepted or refused.
func (v *View) Known(id ledger.RecordID) bool {
	_, ok, err := v.Record(id)
	if err != nil {
		v.fail(err)
	}
	return ok
}

// Record is what became of a record, if it was accepted or refused. Of a refusal, reason and action are known.
func (v *View) Record(id ledger.RecordID) (Outcome, bool, error) {
	v.ledger.mu.RLock()
	r, ok := v.layers.record(id)
	v.ledger.mu.RUnlock()
	if !ok {
		if !v.ledger.index.MayHave(id) {
			return Outcome{}, false, nil
		}
		tx, err := v.indexTx()
		if err != nil {
			return Outcome{}, false, err
		}
		if r, ok, err = tx.Record(id); err != nil || !ok {
			return Outcome{}, false, err
		}
	}
	if r.Height > v.at.head.Height {
		return Outcome{}, false, nil
	}
	return outcomeOf(&r), true, nil
}
