package statemap

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// MaxProofKeys bounds the keys of one proof, so that a verifier's memory is bounded. The verdict on a subject needs a few
// dozen.
const MaxProofKeys = 1024

// A Proof is a map reduced to the paths of some keys. It shows for each of them whether the map has it, and with which leaf.
// The zero Proof is that of the empty map. A Proof never changes.
type Proof struct {
	root   edge // of a map in which edges of no asked key lead to nothing
	leaves int
}

// Prove returns the proof that key is present or absent: at 1 million keys about 22 hashes and positions and a leaf, 0.8 KB.
func (m Map) Prove(key Hash) Proof { return m.prove([]Hash{key}) }

// ProveMany returns one proof for all the given keys, present and absent ones, 1 to MaxProofKeys. It is smaller than
// single proofs by the inner nodes their paths have in common.
func (m Map) ProveMany(keys []Hash) (Proof, error) {
	if err := checkCount(keys); err != nil {
		return Proof{}, err
	}
	return m.prove(slices.Clone(keys)), nil
}

// prove reorders keys.
func (m Map) prove(keys []Hash) Proof {
	var p Proof
	p.root = edge{p.cut(m.root.node, keys), m.root.hash}
	return p
}

// cut returns what the keys need of n.
func (p *Proof) cut(n node, keys []Hash) node {
	if len(keys) == 0 {
		return nil
	}
	at, ok := n.(*inner)
	if !ok {
		if n != nil {
			p.leaves++
		}
		return n
	}
	zeros := partition(keys, at.bit)
	return &inner{bit: at.bit, sides: [2]edge{
		{p.cut(at.sides[0].node, keys[:zeros]), at.sides[0].hash},
		{p.cut(at.sides[1].node, keys[zeros:]), at.sides[1].hash},
	}}
}

// partition moves the keys with bit = 0 to the front and returns their number. Keys that are absent need not agree before
// bit, so sorting would not bring them together.
func partition(keys []Hash, bit uint8) int {
	zeros := 0
	for i := range keys {
		if bitOf(&keys[i], bit) == 0 {
			keys[i], keys[zeros] = keys[zeros], keys[i]
			zeros++
		}
	}
	return zeros
}

// Root returns the root of the map that the proof speaks of.
func (p Proof) Root() Hash { return p.root.hash }

// Check returns the leaf that the map with the given root has for key, or that it has none. An error means that the
// proof shows neither; it wraps [merkle.ErrProof].
func (p Proof) Check(root, key Hash) (leaf Leaf, present bool, err error) {
	answers, err := p.CheckMany(root, []Hash{key})
	if err != nil {
		return Leaf{}, false, err
	}
	return answers[0].Leaf, answers[0].Present, nil
}

// An Answer tells what a map has for a key.
type Answer struct {
	Leaf    Leaf // zero if the key is absent
	Present bool
}

// CheckMany returns for each key, in the order given, what the map with the given root has for it. The keys must be those
// for which the proof was made, in any order. An error wraps [merkle.ErrProof], or [merkle.ErrRange] when there are no keys
// or more than MaxProofKeys; then nothing is shown for any key.
func (p Proof) CheckMany(root Hash, keys []Hash) ([]Answer, error) {
	if err := checkCount(keys); err != nil {
		return nil, err
	}
	if got := p.Root(); got != root {
		return nil, fmt.Errorf("%w: state root %v, not %v", merkle.ErrProof, got, root)
	}
	answers := make([]Answer, len(keys))
	reached := make(map[*Leaf]struct{}, p.leaves)
	for i := range keys {
		if p.root.node == nil { // the empty map
			continue
		}
		leaf := p.root.reach(&keys[i])
		if leaf == nil {
			return nil, fmt.Errorf("%w: nothing shown for state key %v", merkle.ErrProof, keys[i])
		}
		reached[leaf] = struct{}{}
		if leaf.Key == keys[i] {
			answers[i] = Answer{Leaf: *leaf, Present: true}
		}
	}
	if len(reached) != p.leaves {
		return nil, fmt.Errorf("%w: %d state leaves shown, %d asked for", merkle.ErrProof, p.leaves, len(reached))
	}
	return answers, nil
}

func checkCount(keys []Hash) error {
	if len(keys) < 1 || len(keys) > MaxProofKeys {
		return fmt.Errorf("%w: state proof for %d keys, want 1 to %d", merkle.ErrRange, len(keys), MaxProofKeys)
	}
	return nil
}
