package statemap

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
)

// A change is a leaf on its way into a map.
type change struct {
	leaf  *Leaf
	order int // in the batch
	// diff is the lowest bit at which the leaf's key differs from the key it reaches in the old map: all keys of the old
	// map agree with it in fewer bits or the same. keyBits: the key is there.
	diff int
}

// Update returns the map with the given leaves put in, in place of those with the same keys. The order does not matter,
// except that of two leaves with one key the later one counts. m stays as it is.
//
// A batch costs far less than its leaves one by one: every inner node above several of them is hashed once.
func (m Map) Update(leaves []Leaf) Map {
	changes := sortChanges(leaves)
	if len(changes) == 0 {
		return m
	}
	if m.root == nil {
		return buildMap(changes)
	}
	n := m.n
	for i := range changes {
		c := &changes[i]
		c.diff = firstDiff(&c.leaf.Key, &m.reach(&c.leaf.Key).Key)
		if c.diff < keyBits {
			n++
		}
	}
	return Map{root: merge(m.root, changes), n: n}
}

// sortChanges copies the leaves, sorts them by key and keeps the last of each key.
func sortChanges(leaves []Leaf) []change {
	changes := make([]change, len(leaves))
	for i, l := range leaves {
		changes[i] = change{leaf: &l, order: i}
	}
	slices.SortFunc(changes, func(a, b change) int {
		if c := bytes.Compare(a.leaf.Key[:], b.leaf.Key[:]); c != 0 {
			return c
		}
		return cmp.Compare(b.order, a.order)
	})
	return slices.CompactFunc(changes, func(a, b change) bool { return a.leaf.Key == b.leaf.Key })
}

// merge returns n with the changes, at least one, put in. All of them lead to n in the old map.
func merge(n node, changes []change) node {
	diff := slices.MinFunc(changes, func(a, b change) int { return cmp.Compare(a.diff, b.diff) }).diff
	switch at := n.(type) {
	case *inner:
		if diff > int(at.bit) { // never equal: a change and the key it reaches have bit at.bit in common
			left, right := at.left, at.right
			low, high := split(changes, at.bit)
			if len(low) > 0 {
				left = merge(left, low)
			}
			if len(high) > 0 {
				right = merge(right, high)
			}
			return newInner(at.bit, left, right)
		}
	case *Leaf:
		if diff == keyBits { // the only key that reaches a leaf and does not differ from it
			return changes[0].leaf
		}
	}
	// Some changes differ from every key below n at diff, and no change differs earlier: n stays together on one side.
	bit := uint8(diff)
	low, high := split(changes, bit)
	if len(low) > 0 && low[0].diff == diff {
		return newInner(bit, build(low), mergeAny(n, high))
	}
	return newInner(bit, mergeAny(n, low), build(high))
}

func mergeAny(n node, changes []change) node {
	if len(changes) == 0 {
		return n
	}
	return merge(n, changes)
}

// split divides changes, which ascend and agree before bit, into those with bit = 0 and 1.
func split(changes []change, bit uint8) (low, high []change) {
	i := sort.Search(len(changes), func(i int) bool { return bitOf(&changes[i].leaf.Key, bit) == 1 })
	return changes[:i], changes[i:]
}
