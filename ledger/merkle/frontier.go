package merkle

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A Frontier is a tree reduced to what appending needs: the hashes of its perfect subtrees, largest (leftmost) first, one
// for every one bit of Size. The zero Frontier is the empty tree.
//
// A Frontier is a value: no method changes the hashes it was called on, and what a method returns shares no memory with
// them, so that old frontiers stay usable while new ones are made.
type Frontier struct {
	Size   uint64 // leaves; ≤ MaxSize
	Hashes []Hash // len = number of one bits in Size
}

// MaxFrontierSize is the length in bytes of the longest encoded frontier.
const MaxFrontierSize = 8 + 63*HashSize

// A Visitor is told the hash of a perfect subtree: the one that covers the leaves [index<<level, (index+1)<<level).
type Visitor func(level int, index uint64, hash Hash)

// Append returns the frontier after the given leaf hashes. It panics when the tree would outgrow MaxSize.
func (f Frontier) Append(d Domain, leaves ...Hash) Frontier {
	if len(leaves) == 1 && f.Size < MaxSize {
		return f.appendOne(d, leaves[0])
	}
	return f.Grow(d, leaves, nil)
}

// appendOne is Append of a leaf, in no more memory than the frontier takes: most histories grow so.
func (f Frontier) appendOne(d Domain, h Hash) Frontier {
	f.mustBeWhole()
	left := len(f.Hashes)
	for level := 0; f.Size>>level&1 == 1; level++ {
		left--
		h = d.Node(f.Hashes[left], h)
	}
	hashes := make([]Hash, left+1)
	copy(hashes, f.Hashes[:left])
	hashes[left] = h
	return Frontier{Size: f.Size + 1, Hashes: hashes}
}

// Grow is Append that tells visit, if not nil, about every perfect subtree that the new leaves complete, the leaves
// themselves (level 0) included. Within one level the indexes ascend without a gap, which is what a store of tiles appends.
func (f Frontier) Grow(d Domain, leaves []Hash, visit Visitor) Frontier {
	f.mustBeWhole()
	if uint64(len(leaves)) > MaxSize-f.Size {
		panic("merkle: tree grows beyond MaxSize")
	}
	s := spine{size: f.Size, n: len(f.Hashes)}
	copy(s.hashes[:], f.Hashes)
	for _, leaf := range leaves {
		s.push(d, leaf, visit)
	}
	return s.frontier()
}

// Root returns the root of the tree.
func (f Frontier) Root(d Domain) Hash {
	f.mustBeWhole()
	return d.fold(f.Hashes)
}

// AppendBinary appends the encoding of f to b: size u64 big-endian, then the hashes.
func (f Frontier) AppendBinary(b []byte) []byte {
	f.mustBeWhole()
	b = binary.BigEndian.AppendUint64(b, f.Size)
	for i := range f.Hashes {
		b = append(b, f.Hashes[i][:]...)
	}
	return b
}

// ParseFrontier reads what [Frontier.AppendBinary] writes, nothing before it and nothing after.
func ParseFrontier(b []byte) (Frontier, error) {
	if len(b) < 8 {
		return Frontier{}, fmt.Errorf("%w: frontier of %d bytes", ErrEncoding, len(b))
	}
	f := Frontier{Size: binary.BigEndian.Uint64(b)}
	b = b[8:]
	if f.Size > MaxSize {
		return Frontier{}, fmt.Errorf("%w: frontier of a tree of size %d", ErrEncoding, f.Size)
	}
	n := bits.OnesCount64(f.Size)
	if len(b) != n*HashSize {
		return Frontier{}, fmt.Errorf("%w: frontier of size %d with %d bytes of hashes, want %d", ErrEncoding, f.Size, len(b), n*HashSize)
	}
	f.Hashes = parseHashes(b)
	return f, nil
}

// parseHashes splits b, whose length is a multiple of HashSize; nil for none.
func parseHashes(b []byte) []Hash {
	if len(b) == 0 {
		return nil
	}
	hashes := make([]Hash, len(b)/HashSize)
	for i := range hashes {
		hashes[i] = Hash(b[i*HashSize:])
	}
	return hashes
}

func (f Frontier) whole() bool {
	return f.Size <= MaxSize && len(f.Hashes) == bits.OnesCount64(f.Size)
}

func (f Frontier) mustBeWhole() {
	if !f.whole() {
		panic(fmt.Sprintf("merkle: frontier of size %d with %d hashes", f.Size, len(f.Hashes)))
	}
}

// A spine is a frontier in the making, in place.
type spine struct {
	size   uint64
	n      int // hashes in use
	hashes [64]Hash
}

// push appends a leaf: like adding one to a binary number, every trailing one bit is a subtree that joins its neighbour.
func (s *spine) push(d Domain, h Hash, visit Visitor) {
	if visit != nil {
		visit(0, s.size, h)
	}
	for level := 0; s.size>>level&1 == 1; level++ {
		s.n--
		h = d.Node(s.hashes[s.n], h)
		if visit != nil {
			visit(level+1, s.size>>(level+1), h)
		}
	}
	s.hashes[s.n] = h
	s.n++
	s.size++
}

func (s *spine) frontier() Frontier {
	f := Frontier{Size: s.size}
	if s.n > 0 {
		f.Hashes = make([]Hash, s.n)
		copy(f.Hashes, s.hashes[:s.n])
	}
	return f
}
