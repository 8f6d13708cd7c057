package merkle

import (
	"fmt"
	"math/bits"
)

// ProveInclusion returns the proof that the leaf at index is in the tree of the first size leaves behind r: the siblings
// of the path from the leaf (first) to the root (last), ⌈log₂ size⌉ at most. The tree behind r must have size leaves: a
// proof does not contain its own leaf, so a missing one may go unnoticed here.
func (d Domain) ProveInclusion(r HashReader, size, index uint64) ([]Hash, error) {
	if err := checkIndex(size, index); err != nil {
		return nil, err
	}
	return d.proveInclusion(r, 0, size, index)
}

func (d Domain) proveInclusion(r HashReader, lo, hi, index uint64) ([]Hash, error) {
	if hi-lo == 1 {
		return []Hash{}, nil
	}
	mid := lo + splitPoint(hi-lo)
	inside, outside := [2]uint64{lo, mid}, [2]uint64{mid, hi}
	if index >= mid {
		inside, outside = outside, inside
	}
	proof, err := d.proveInclusion(r, inside[0], inside[1], index)
	if err != nil {
		return nil, err
	}
	sibling, err := d.readRange(r, outside[0], outside[1])
	if err != nil {
		return nil, err
	}
	return append(proof, sibling), nil
}

// CheckInclusion checks that in the tree of size leaves with the given root, the leaf at index has the hash leaf.
// Size and root must come from a source that is trusted for both together, such as a checkpoint.
func (d Domain) CheckInclusion(proof []Hash, size uint64, root Hash, index uint64, leaf Hash) error {
	if err := checkIndex(size, index); err != nil {
		return err
	}
	low, high := pathShape(size, index)
	if len(proof) != low+high {
		return fmt.Errorf("%w: inclusion proof of %d hashes for leaf %d of %d, want %d", ErrProof, len(proof), index, size, low+high)
	}
	h := d.climb(leaf, proof[:low], index)
	h = d.climbLeft(h, proof[low:])
	if h != root {
		return fmt.Errorf("%w: leaf %d of %d leads to root %v, not %v", ErrProof, index, size, h, root)
	}
	return nil
}

// RootBefore takes the inclusion proof of the last leaf of a tree of size ≥ 1 leaves and returns the root of the tree
// before that leaf, of size − 1 leaves. It proves nothing by itself: the proof must also pass CheckInclusion.
func (d Domain) RootBefore(proof []Hash, size uint64) (Hash, error) {
	if err := checkIndex(size, size-1); err != nil {
		return Hash{}, err
	}
	if want := bits.OnesCount64(size - 1); len(proof) != want {
		return Hash{}, fmt.Errorf("%w: path of %d hashes for the last leaf of %d, want %d", ErrProof, len(proof), size, want)
	}
	if size == 1 {
		return EmptyRoot(), nil
	}
	return d.climbLeft(proof[0], proof[1:]), nil
}

// pathShape tells how the path of a leaf divides. The lowest low siblings lie below the node at which the path joins the
// right edge of the tree: on which side of the path they are, the bits of index say. The remaining high are all on the left.
func pathShape(size, index uint64) (low, high int) {
	low = bits.Len64(index ^ (size - 1))
	return low, bits.OnesCount64(index >> low)
}

// climb hashes h with its siblings upwards, each on the side that the next bit of index says.
func (d Domain) climb(h Hash, siblings []Hash, index uint64) Hash {
	for i, s := range siblings {
		if index>>i&1 == 0 {
			h = d.Node(h, s)
		} else {
			h = d.Node(s, h)
		}
	}
	return h
}

// climbLeft hashes h with siblings that are all on its left.
func (d Domain) climbLeft(h Hash, siblings []Hash) Hash {
	for _, s := range siblings {
		h = d.Node(s, h)
	}
	return h
}

func checkIndex(size, index uint64) error {
	if err := checkSize(size); err != nil {
		return err
	}
	if index >= size {
		return fmt.Errorf("%w: leaf %d in a tree of %d", ErrRange, index, size)
	}
	return nil
}
