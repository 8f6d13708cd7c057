package merkle

import (
	"fmt"
	"math/bits"
)

// A HashReader gives the hashes of the perfect subtrees of one tree: ReadHash(level, index) is the hash over the leaves
// [index<<level, (index+1)<<level), 0 ≤ level ≤ 62. It may return errors of its storage; for a subtree it does not have,
// an error that wraps [ErrRange]. Since perfect subtrees never change, a reader of a tree serves every smaller size too.
type HashReader interface {
	ReadHash(level int, index uint64) (Hash, error)
}

// ReadFrontier returns the frontier of the first size leaves of the tree behind r.
func ReadFrontier(r HashReader, size uint64) (Frontier, error) {
	if err := checkSize(size); err != nil {
		return Frontier{}, err
	}
	hashes, err := readPerfect(r, 0, size)
	if err != nil {
		return Frontier{}, err
	}
	return Frontier{Size: size, Hashes: hashes}, nil
}

// readPerfect returns the hashes of the perfect subtrees that make up the leaves [lo, hi), largest first.
// lo must be a multiple of the largest power of two ≤ hi − lo, as in every subtree of an RFC 6962 tree.
func readPerfect(r HashReader, lo, hi uint64) ([]Hash, error) {
	var hashes []Hash
	for lo < hi {
		level := bits.Len64(hi-lo) - 1
		h, err := r.ReadHash(level, lo>>level)
		if err != nil {
			return nil, fmt.Errorf("read hash %d at level %d: %w", lo>>level, level, err)
		}
		hashes = append(hashes, h)
		lo += 1 << level
	}
	return hashes, nil
}

// readRange returns the hash MTH(leaves lo … hi−1), with the condition of readPerfect.
func (d Domain) readRange(r HashReader, lo, hi uint64) (Hash, error) {
	hashes, err := readPerfect(r, lo, hi)
	if err != nil {
		return Hash{}, err
	}
	return d.fold(hashes), nil
}

// splitPoint returns the largest power of two smaller than n ≥ 2: where RFC 6962 divides n leaves.
func splitPoint(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// A Tree keeps every hash of a tree in memory, 64 bytes a leaf: for the actions of a record, a subject's history, tests.
// It is a [HashReader]. Reading is safe for concurrent use while nobody appends.
type Tree struct {
	frontier Frontier
	levels   [][]Hash // levels[l][i] is the perfect subtree i of level l
	domain   Domain
}

// NewTree returns the tree with the given leaf hashes.
func NewTree(d Domain, leaves ...Hash) *Tree {
	t := &Tree{domain: d}
	t.Append(leaves...)
	return t
}

// Append adds leaf hashes.
func (t *Tree) Append(leaves ...Hash) {
	t.frontier = t.frontier.Grow(t.domain, leaves, func(level int, _ uint64, h Hash) {
		if level == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		t.levels[level] = append(t.levels[level], h)
	})
}

// Size returns the number of leaves.
func (t *Tree) Size() uint64 { return t.frontier.Size }

// Root returns the root.
func (t *Tree) Root() Hash { return t.frontier.Root(t.domain) }

// RootOf returns the root over the leaves lo to hi − 1 of which the tree has some node: lo is a multiple of the largest power of two ≤ hi − lo, and hi such a
// multiple behind it or the size.
func (t *Tree) RootOf(lo, hi uint64) Hash {
	h, err := t.domain.readRange(t, lo, hi)
	if err != nil {
		panic(err) // the tree has all of its hashes
	}
	return h
}

// ReadHash implements [HashReader].
func (t *Tree) ReadHash(level int, index uint64) (Hash, error) {
	if level < 0 || level >= len(t.levels) || index >= uint64(len(t.levels[level])) {
		return Hash{}, fmt.Errorf("%w: no hash %d at level %d in a tree of %d leaves", ErrRange, index, level, t.Size())
	}
	return t.levels[level][index], nil
}
