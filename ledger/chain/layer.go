package chain

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// row is a subject. It is not modified once somebody else can see it. Newer rows of a subject may share the array of newest with older ones, which end
// before: a subject's rows follow each other in one line.
type row struct {
	key     ledger.Hash // in the state map; zero of one that was read and has not changed since
	value   []byte
	history merkle.Frontier
	newest  []store.Touch // the last entries, back to a multiple of store.EntryChunk
	// subtrees are those that end with the chunks in newest that are full, as in store.Subject. They grow in one line, as newest does.
	subtrees []merkle.Hash
}

// base is the number of the first entry in newest.
func (r *row) base() uint64 { return r.history.Size - uint64(len(r.newest)) }

// layer is what some blocks changed.
type layer struct {
	subjects map[subject.ID]*row
	records  map[ledger.RecordID]store.Record
	born     map[subject.Kind][]subject.ID // subjects that came into being, of which index.db knows nothing yet
}

func newLayer() *layer { return new(layer).successor() }

// successor is an empty layer with room for as much as another: what follows under load will be as large.
func (l *layer) successor() *layer {
	return &layer{
		subjects: make(map[subject.ID]*row, len(l.subjects)), records: make(map[ledger.RecordID]store.Record, len(l.records)), born: make(map[subject.Kind][]subject.ID),
	}
}

// trimmed is the row as it will be in index.db: full chunks of entries are elsewhere.
func (r *row) trimmed() *row {
	keep := int(r.history.Size % store.EntryChunk)
	if len(r.newest) == keep {
		return r
	}
	return &row{key: r.key, value: r.value, history: r.history, newest: slices.Clone(r.newest[len(r.newest)-keep:])}
}

// with is the row after a change.
func (r *row) with(c *replay.Change, slots []uint16) *row {
	next := &row{key: c.Row.Key, value: c.Row.Value, history: c.Row.History}
	if r != nil {
		next.newest, next.subtrees = r.newest, r.subtrees
	}
	next.subtrees = append(next.subtrees, c.Subtrees...)
	for i := range c.Entries {
		e := &c.Entries[i]
		next.newest = append(next.newest, store.Touch{Leaf: e.Leaf, Height: e.Height, Time: e.Time, Slot: slots[i], Value: c.Values[i]})
	}
	return next
}

func rowOf(s *store.Subject) *row { return &row{value: s.Value, history: s.History, newest: s.Newest} }

// find looks a subject up in the layers, and tells whether it found it in the old one only.
func (l layers) find(id subject.ID) (r *row, old bool) {
	if r, ok := l.young.subjects[id]; ok {
		return r, false
	}
	if l.old != nil {
		r = l.old.subjects[id]
	}
	return r, r != nil
}

func (l layers) record(id ledger.RecordID) (store.Record, bool) {
	if r, ok := l.young.records[id]; ok {
		return r, true
	}
	if l.old != nil {
		r, ok := l.old.records[id]
		return r, ok
	}
	return store.Record{}, false
}
