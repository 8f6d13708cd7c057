package merkle

import "fmt"

// CheckSuffix checks that the last leaves of the tree with the given size and root are exactly these, in this order: that
// after the first before.Size leaves nothing else follows. before is the proof; [ReadFrontier] makes it.
//
// Why it holds: the root of size leaves fixes every hash of the tree. If before and the leaves fold to that root, with the
// shape that size prescribes, then a leaf that differs from the tree's at the same place gives a collision of SHA-256. The
// frontier itself need not be trusted.
//
// This is how absence is shown: a subject's history of n entries and its suffix from the entry i on hold nothing else.
func (d Domain) CheckSuffix(before Frontier, leaves []Hash, size uint64, root Hash) error {
	if err := checkSize(size); err != nil {
		return err
	}
	if !before.whole() {
		return fmt.Errorf("%w: frontier of size %d with %d hashes", ErrProof, before.Size, len(before.Hashes))
	}
	if before.Size+uint64(len(leaves)) != size {
		return fmt.Errorf("%w: %d leaves after %d do not make %d", ErrProof, len(leaves), before.Size, size)
	}
	if h := before.Append(d, leaves...).Root(d); h != root {
		return fmt.Errorf("%w: suffix from %d of %d leads to root %v, not %v", ErrProof, before.Size, size, h, root)
	}
	return nil
}
