package statemap

import "iter"

// A Map is an immutable set of leaves with distinct keys. The zero Map is empty. Maps may be copied, kept and read from
// any goroutine.
type Map struct {
	root edge
	n    int
}

// Root returns the root hash.
func (m Map) Root() Hash { return m.root.hash }

// Len returns the number of keys.
func (m Map) Len() int { return m.n }

// Get returns the leaf with the given key, if there is one.
func (m Map) Get(key Hash) (Leaf, bool) {
	if l := m.root.reach(&key); l != nil && l.Key == key {
		return *l, true
	}
	return Leaf{}, false
}

// Leaves yields all leaves, keys ascending.
func (m Map) Leaves() iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		walk(m.root.node, yield)
	}
}

func walk(n node, yield func(Leaf) bool) bool {
	switch n := n.(type) {
	case *inner:
		return walk(n.sides[0].node, yield) && walk(n.sides[1].node, yield)
	case *Leaf:
		return yield(*n)
	}
	return true
}
