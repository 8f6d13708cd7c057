package replay

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// changeSet collects what a block does to subjects, in the order of first touch.
type changeSet struct {
	state   State
	at      map[subject.ID]int // place in changes
	changes []Change
	entries []ledger.Entry // memory for first entries: most subjects get one a block
	values  [][]byte       // and for their values
}

// touchesOf is how many subjects a record of a sale touches, about; more only cost more memory.
const touchesOf = 3

func newChangeSet(st State, records int) changeSet {
	n := touchesOf * records
	return changeSet{state: st, at: make(map[subject.ID]int, n), changes: make([]Change, 0, n), entries: make([]ledger.Entry, 0, n), values: make([][]byte, 0, n)}
}

func (s *changeSet) touch(id subject.ID, value []byte, e ledger.Entry) {
	i, ok := s.at[id]
	if !ok {
		i = len(s.changes)
		s.at[id] = i
		row, _ := s.state.Row(id) // zero for a new subject
		s.changes = append(s.changes, Change{ID: id, Key: id.Key(), Row: row, Entries: room(&s.entries), Values: room(&s.values)})
	}
	c := &s.changes[i]
	c.Row.Value = value
	c.Entries = append(c.Entries, e)
	c.Values = append(c.Values, value)
}

// value is the value that the block gave a subject.
func (s *changeSet) value(id subject.ID) (value []byte, touched bool) {
	i, touched := s.at[id]
	if !touched {
		return nil, false
	}
	return s.changes[i].Row.Value, true
}

// room takes memory for one of what is left of some.
func room[T any](of *[]T) []T {
	n := len(*of)
	if n == cap(*of) {
		return nil
	}
	*of = (*of)[:n+1]
	return (*of)[n : n : n+1]
}

// close extends the histories, and hands out the changes and what the state map holds of them.
func (s *changeSet) close() ([]Change, []statemap.Leaf) {
	leaves := make([]statemap.Leaf, len(s.changes))
	var hashes []ledger.Hash
	for i := range s.changes {
		c := &s.changes[i]
		hashes = hashes[:0]
		for j := range c.Entries {
			hashes = append(hashes, c.Entries[j].LeafHash())
		}
		c.Row.History = c.Row.History.Append(merkle.History, hashes...)
		leaves[i] = statemap.Leaf{
			Key: c.Key, Value: c.Entries[len(c.Entries)-1].Value, N: c.Row.History.Size, History: c.Row.History.Root(merkle.History),
		}
	}
	return s.changes, leaves
}
