package statemap

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// Hash is a SHA-256 hash.
type Hash = merkle.Hash

const (
	tagLeaf  = 0x30
	tagInner = 0x31

	keyBits = 8 * merkle.HashSize

	// LeafSize is the length of an encoded leaf: key, value hash, n, history root.
	LeafSize = 3*merkle.HashSize + 8
)

// A Leaf is what the map holds for one subject.
type Leaf struct {
	Key     Hash   // of the subject's kind and id
	Value   Hash   // of the subject's value
	N       uint64 // entries in the subject's history
	History Hash   // root of the history
}

// AppendBinary appends the LeafSize bytes of l to b.
func (l *Leaf) AppendBinary(b []byte) []byte {
	b = append(b, l.Key[:]...)
	b = append(b, l.Value[:]...)
	b = binary.BigEndian.AppendUint64(b, l.N)
	return append(b, l.History[:]...)
}

// Hash returns the leaf hash.
func (l *Leaf) Hash() Hash {
	var buf [1 + LeafSize]byte
	buf[0] = tagLeaf
	l.AppendBinary(buf[:1])
	return sha256.Sum256(buf[:])
}

// A node is part of a map or of a proof: *inner, *Leaf, or in proofs *stub. It never changes once it is made.
type node interface{ Hash() Hash }

// An inner node keeps its own hash. A leaf does not: hashing one again now and then is cheaper than 32 bytes for every key.
type inner struct {
	hash        Hash
	left, right node
	bit         uint8
}

func newInner(bit uint8, left, right node) *inner {
	l, r := left.Hash(), right.Hash()
	return &inner{hash: innerHash(bit, &l, &r), left: left, right: right, bit: bit}
}

func (n *inner) Hash() Hash { return n.hash }

// child returns the side to which key leads.
func (n *inner) child(key *Hash) node {
	if bitOf(key, n.bit) == 0 {
		return n.left
	}
	return n.right
}

func innerHash(bit uint8, left, right *Hash) Hash {
	var buf [3 + 2*merkle.HashSize]byte
	buf[0] = tagInner
	buf[2] = bit // the position is a u16 of which 256 values exist
	copy(buf[3:], left[:])
	copy(buf[3+merkle.HashSize:], right[:])
	return sha256.Sum256(buf[:])
}

// rootHash is the root of the map or proof below n, which is nil when empty.
func rootHash(n node) Hash {
	if n == nil {
		return Hash{}
	}
	return n.Hash()
}

func bitOf(key *Hash, p uint8) byte { return key[p/8] >> (7 - p%8) & 1 }

// firstDiff returns the lowest bit position at which a and b differ, keyBits if they are equal.
func firstDiff(a, b *Hash) int {
	for i := 0; i < merkle.HashSize; i += 8 {
		x := binary.BigEndian.Uint64(a[i:]) ^ binary.BigEndian.Uint64(b[i:])
		if x != 0 {
			return 8*i + bits.LeadingZeros64(x)
		}
	}
	return keyBits
}
