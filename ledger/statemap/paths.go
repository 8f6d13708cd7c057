package statemap

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// AppendPaths appends the encoding of p with nothing but its kind byte for every leaf: for receipts, which hold what the leaves are made of.
// A quarter of a proof is saved, and a leaf cannot be shown beside values that it is not the leaf of.
func (p Proof) AppendPaths(b []byte) []byte {
	b = append(b, ProofVersion)
	if p.root.node == nil {
		return append(b, kindEmpty)
	}
	return appendNode(b, p.root.node, true)
}

// ParsePaths reads what [Proof.AppendPaths] writes of a proof with exactly these leaves. They must come in strictly ascending order of their
// keys, 1 to MaxProofKeys. A proof that opens the way to another number of leaves, or to one that has no place where it is put, is refused.
func ParsePaths(b []byte, leaves []Leaf) (Proof, error) {
	if len(leaves) < 1 || len(leaves) > MaxProofKeys {
		return Proof{}, fmt.Errorf("%w: state proof for %d leaves, want 1 to %d", merkle.ErrRange, len(leaves), MaxProofKeys)
	}
	for i := 1; i < len(leaves); i++ {
		if string(leaves[i-1].Key[:]) >= string(leaves[i].Key[:]) {
			return Proof{}, fmt.Errorf("%w: leaves of a state proof not in order", merkle.ErrEncoding)
		}
	}
	if len(b) < 2 || b[0] != ProofVersion {
		return Proof{}, fmt.Errorf("%w: no state proof of version %d", merkle.ErrEncoding, ProofVersion)
	}
	p := parser{rest: b[1:], given: leaves}
	root, _, err := p.node(0)
	if err != nil {
		return Proof{}, err
	}
	if len(p.rest) > 0 || p.leaves != len(leaves) {
		return Proof{}, fmt.Errorf("%w: %d bytes and %d leaves left over by a state proof", merkle.ErrEncoding, len(p.rest), len(leaves)-p.leaves)
	}
	return Proof{root: root, leaves: p.leaves}, nil
}
