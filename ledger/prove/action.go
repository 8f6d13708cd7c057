package prove

import (
	"fmt"
	"slices"
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
)

// maxActivity bounds the history that is hashed for the receipt of an action, in entries: a third of a second. Activities have the longest histories; beyond, a
// record receipt shows that the record is there.
const maxActivity = 100_000

// Action is the receipt of one action of the record at a leaf: its place in its author's activity stands for the record's acceptance.
func Action(src Source, signed *checkpoint.Signed, leaf uint64, number uint16, o Options) (*receipt.Receipt, error) {
	e, err := action(src, leaf, number, open)
	if err != nil {
		return nil, err
	}
	id := subject.Activity(e.Header.Author)
	out, err := begin(src, signed, receipt.KindAction, id, Options{Handovers: o.Handovers})
	if err != nil {
		return nil, err
	}
	return out, showAction(src, out, e, leaf, number, newActivity(id))
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
func showAction(src Source, out *receipt.Receipt, e *opened, leaf uint64, number uint16, a *activity) error {
	place, at, err := a.place(src, leaf)
	if err != nil {
		return err
	}
	r := receipt.Record{Leaf: leaf, Height: at.Height, Time: at.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	r.ShowFrom(e.tree, e.Actions, []uint16{number})
	value, _ := src.Value(a.id)
	out.Records, out.Place = []receipt.Record{r}, place
	out.Members = []receipt.Member{{ID: a.id, Value: value}}
	out.State, err = state(src, []subject.ID{a.id})
	return err
}

// activity is an author's history as far as it was read: the tree over its entries, and the leaf of each. Histories only grow, so that what was read serves sources of
// every height.
type activity struct {
	id subject.ID

	mu     sync.Mutex
	tree   *merkle.Tree
	leaves []uint64
}

func newActivity(id subject.ID) *activity {
	return &activity{id: id, tree: merkle.NewTree(merkle.History)}
}

// perEntry is what an entry takes in memory.
const perEntry = 2*merkle.HashSize + 8

func (a *activity) size() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.leaves) * perEntry
}

// place finds the entry of an accepted record, and its inclusion path.
func (a *activity) place(src Source, leaf uint64) (*receipt.Place, *ledger.Entry, error) {
	n, err := src.HistoryLen(a.id)
	if err != nil {
		return nil, nil, err
	}
	if n > maxActivity {
		return nil, nil, fmt.Errorf("%w: %s has %d entries", ErrTooLarge, a.id, n)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.read(src, n); err != nil {
		return nil, nil, err
	}
	at, _ := slices.BinarySearch(a.leaves[:n], leaf) // what genesis made is at leaf 0, before every record
	found, err := src.History(a.id, uint64(at), 1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) != 1 || found[0].Leaf != leaf || uint64(at) >= n {
		return nil, nil, &NotFoundError{What: fmt.Sprintf("%s: record at leaf %d", a.id, leaf)}
	}
	frontier, err := merkle.ReadFrontier(a.tree, n)
	if err != nil {
		return nil, nil, err
	}
	p := &receipt.Place{Entries: n, Root: frontier.Root(merkle.History), Entry: uint64(at), Value: found[0].Value}
	if held, ok := src.Map().Get(a.id.Key()); !ok || held.History != p.Root {
		return nil, nil, fmt.Errorf("%w: %s: its %d entries are not those of the state map", ErrCorrupt, a.id, n)
	}
	p.Path, err = merkle.History.ProveInclusion(a.tree, n, uint64(at))
	return p, &found[0], err
}

// read reads on up to n entries. The caller holds mu.
func (a *activity) read(src Source, n uint64) error {
	for uint64(len(a.leaves)) < n {
		have := uint64(len(a.leaves))
		some, err := src.History(a.id, have, int(min(chunk, n-have)))
		if err != nil {
			return err
		}
		if len(some) == 0 {
			return fmt.Errorf("%w: %s: %d of %d entries", ErrCorrupt, a.id, have, n)
		}
		for i := range some {
			a.tree.Append(some[i].LeafHash())
			a.leaves = append(a.leaves, some[i].Leaf)
		}
	}
	return nil
}
