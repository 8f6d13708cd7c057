// Package presence finds acknowledged records again in what a node publishes, and believes no answer for it.
//
// The head is one that a quorum of the validators has certified, under a policy epoch that follows from what the caller trusts. The leaves from where the
// benchmark began to that head are hashed up to its root. What is among them is on the ledger for ever; what was acknowledged and is not was a lie.
package presence

import (
	"context"
	"fmt"
	"iter"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// Head is a certified head.
type Head struct {
	Tree      checkpoint.Tree
	Height    uint64
	Trust     verify.Trust // of its epoch
	Handovers [][]byte     // files that lead from the epoch asked with to this one, and prove themselves
}

// Certified asks a node for its newest certified head, of at least a height, and checks that it follows from a trust.
func Certified(ctx context.Context, proofs apigrpc.ProofServiceClient, trust verify.Trust, height uint64) (*Head, error) {
	a, err := proofs.GetCheckpoint(ctx, &apiv1.GetCheckpointRequest{MinHeight: height, PinnedEpoch: &trust.Policy.Number})
	if err != nil {
		return nil, err
	}
	signed, err := checkpoint.Parse(a.GetCheckpoint())
	if err != nil {
		return nil, err
	}
	path := make([]ledger.Hash, len(a.GetPath()))
	for i, h := range a.GetPath() {
		if len(h) != len(path[i]) {
			return nil, fmt.Errorf("%w: hash %d of the path has %d bytes", merkle.ErrEncoding, i, len(h))
		}
		path[i] = ledger.Hash(h)
	}
	handovers := make([]*checkpoint.Handover, len(a.GetHandovers()))
	for i, file := range a.GetHandovers() {
		if handovers[i], err = checkpoint.ParseHandover(file); err != nil {
			return nil, err
		}
	}
	head, err := trust.Head(signed, a.GetSeal(), path, handovers)
	if err != nil {
		return nil, err
	}
	return &Head{Tree: signed.Tree, Height: head.Seal.Height, Trust: head.Trust, Handovers: a.GetHandovers()}, nil
}

// Found is what stands in the leaves that were read.
type Found struct {
	Leaves  uint64 // read, from the beginning of the tile with the first one wanted
	Missing []ledger.RecordID
}

// Find looks for records in the leaves of a certified head from an index on, as published files. The leaves must be the head's: merkle.ErrProof when they are not.
// A record that the ledger has refused is missing: it was acknowledged as accepted.
func Find(ctx context.Context, fetch tiles.Fetch, head *Head, from uint64, records iter.Seq[ledger.RecordID]) (*Found, error) {
	r := tiles.NewReader(fetch, head.Tree.Size)
	first := min(from, head.Tree.Size) / merkle.TileWidth * merkle.TileWidth
	before, err := merkle.ReadFrontier(hashes{ctx, r}, first)
	if err != nil {
		return nil, err
	}
	seen := make(map[ledger.RecordID]struct{})
	var leaves []ledger.Hash
	for i := first / merkle.TileWidth; i*merkle.TileWidth < head.Tree.Size; i++ {
		bundle, err := r.Bundle(ctx, i)
		if err != nil {
			return nil, err
		}
		for _, leaf := range bundle {
			leaves = append(leaves, merkle.Log.Leaf(leaf))
			if len(leaf) == 0 || leaf[0] != ledger.KindRecord {
				continue
			}
			e, err := ledger.ParseEnvelope(leaf)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", first+uint64(len(leaves))-1, err)
			}
			seen[e.ID] = struct{}{}
		}
	}
	if err := merkle.Log.CheckSuffix(before, leaves, head.Tree.Size, head.Tree.Root); err != nil {
		return nil, err
	}
	found := &Found{Leaves: uint64(len(leaves))}
	for id := range records {
		if _, ok := seen[id]; !ok {
			found.Missing = append(found.Missing, id)
		}
	}
	return found, nil
}

// hashes are the perfect subtrees of a tree, read from its published tiles.
type hashes struct {
	ctx  context.Context
	from *tiles.Reader
}

// ReadHash implements merkle.HashReader: a subtree within a tile is hashed from the tile's own hashes.
func (h hashes) ReadHash(level int, index uint64) (merkle.Hash, error) {
	const height = 8 // a tile has 2^8 hashes
	within := level % height
	first := index << within
	tile, err := h.from.Tile(h.ctx, level/height, first/merkle.TileWidth)
	if err != nil {
		return merkle.Hash{}, err
	}
	at := int(first % merkle.TileWidth)
	if at+1<<within > len(tile) {
		return merkle.Hash{}, fmt.Errorf("%w: hash %d of level %d", merkle.ErrRange, index, level)
	}
	return merkle.Log.Root(tile[at : at+1<<within]), nil
}
