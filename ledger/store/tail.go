package store

import "slices"

// tail is what was added and is not written yet. It is not modified: one that more is added to is another, which may share memory with it.
type tail struct {
	first   uint64 // index of leaves[0]
	leaves  [][]byte
	bytes   int // of leaves
	tiles   []Tile
	seals   []Seal // heights ascend one by one
	head    Head
	genesis []byte
}

// with is the tail with a batch behind it. t may be nil.
func (t *tail) with(b *Batch) *tail {
	n := tail{first: b.Head.Log.Size - uint64(len(b.Leaves))}
	if t != nil {
		n = *t
	}
	n.leaves, n.tiles, n.seals, n.head = append(n.leaves, b.Leaves...), append(n.tiles, b.Tiles...), append(n.seals, b.Seals...), b.Head
	for _, leaf := range b.Leaves {
		n.bytes += len(leaf)
	}
	if b.Genesis != nil {
		n.genesis = b.Genesis
	}
	return &n
}

// clip is the tail without the room behind it, which one that more was added to may have taken, and somebody reads.
func (t *tail) clip() *tail {
	if t == nil {
		return nil
	}
	n := *t
	n.leaves, n.tiles, n.seals = slices.Clip(n.leaves), slices.Clip(n.tiles), slices.Clip(n.seals)
	return &n
}

// leaf finds a leaf; false: it is not in the tail, which may be nil.
func (t *tail) leaf(index uint64) ([]byte, bool) {
	if t == nil || index < t.first || index-t.first >= uint64(len(t.leaves)) {
		return nil, false
	}
	return t.leaves[index-t.first], true
}

// from calls fn for the leaves from an index on until it returns false.
func (t *tail) from(index uint64, fn func(index uint64, leaf []byte) bool) {
	for index = max(index, t.first); index-t.first < uint64(len(t.leaves)); index++ {
		if !fn(index, t.leaves[index-t.first]) {
			return
		}
	}
}

// seal finds where the seal of a block is.
func (t *tail) seal(height uint64) (leaf uint64, ok bool) {
	if t == nil || len(t.seals) == 0 || height < t.seals[0].Height || height-t.seals[0].Height >= uint64(len(t.seals)) {
		return 0, false
	}
	return t.seals[height-t.seals[0].Height].Leaf, true
}

// tile finds a tile.
func (t *tail) tile(level int, index uint64) ([]byte, bool) {
	if t == nil {
		return nil, false
	}
	for i := range t.tiles {
		if t.tiles[i].Level == level && t.tiles[i].Index == index {
			return tileBytes(t.tiles[i].Hashes), true
		}
	}
	return nil, false
}
