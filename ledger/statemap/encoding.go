package statemap

import (
	"encoding/binary"
	"fmt"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// ProofVersion is the first byte of an encoded proof.
const ProofVersion = 1

// MaxProofSize is the length that no proof exceeds: MaxProofKeys leaves, each below 256 inner nodes of its own. Keys that
// are hashes need far less: the proof of k keys among n takes about k·(105 + 34·log₂(n/k)) bytes.
const MaxProofSize = 1 + MaxProofKeys*(1+LeafSize+keyBits*innerSize)

// innerSize is the length of an inner node with one side cut away, without the node on the other.
const innerSize = 2 + merkle.HashSize

// Kinds of nodes in an encoded proof.
const (
	kindEmpty = iota // instead of a node: the map is empty
	kindLeaf
	kindLeft  // inner node, the right side is a hash
	kindRight // inner node, the left side is a hash
	kindBoth
)

// AppendBinary appends the encoding of p to b. The package comment draws it.
func (p Proof) AppendBinary(b []byte) []byte {
	b = append(b, ProofVersion)
	if p.root.node == nil {
		return append(b, kindEmpty)
	}
	return appendNode(b, p.root.node, false)
}

func appendNode(b []byte, n node, bare bool) []byte {
	switch n := n.(type) {
	case *Leaf:
		if bare {
			return append(b, kindLeaf)
		}
		return n.AppendBinary(append(b, kindLeaf))
	case *inner:
		b = append(b, kindOf(n), n.bit)
		for i := range n.sides {
			if side := &n.sides[i]; side.node == nil {
				b = append(b, side.hash[:]...)
			} else {
				b = appendNode(b, side.node, bare)
			}
		}
	}
	return b
}

func kindOf(n *inner) byte {
	switch {
	case n.sides[1].node == nil:
		return kindLeft
	case n.sides[0].node == nil:
		return kindRight
	}
	return kindBoth
}

// ParseProof reads what [Proof.AppendBinary] writes, nothing before it and nothing after, and refuses shapes that no map
// has. It does not say which root the proof must have: [Proof.Check] does.
func ParseProof(b []byte) (Proof, error) {
	if len(b) < 2 || b[0] != ProofVersion {
		return Proof{}, fmt.Errorf("%w: no state proof of version %d", merkle.ErrEncoding, ProofVersion)
	}
	if len(b) == 2 && b[1] == kindEmpty {
		return Proof{}, nil
	}
	p := parser{rest: b[1:]}
	root, _, err := p.node(0)
	if err != nil {
		return Proof{}, err
	}
	if len(p.rest) > 0 {
		return Proof{}, fmt.Errorf("%w: %d bytes after a state proof", merkle.ErrEncoding, len(p.rest))
	}
	return Proof{root: root, leaves: p.leaves}, nil
}

type parser struct {
	rest   []byte
	leaves int
	given  []Leaf // the leaves, in order, when they are not in the encoding
}

// node reads a node whose position, if it is an inner one, is at least lowest. It also returns one leaf below the node,
// which stands for all of them: they agree in the bits before the node's position.
func (p *parser) node(lowest int) (edge, *Leaf, error) {
	kind, err := p.take(1)
	if err != nil {
		return edge{}, nil, err
	}
	switch kind[0] {
	case kindLeaf:
		return p.leaf()
	case kindLeft, kindRight, kindBoth:
		return p.inner(kind[0], lowest)
	}
	return edge{}, nil, fmt.Errorf("%w: node of kind %d in a state proof", merkle.ErrEncoding, kind[0])
}

func (p *parser) leaf() (edge, *Leaf, error) {
	if p.leaves++; p.leaves > MaxProofKeys {
		return edge{}, nil, fmt.Errorf("%w: state proof of more than %d leaves", merkle.ErrEncoding, MaxProofKeys)
	}
	if p.given != nil {
		if p.leaves > len(p.given) {
			return edge{}, nil, fmt.Errorf("%w: state proof of more than the %d leaves given", merkle.ErrEncoding, len(p.given))
		}
		l := &p.given[p.leaves-1]
		return edgeTo(l), l, nil
	}
	b, err := p.take(LeafSize)
	if err != nil {
		return edge{}, nil, err
	}
	l := &Leaf{Key: Hash(b), Value: Hash(b[32:]), N: binary.BigEndian.Uint64(b[64:]), History: Hash(b[72:])}
	return edgeTo(l), l, nil
}

func (p *parser) inner(kind byte, lowest int) (edge, *Leaf, error) {
	b, err := p.take(1)
	if err != nil {
		return edge{}, nil, err
	}
	bit := b[0]
	if int(bit) < lowest {
		return edge{}, nil, fmt.Errorf("%w: state proof goes from bit %d to %d", merkle.ErrEncoding, lowest-1, bit)
	}
	left, below, err := p.side(kind != kindRight, bit, 0)
	if err != nil {
		return edge{}, nil, err
	}
	right, other, err := p.side(kind != kindLeft, bit, 1)
	if err != nil {
		return edge{}, nil, err
	}
	if below == nil {
		below = other
	} else if other != nil && firstDiff(&below.Key, &other.Key) != int(bit) {
		return edge{}, nil, fmt.Errorf("%w: state keys differ before bit %d", merkle.ErrEncoding, bit)
	}
	return join(bit, left, right), below, nil
}

// side reads the side of an inner node that has the keys with bit = value: a node if it is open, otherwise its hash.
func (p *parser) side(open bool, bit uint8, value byte) (edge, *Leaf, error) {
	if !open {
		b, err := p.take(merkle.HashSize)
		if err != nil {
			return edge{}, nil, err
		}
		return edge{hash: Hash(b)}, nil, nil
	}
	e, below, err := p.node(int(bit) + 1)
	if err == nil && bitOf(&below.Key, bit) != value {
		err = fmt.Errorf("%w: state key on the wrong side of bit %d", merkle.ErrEncoding, bit)
	}
	return e, below, err
}

func (p *parser) take(n int) ([]byte, error) {
	if len(p.rest) < n {
		return nil, fmt.Errorf("%w: state proof ends early", merkle.ErrEncoding)
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b, nil
}
