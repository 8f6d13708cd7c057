package statemap

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
)

// A change is a leaf on its way into a map.
type change struct {
	front uint64 // first 8 bytes of the leaf's key: keys are hashes and hardly ever agree in them
	leaf  *Leaf
	order int // in the batch
	// diff is the lowest bit at which the leaf's key differs from the key that it reaches in the old map; keyBits if it
	// does not, because the map has it. No key of the old map agrees with it for longer.
	diff int
}

// Update returns the map with the given leaves put in, in place of those with the same keys. The order does not matter,
// except that of two leaves with one key the later one counts. m stays as it is.
//
// A batch costs far less than its leaves one by one: every inner node above several of them is hashed once.
func (m Map) Update(leaves []Leaf) Map { return m.update(nil, new(Workspace), leaves) }

// Workspace is memory that one update after another is made in, for who makes many. It is not safe for use by several goroutines.
type Workspace struct {
	changes []change
	at      []node
	todo    []int
}

// Update is [Map.Update].
func (w *Workspace) Update(m Map, leaves []Leaf) Map { return m.update(nil, w, leaves) }

// update is Update, in nodes of an editor's where there are such.
func (m Map) update(e *Editor, w *Workspace, leaves []Leaf) Map {
	defer w.forget()
	changes := w.sort(leaves)
	if len(changes) == 0 {
		return m
	}
	if m.root.node == nil {
		return Map{root: build(changes), n: len(changes)}
	}
	w.compare(m.root.node, changes)
	n := m.n
	for i := range changes {
		if changes[i].diff < keyBits {
			n++
		}
	}
	return Map{root: merge(e, m.root, changes), n: n}
}

// forget lets go of leaves and nodes.
func (w *Workspace) forget() {
	clear(w.changes)
	clear(w.at)
}

// sort copies the leaves, sorts them by key and keeps the last of each key.
func (w *Workspace) sort(leaves []Leaf) []change {
	w.changes = slices.Grow(w.changes[:0], len(leaves))
	for i, l := range leaves {
		w.changes = append(w.changes, change{front: binary.BigEndian.Uint64(l.Key[:]), leaf: &l, order: i})
	}
	changes := w.changes
	slices.SortFunc(changes, func(a, b change) int {
		if c := cmp.Compare(a.front, b.front); c != 0 {
			return c
		}
		if c := bytes.Compare(a.leaf.Key[:], b.leaf.Key[:]); c != 0 {
			return c
		}
		return cmp.Compare(b.order, a.order)
	})
	return slices.CompactFunc(changes, func(a, b change) bool { return a.front == b.front && a.leaf.Key == b.leaf.Key })
}

// compare fills in the diff of all changes. It takes them down the old map together, step by step: each one's next node is
// somewhere else in memory, and a processor waits for many of them in the time of one.
func (w *Workspace) compare(root node, changes []change) {
	w.at, w.todo = slices.Grow(w.at[:0], len(changes)), slices.Grow(w.todo[:0], len(changes))
	for i := range changes {
		w.at, w.todo = append(w.at, root), append(w.todo, i)
	}
	at, todo := w.at, w.todo
	for len(todo) > 0 {
		under := todo[:0]
		for _, i := range todo {
			key := &changes[i].leaf.Key
			switch n := at[i].(type) {
			case *inner:
				at[i] = n.sides[bitOf(key, n.bit)].node
				under = append(under, i)
			case *Leaf:
				changes[i].diff = firstDiff(key, &n.Key)
			}
		}
		todo = under
	}
}

// merge returns e with the changes put in. All of them lead to e in the old map.
func merge(by *Editor, e edge, changes []change) edge {
	if len(changes) == 0 {
		return e
	}
	diff := keyBits
	for i := range changes {
		diff = min(diff, changes[i].diff)
	}
	if diff == keyBits {
		if _, ok := e.node.(*Leaf); ok { // reached by no other key that it does not differ from
			return edgeTo(changes[0].leaf)
		}
	}
	if in, ok := e.node.(*inner); ok && diff > int(in.bit) { // never equal: a change and the key it reaches agree there
		low, high := split(changes, in.bit)
		return in.with(by, merge(by, in.sides[0], low), merge(by, in.sides[1], high))
	}
	// Some changes differ from every key under e at diff, and none differs earlier: e stays together on one side.
	bit := uint8(diff)
	low, high := split(changes, bit)
	if len(low) > 0 && low[0].diff == diff {
		return join(bit, build(low), merge(by, e, high))
	}
	return join(bit, merge(by, e, low), build(high))
}

// split divides changes, which ascend and agree before bit, into those with bit = 0 and 1.
func split(changes []change, bit uint8) (low, high []change) {
	i := sort.Search(len(changes), func(i int) bool { return bitOf(&changes[i].leaf.Key, bit) == 1 })
	return changes[:i], changes[i:]
}
