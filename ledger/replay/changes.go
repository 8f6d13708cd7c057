package replay

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// changeSet collects what a block does to subjects, in the order of first touch.
type changeSet struct {
	state   State
	at      map[subject.ID]int // place in changes
	changes []Change
}

func (s *changeSet) touch(id subject.ID, value []byte, e ledger.Entry) {
	i, ok := s.at[id]
	if !ok {
		i = len(s.changes)
		s.at[id] = i
		row, _ := s.state.Row(id) // zero for a new subject
		s.changes = append(s.changes, Change{ID: id, Key: id.Key(), Row: row})
	}
	c := &s.changes[i]
	c.Row.Value = value
	c.Entries = append(c.Entries, e)
}

// close extends the histories and hands out the changes.
func (s *changeSet) close() []Change {
	var hashes []ledger.Hash
	for i := range s.changes {
		c := &s.changes[i]
		hashes = hashes[:0]
		for j := range c.Entries {
			hashes = append(hashes, c.Entries[j].LeafHash())
		}
		c.Row.History = c.Row.History.Append(merkle.History, hashes...)
	}
	return s.changes
}
