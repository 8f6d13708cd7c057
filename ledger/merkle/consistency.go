package merkle

import (
	"fmt"
	"math/bits"
	"slices"
)

// ProveConsistency returns the proof that the first older leaves behind r are the beginning of the first newer leaves.
// It is empty when older = 0 or older = newer.
func (d Domain) ProveConsistency(r HashReader, older, newer uint64) ([]Hash, error) {
	if err := checkSizes(older, newer); err != nil {
		return nil, err
	}
	if older == 0 {
		return []Hash{}, nil
	}
	return d.proveConsistency(r, 0, newer, older, true)
}

// proveConsistency is SUBPROOF of RFC 6962 section 2.1.2 over the leaves [lo, hi), of which those before older are old.
// known says that the verifier knows the hash of [lo, older): it is the old root itself.
func (d Domain) proveConsistency(r HashReader, lo, hi, older uint64, known bool) ([]Hash, error) {
	if older == hi {
		if known {
			return []Hash{}, nil
		}
		h, err := d.readRange(r, lo, hi)
		return []Hash{h}, err
	}
	mid := lo + splitPoint(hi-lo)
	inside, outside := [2]uint64{lo, mid}, [2]uint64{mid, hi}
	if older > mid {
		inside, outside, known = outside, inside, false
	}
	proof, err := d.proveConsistency(r, inside[0], inside[1], older, known)
	if err != nil {
		return nil, err
	}
	sibling, err := d.readRange(r, outside[0], outside[1])
	if err != nil {
		return nil, err
	}
	return append(proof, sibling), nil
}

// CheckConsistency checks that the tree of older leaves with olderRoot is the beginning of the tree of newer leaves with
// newerRoot. Everything extends the empty tree, whose root must be [EmptyRoot].
func (d Domain) CheckConsistency(proof []Hash, older uint64, olderRoot Hash, newer uint64, newerRoot Hash) error {
	if err := checkSizes(older, newer); err != nil {
		return err
	}
	if older == 0 || older == newer {
		return checkTrivial(proof, older, olderRoot, newer, newerRoot)
	}
	// Both roots are recomputed along the path of the last leaf of the older tree, starting at the largest perfect subtree
	// that ends with that leaf. It is named by the proof, or is the whole older tree and then known.
	level := bits.TrailingZeros64(older)
	start := olderRoot
	if older != 1<<level {
		if len(proof) == 0 {
			return fmt.Errorf("%w: empty consistency proof from %d to %d", ErrProof, older, newer)
		}
		start, proof = proof[0], proof[1:]
	}
	low, high := pathShape(newer, older-1)
	low -= level
	if len(proof) != low+high {
		return fmt.Errorf("%w: consistency proof from %d to %d has a wrong number of hashes", ErrProof, older, newer)
	}
	path := (older - 1) >> level
	oldHash := d.climbLeft(start, leftSiblings(proof[:low], path))
	if oldHash = d.climbLeft(oldHash, proof[low:]); oldHash != olderRoot {
		return fmt.Errorf("%w: size %d leads to root %v, not %v", ErrProof, older, oldHash, olderRoot)
	}
	newHash := d.climb(start, proof[:low], path)
	if newHash = d.climbLeft(newHash, proof[low:]); newHash != newerRoot {
		return fmt.Errorf("%w: size %d leads to root %v, not %v", ErrProof, newer, newHash, newerRoot)
	}
	return nil
}

// OlderFrontier returns the frontier of the first older leaves of the tree with newerRoot, as a consistency proof shows it to whoever knows nothing of the
// older tree: the proof names the subtrees that the older tree consists of, and those that the newer one has beside them. So two ledgers that disagree can
// be told apart from a proof that is wrong. When older is a power of two the one subtree is left out, as its verifier knows it: ErrRange. Ask for one leaf
// more, and take the first hash.
func (d Domain) OlderFrontier(proof []Hash, older, newer uint64, newerRoot Hash) (Frontier, error) {
	if err := checkSizes(older, newer); err != nil {
		return Frontier{}, err
	}
	if older == newer || bits.OnesCount64(older) < 2 {
		return Frontier{}, fmt.Errorf("%w: a consistency proof from %d to %d does not name the older tree", ErrRange, older, newer)
	}
	level := bits.TrailingZeros64(older)
	low, high := pathShape(newer, older-1)
	low -= level
	if len(proof) != 1+low+high {
		return Frontier{}, fmt.Errorf("%w: consistency proof from %d to %d has a wrong number of hashes", ErrProof, older, newer)
	}
	path, siblings := (older-1)>>level, proof[1:]
	root := d.climbLeft(d.climb(proof[0], siblings[:low], path), siblings[low:])
	if root != newerRoot {
		return Frontier{}, fmt.Errorf("%w: size %d leads to root %v, not %v", ErrProof, newer, root, newerRoot)
	}
	hashes := append(append([]Hash{proof[0]}, leftSiblings(siblings[:low], path)...), siblings[low:]...)
	slices.Reverse(hashes)
	return Frontier{Size: older, Hashes: hashes}, nil
}

// leftSiblings keeps the siblings that are to the left of the path: those that the older tree has.
func leftSiblings(siblings []Hash, path uint64) []Hash {
	left := make([]Hash, 0, len(siblings))
	for i, s := range siblings {
		if path>>i&1 == 1 {
			left = append(left, s)
		}
	}
	return left
}

func checkTrivial(proof []Hash, older uint64, olderRoot Hash, newer uint64, newerRoot Hash) error {
	if len(proof) != 0 {
		return fmt.Errorf("%w: consistency from %d to %d needs no hashes, got %d", ErrProof, older, newer, len(proof))
	}
	if older == 0 && olderRoot != EmptyRoot() {
		return fmt.Errorf("%w: root %v for the empty tree", ErrProof, olderRoot)
	}
	if older == newer && olderRoot != newerRoot {
		return fmt.Errorf("%w: roots %v and %v for the same size %d", ErrProof, olderRoot, newerRoot, older)
	}
	return nil
}

func checkSizes(older, newer uint64) error {
	if err := checkSize(newer); err != nil {
		return err
	}
	if older > newer {
		return fmt.Errorf("%w: consistency from %d back to %d", ErrRange, older, newer)
	}
	return nil
}
