package verify

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Seal checks that a seal speaks for a head: that it is the head's last leaf, path being that leaf's inclusion path, and that the tree before it is
// the one the seal names. An older seal, which is in the tree as well, would hide what came after it. Whether the head is to be believed is
// [Trust.Certify]'s to say. The error is an *Error: size, seal, path or root.
func Seal(head checkpoint.Tree, seal []byte, path []ledger.Hash) (*ledger.Seal, error) {
	if head.Size < 1 || head.Size > merkle.MaxSize {
		return nil, fail(WordSize, nil, "a head of %d leaves has no seal", head.Size)
	}
	s, err := ledger.ParseSeal(seal)
	if err != nil {
		return nil, fail(WordSeal, err, "")
	}
	if s.SizeBefore != head.Size-1 {
		return nil, fail(WordSeal, nil, "leaf %d, want the last of %d", s.SizeBefore, head.Size)
	}
	if err := merkle.Log.CheckInclusion(path, head.Size, head.Root, head.Size-1, merkle.Log.Leaf(seal)); err != nil {
		return nil, fail(WordPath, err, "of the seal")
	}
	before, err := merkle.Log.RootBefore(path, head.Size)
	if err != nil {
		return nil, fail(WordPath, err, "of the seal")
	}
	if before != s.RootBefore {
		return nil, fail(WordRoot, nil, "the seal was made after the tree with root %v, not %v", s.RootBefore, before)
	}
	return s, nil
}

// Consistent checks that the tree of a head is the beginning of the tree of another: size, root or consistency. merkle.Log.ProveConsistency makes the proof.
func Consistent(older, newer checkpoint.Tree, proof []ledger.Hash) error {
	if older.Origin != newer.Origin {
		return fail(WordChain, nil, "%s and %s", older.Origin, newer.Origin)
	}
	if older.Size > newer.Size || newer.Size > merkle.MaxSize {
		return fail(WordSize, nil, "a head of %d leaves cannot begin one of %d", older.Size, newer.Size)
	}
	if older.Size == newer.Size && older.Root != newer.Root {
		return fail(WordRoot, nil, "two trees of %d leaves have the roots %v and %v", older.Size, older.Root, newer.Root)
	}
	if err := merkle.Log.CheckConsistency(proof, older.Size, older.Root, newer.Size, newer.Root); err != nil {
		return fail(WordConsistency, err, "")
	}
	return nil
}
