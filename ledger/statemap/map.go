package statemap

import "iter"

// A Map is an immutable set of leaves with distinct keys. The zero Map is empty. Maps may be copied, kept and read from
// any goroutine.
type Map struct {
	root node // *inner, *Leaf or nil
	n    int
}

// Root returns the root hash.
func (m Map) Root() Hash { return rootHash(m.root) }

// Len returns the number of keys.
func (m Map) Len() int { return m.n }

// Get returns the leaf with the given key, if there is one.
func (m Map) Get(key Hash) (Leaf, bool) {
	if l := m.reach(&key); l != nil && l.Key == key {
		return *l, true
	}
	return Leaf{}, false
}

// reach follows key from the root to a leaf; nil if the map is empty.
func (m Map) reach(key *Hash) *Leaf {
	n := m.root
	for {
		switch at := n.(type) {
		case *inner:
			n = at.child(key)
		case *Leaf:
			return at
		default:
			return nil
		}
	}
}

// Leaves yields all leaves, keys ascending.
func (m Map) Leaves() iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		if m.root != nil {
			walk(m.root, yield)
		}
	}
}

func walk(n node, yield func(Leaf) bool) bool {
	switch n := n.(type) {
	case *inner:
		return walk(n.left, yield) && walk(n.right, yield)
	case *Leaf:
		return yield(*n)
	}
	return true
}
