package replay

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// asked shows a State to the rules, and keeps the rows that it gave: the rules ask for each subject once, and number them so.
type asked struct {
	state State
	rows  []given
}

// given is a row, zero for a new subject, and where it is if it can be changed there.
type given struct {
	Row
	home *Row
}

// Value implements rules.State.
func (a *asked) Value(id subject.ID) ([]byte, bool) {
	if t, in := a.state.(table); in {
		g := given{home: t[id]}
		if g.home != nil {
			g.Row = *g.home
		}
		a.rows = append(a.rows, g)
		return g.Value, g.home != nil
	}
	r, ok := a.state.Row(id)
	a.rows = append(a.rows, given{Row: r})
	return r.Value, ok
}

// changeSet collects what a block does to subjects, in the order of first touch.
type changeSet struct {
	at      []int // by cell: 1 + place in changes; 0: not touched
	changes []Change
	touches []touched // in order
	hashes  []ledger.Hash
	leaves  []statemap.Leaf
	entries []ledger.Entry
	values  [][]byte
	count   []int // of a change's entries
}

// touched is a line for the history of a subject.
type touched struct {
	change int
	value  []byte
	entry  ledger.Entry
}

// touch notes one. row is the subject's before the block.
func (s *changeSet) touch(t *rules.Touch, row *given, e *ledger.Entry) {
	for len(s.at) <= t.Cell {
		s.at = append(s.at, 0)
	}
	i := s.at[t.Cell] - 1
	if i < 0 {
		i = len(s.changes)
		s.at[t.Cell] = i + 1
		s.changes = append(s.changes, Change{ID: t.Subject, Row: row.Row, home: row.home})
		if row.Key == (ledger.Hash{}) {
			s.changes[i].Row.Key = t.Subject.Key()
		}
	}
	s.changes[i].Row.Value = t.Value
	s.touches = append(s.touches, touched{i, t.Value, *e})
}

// close extends the histories, and hands out the changes and what the state map holds of them. Both are the caller's until the next block.
func (s *changeSet) close() ([]Change, []statemap.Leaf) {
	changes := s.changes
	s.deal(changes)
	for i := range changes {
		c := &changes[i]
		s.hashes = s.hashes[:0]
		for j := range c.Entries {
			s.hashes = append(s.hashes, c.Entries[j].LeafHash())
		}
		c.extend(s.hashes)
		s.leaves = append(s.leaves, statemap.Leaf{
			Key: c.Row.Key, Value: c.Entries[len(c.Entries)-1].Value, N: c.Row.History.Size, History: c.Row.History.Root(merkle.History),
		})
	}
	return changes, s.leaves
}

// extend extends the history. Subtrees are taken while they are hashed: afterwards only those are known that no larger one holds.
func (c *Change) extend(hashes []ledger.Hash) {
	before := c.Row.History
	if !c.ID.Kind.Paths() || before.Size>>ledger.KeptLevel == (before.Size+uint64(len(hashes)))>>ledger.KeptLevel {
		c.Row.History = before.Append(merkle.History, hashes...)
		return
	}
	c.Row.History = before.Grow(merkle.History, hashes, func(level int, _ uint64, h ledger.Hash) {
		if level >= ledger.KeptLevel {
			c.Subtrees = append(c.Subtrees, h)
		}
	})
}

// deal gives each change its entries and their values. All are in one array of each: most subjects get one a block.
func (s *changeSet) deal(changes []Change) {
	s.entries = slices.Grow(s.entries[:0], len(s.touches))[:len(s.touches)]
	s.values = slices.Grow(s.values[:0], len(s.touches))[:len(s.touches)]
	entries, values := s.entries, s.values
	s.count = append(s.count[:0], make([]int, len(changes))...)
	for i := range s.touches {
		s.count[s.touches[i].change]++
	}
	at := 0
	for i, n := range s.count {
		changes[i].Entries, changes[i].Values = entries[at:at:at+n], values[at:at:at+n]
		at += n
	}
	for i := range s.touches {
		c := &changes[s.touches[i].change]
		c.Entries, c.Values = append(c.Entries, s.touches[i].entry), append(c.Values, s.touches[i].value)
	}
}

// scratch is memory that one block after another is derived in. Of what a block hands out, its changes are in it.
type scratch struct {
	asked   asked
	rules   *rules.Block
	changes changeSet
	space   statemap.Workspace
}

// next empties it for a block over a state.
func (s *scratch) next(ctx rules.Context, st State) {
	clear(s.asked.rows)
	s.asked.state, s.asked.rows = st, s.asked.rows[:0]
	c := &s.changes
	clear(c.at)
	clear(c.changes) // after the caller is done with those lent
	c.at, c.changes, c.touches, c.leaves = c.at[:0], c.changes[:0], c.touches[:0], c.leaves[:0]
	if s.rules == nil {
		s.rules = rules.NewBlock(ctx, &s.asked)
		return
	}
	s.rules.Next(ctx, &s.asked)
}
