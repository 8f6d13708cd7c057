package sync

import (
	"context"
	"errors"
	"math/bits"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// chunk is whole blocks that follow a ledger.
type chunk struct {
	leaves [][]byte
	before merkle.Frontier // of the log that they follow
	after  merkle.Frontier
}

func newChunk(before merkle.Frontier, leaves [][]byte) *chunk {
	hashes := make([]ledger.Hash, len(leaves))
	for i, leaf := range leaves {
		hashes[i] = merkle.Log.Leaf(leaf)
	}
	return &chunk{leaves, before, before.Append(merkle.Log, hashes...)}
}

// prove shows that the log with a chunk appended is a beginning of the certified head's. The error is the source's fault, or an *OffChainError: when
// already the log before the chunk is not a beginning.
func (s *session) prove(ctx context.Context, c *chunk, v *verified) error {
	root := c.after.Root(merkle.Log)
	if c.after.Size == v.size() {
		if root == v.Tree.Root {
			return nil
		}
		return s.blame(ctx, c, v, nil)
	}
	proof, err := s.consistency(ctx, c.after.Size, v.size())
	if err != nil {
		return err
	}
	if err := merkle.Log.CheckConsistency(proof, c.after.Size, root, v.size(), v.Tree.Root); err != nil {
		if _, wrong := merkle.Log.OlderFrontier(proof, c.after.Size, v.size(), v.Tree.Root); errors.Is(wrong, merkle.ErrProof) {
			return of(ctx, s.source, fault(Unproved, wrong)) // of whatever leaves
		}
		return s.blame(ctx, c, v, err)
	}
	return nil
}

// blame finds out whose fault it is that a chunk does not lead to a certified head. An honest source proves of the log before the chunk what it is under the
// head: either it is this ledger, and the chunk is wrong, or this ledger is off. A source that proves neither is wrong itself.
func (s *session) blame(ctx context.Context, c *chunk, v *verified, found error) error {
	older := c.before.Size
	if bits.OnesCount64(older) == 1 {
		older++ // the proof for a power of two leaves out the one hash that is wanted
	}
	if c.before.Size == 1 || older >= v.size() {
		return of(ctx, s.source, fault(Untrue, found)) // genesis alone is what the chain id names
	}
	proof, err := s.consistency(ctx, older, v.size())
	if err != nil {
		return err
	}
	certified, err := merkle.Log.OlderFrontier(proof, older, v.size(), v.Tree.Root)
	if err != nil {
		return of(ctx, s.source, fault(Unproved, err))
	}
	want := certified.Root(merkle.Log)
	if older != c.before.Size {
		want = certified.Hashes[0]
	}
	if own := c.before.Root(merkle.Log); own != want {
		return &OffChainError{Size: c.before.Size, Own: own, Want: want, Head: v.claim.Signed, Source: s.source.Name()}
	}
	return of(ctx, s.source, fault(Untrue, found))
}

func (s *session) consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error) {
	return question(ctx, s.source, s.pace.answer, func(ctx context.Context) ([]ledger.Hash, error) { return s.source.Consistency(ctx, older, newer) })
}
