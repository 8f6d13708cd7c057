package replay

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Row is a subject as the state holds it.
type Row struct {
	Value   []byte
	History merkle.Frontier // of its entries
	Key     ledger.Hash     // in the state map; zero: it is hashed when the row changes, and changes have it
	// Origin is the State's own: a change of the row has it still, so that the State need not look for the subject again.
	Origin any
}

// Leaf is the row as the state map holds it.
func (r *Row) Leaf(key ledger.Hash) statemap.Leaf {
	return statemap.Leaf{Key: key, Value: subject.ValueHash(r.Value), N: r.History.Size, History: r.History.Root(merkle.History)}
}

// State gives the rows after the newest block. The machine does not modify them.
type State interface {
	Row(id subject.ID) (Row, bool)
}

// Change is what a block made of a subject.
type Change struct {
	ID      subject.ID
	Row     Row // after the block
	Entries []ledger.Entry
	Values  [][]byte // after each entry
	// Subtrees are the perfect subtrees of the history that these entries completed, of ledger.KeptLevel and higher, in the order in which they did: of one entry from
	// low to high. Of kinds with Paths alone.
	Subtrees []ledger.Hash

	home *Row // in a table; nil for a new subject
}

// Rows is a State in memory.
type Rows map[subject.ID]Row

// Row implements State.
func (m Rows) Row(id subject.ID) (Row, bool) {
	r, ok := m[id]
	return r, ok
}

// Put takes over what a block changed.
func (m Rows) Put(changes []Change) {
	for i := range changes {
		m[changes[i].ID] = changes[i].Row
	}
}

// table is a State in memory whose rows change where they are: a whole ledger's in an audit.
type table map[subject.ID]*Row

// Row implements State.
func (t table) Row(id subject.ID) (Row, bool) {
	r, ok := t[id]
	if !ok {
		return Row{}, false
	}
	return *r, true
}

// put takes over what a block changed.
func (t table) put(changes []Change) {
	for i := range changes {
		c := &changes[i]
		if c.home == nil {
			c.home = new(Row)
			t[c.ID] = c.home
		}
		*c.home = c.Row
	}
}

// values shows a State to the rules.
type values struct{ State }

// Value implements rules.State.
func (v values) Value(id subject.ID) ([]byte, bool) {
	r, ok := v.Row(id)
	return r.Value, ok
}

// parameters are the windows and limits in force. It panics where there are none, as the rules do: genesis always makes them.
func parameters(value func(subject.ID) ([]byte, bool)) subject.ParametersValue {
	data, _ := value(subject.Parameters())
	p, err := subject.ParseParameters(data)
	if err != nil {
		panic(fmt.Errorf("replay: the state holds damaged parameters: %w", err))
	}
	return p
}
