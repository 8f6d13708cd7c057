package receipt

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// The actions of a record that are shown are joined to the actions root by the roots of the largest subtrees in which none is shown, from left to
// right. Their number follows from which actions are shown.

// Root folds the shown actions and the path to an actions root, the header's if nothing was altered. Path must have the length that Parse and
// Show give it.
func (r *Record) Root() ledger.Hash {
	path := r.Path
	return fold(0, int(r.Header.ActionCount), r.Actions, func(int, int) ledger.Hash {
		h := path[0]
		path = path[1:]
		return h
	})
}

// Show shows some actions of all of a record: numbers strictly ascending, one at least.
func (r *Record) Show(all [][]byte, numbers []uint16) { r.ShowFrom(ActionTree(all), all, numbers) }

// ActionTree is the tree over the actions of a record.
func ActionTree(all [][]byte) *merkle.Tree {
	leaves := make([]ledger.Hash, len(all))
	for i, a := range all {
		leaves[i] = merkle.Actions.Leaf(a)
	}
	return merkle.NewTree(merkle.Actions, leaves...)
}

// ShowFrom is Show for whoever has the tree over all the actions.
func (r *Record) ShowFrom(tree *merkle.Tree, all [][]byte, numbers []uint16) {
	r.Actions = make([]Action, len(numbers))
	for i, n := range numbers {
		r.Actions[i] = Action{n, all[n]}
	}
	r.Path = make([]ledger.Hash, 0, pathLength(len(all), r.Actions))
	walk(0, len(all), r.Actions, func(lo, hi int) {
		r.Path = append(r.Path, tree.RootOf(uint64(lo), uint64(hi)))
	})
}

// pathLength is the number of hashes that join actions to the root of a tree of n.
func pathLength(n int, shown []Action) (length int) {
	walk(0, n, shown, func(int, int) { length++ })
	return length
}

// walk visits the largest subtrees of [lo, hi) in which none is shown.
func walk(lo, hi int, shown []Action, hidden func(lo, hi int)) {
	if len(shown) == 0 {
		hidden(lo, hi)
		return
	}
	if hi-lo == 1 {
		return
	}
	mid := lo + half(hi-lo)
	left, right := split(shown, mid)
	walk(lo, mid, left, hidden)
	walk(mid, hi, right, hidden)
}

// fold hashes the tree over [lo, hi) from the actions shown in it; hidden gives the root of a subtree in which none is shown.
func fold(lo, hi int, shown []Action, hidden func(lo, hi int) ledger.Hash) ledger.Hash {
	if len(shown) == 0 {
		return hidden(lo, hi)
	}
	if hi-lo == 1 {
		return merkle.Actions.Leaf(shown[0].Bytes)
	}
	mid := lo + half(hi-lo)
	left, right := split(shown, mid)
	l := fold(lo, mid, left, hidden)
	return merkle.Actions.Node(l, fold(mid, hi, right, hidden))
}

// half is the largest power of two below n.
func half(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func split(shown []Action, mid int) (left, right []Action) {
	for i, a := range shown {
		if int(a.Number) >= mid {
			return shown[:i], shown[i:]
		}
	}
	return shown, nil
}
