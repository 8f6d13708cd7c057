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

// A node is *inner or *Leaf. It never changes once it is made, unless an [Editor] made it.
type node interface{ Hash() Hash }

// An edge leads to a part of a map and knows its hash, so that hashing a node again touches no node beside the path. The
// zero edge leads to the empty map. In a proof, an edge without a node leads to a part that was cut away.
type edge struct {
	node node
	hash Hash
}

type inner struct {
	sides [2]edge // of keys with bit = 0 and 1
	owner *Editor // whose only it is; nil: of maps that share it
	bit   uint8
}

// Hash returns the inner hash.
func (n *inner) Hash() Hash {
	var buf [3 + 2*merkle.HashSize]byte
	buf[0] = tagInner
	buf[2] = n.bit // the position is a u16 of which 256 values exist
	copy(buf[3:], n.sides[0].hash[:])
	copy(buf[3+merkle.HashSize:], n.sides[1].hash[:])
	return sha256.Sum256(buf[:])
}

// with is n with other sides: the same node if the editor made it.
func (n *inner) with(e *Editor, left, right edge) edge {
	if e == nil || n.owner != e {
		n = &inner{owner: e, bit: n.bit}
	}
	n.sides = [2]edge{left, right}
	return edgeTo(n)
}

func edgeTo(n node) edge { return edge{n, n.Hash()} }

func join(bit uint8, left, right edge) edge {
	return edgeTo(&inner{sides: [2]edge{left, right}, bit: bit})
}

// reach follows key to a leaf; nil if the map is empty or the way is cut off.
func (e edge) reach(key *Hash) *Leaf {
	n := e.node
	for {
		switch at := n.(type) {
		case *inner:
			n = at.sides[bitOf(key, at.bit)].node
		case *Leaf:
			return at
		default:
			return nil
		}
	}
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
