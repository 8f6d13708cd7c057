package chain

import (
	"bytes"
	"sync/atomic"
)

// Who asks for a lot asks for one that is being sold, and others ask for it in the same minute. Its leaves lie far apart in chain.db: to find one, check its sums and
// make it of its base takes longer than all else that is told of it. A leaf of the log never changes, so those that were read twice are kept.
const (
	// leafPlaces is how many leaves are kept at most: 16 lots with a thousand entries.
	leafPlaces = 1 << 14
	// largestKept bounds what a leaf that is kept may have, in bytes; sales have some 300. So all have 16 MiB at most.
	largestKept = 1 << 10
)

// leafCache keeps leaves, each at the one place that its index has. Nobody waits in it.
type leafCache struct {
	kept [leafPlaces]atomic.Pointer[keptLeaf]
	last [leafPlaces]atomic.Uint64 // 1 + index of the leaf that was read last, of those that have the place
}

type keptLeaf struct {
	index uint64
	leaf  []byte // not modified
}

// get gives a leaf that is kept.
func (c *leafCache) get(index uint64) ([]byte, bool) {
	k := c.kept[index%leafPlaces].Load()
	if k == nil || k.index != index {
		return nil, false
	}
	return k.leaf, true
}

// read is told of a leaf that was not kept and had to be read. It keeps a copy, in place of another leaf, when nothing else of its place was read since it was read
// before: whoever reads a whole log, or what nobody else wants, replaces nothing.
func (c *leafCache) read(index uint64, leaf []byte) {
	place := index % leafPlaces
	if c.last[place].Swap(index+1) == index+1 && len(leaf) <= largestKept {
		c.kept[place].Store(&keptLeaf{index, bytes.Clone(leaf)})
	}
}
