package merkle

import (
	"crypto/sha256"
	"fmt"
)

// MaxSize is the largest number of leaves a tree may have. The sizes of checkpoints pass through signed 64-bit integers in
// widespread verifiers, so nothing larger could be shown to anyone.
const MaxSize = 1<<63 - 1

// A Domain is a kind of tree. Its value is the tag hashed before a leaf; the tag hashed before a node is one more.
// Only the constants below are in use; 0x30 to 0x33 belong to the state map.
type Domain byte

const (
	Log     Domain = 0x00
	Actions Domain = 0x10
	History Domain = 0x20
)

// shortLeaf is what is hashed in one go: entries of histories, actions of trade. Longer leaves are not worth copying.
const shortLeaf = 255

// Leaf returns the hash of a leaf with the given content.
func (d Domain) Leaf(data []byte) Hash {
	if len(data) <= shortLeaf {
		var buf [1 + shortLeaf]byte
		buf[0] = byte(d)
		return sha256.Sum256(buf[:1+copy(buf[1:], data)])
	}
	h := sha256.New()
	h.Write([]byte{byte(d)})
	h.Write(data)
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

// Node returns the hash of the node above the two subtrees with the given hashes.
func (d Domain) Node(left, right Hash) Hash {
	var buf [1 + 2*HashSize]byte
	buf[0] = byte(d) + 1
	copy(buf[1:], left[:])
	copy(buf[1+HashSize:], right[:])
	return sha256.Sum256(buf[:])
}

// EmptyRoot is the root of a tree without leaves, in every domain: SHA-256 of nothing.
func EmptyRoot() Hash { return sha256.Sum256(nil) }

// Root returns the root of the tree with the given leaf hashes, in time O(n) and without allocation.
func (d Domain) Root(leaves []Hash) Hash {
	var s spine
	for _, leaf := range leaves {
		s.push(d, leaf, nil)
	}
	return d.fold(s.hashes[:s.n])
}

// fold joins subtrees, largest and leftmost first, into the root above them.
func (d Domain) fold(subtrees []Hash) Hash {
	if len(subtrees) == 0 {
		return EmptyRoot()
	}
	last := len(subtrees) - 1
	h := subtrees[last]
	for i := last - 1; i >= 0; i-- {
		h = d.Node(subtrees[i], h)
	}
	return h
}

// checkSize refuses sizes that no tree can have.
func checkSize(size uint64) error {
	if size > MaxSize {
		return fmt.Errorf("%w: tree size %d", ErrRange, size)
	}
	return nil
}
