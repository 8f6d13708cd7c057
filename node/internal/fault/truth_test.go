package fault

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/node/client"
)

// truth is a ledger as its leaves say, with no node's word for it.
type truth struct {
	leaves  [][]byte
	roots   map[uint64]ledger.Hash // by size, at the ends of blocks
	heights map[uint64]uint64      // by size
	sizes   []uint64               // by height
}

// readTruth reads a node's log.
func readTruth(ctx context.Context, c *client.Client) (*truth, error) {
	w := &truth{roots: make(map[uint64]ledger.Hash), heights: make(map[uint64]uint64)}
	var log merkle.Frontier
	for run, err := range c.Leaves(ctx, 0) {
		if err != nil {
			return nil, err
		}
		for _, leaf := range run.Leaves {
			w.leaves = append(w.leaves, leaf)
			log = log.Append(merkle.Log, merkle.Log.Leaf(leaf))
			if len(leaf) == 0 || leaf[0] != ledger.KindSeal {
				continue
			}
			seal, err := ledger.ParseSeal(leaf)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", log.Size-1, err)
			}
			if seal.Height != uint64(len(w.sizes)) {
				return nil, fmt.Errorf("leaf %d seals block %d, want %d", log.Size-1, seal.Height, len(w.sizes))
			}
			w.roots[log.Size], w.heights[log.Size] = ledger.Hash(log.Root(merkle.Log)), seal.Height
			w.sizes = append(w.sizes, log.Size)
		}
	}
	return w, nil
}
