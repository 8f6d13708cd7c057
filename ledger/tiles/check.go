package tiles

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// TileError names a hash in a published tile that is not that of the leaves.
type TileError struct {
	Path string
	Hash int // within the tile
}

func (e *TileError) Error() string {
	return fmt.Sprintf("%s: hash %d is not that of the leaves below it", e.Path, e.Hash)
}

// Checker compares the hash tiles of a log with its leaves: what the bundles hold is the ledger, and a tile that differs would make other people's
// proofs fail. It is told the hash of every leaf, in order.
type Checker struct {
	reader *Reader
	levels [][]ledger.Hash // of the tile that is filling, by level
	next   uint64
}

// NewChecker begins at leaf 0.
func NewChecker(r *Reader) *Checker { return &Checker{reader: r} }

// Leaf takes the hash of the next leaf.
func (c *Checker) Leaf(ctx context.Context, h ledger.Hash) error {
	at := c.next
	c.next++
	for level := 0; ; level++ {
		if level == len(c.levels) {
			c.levels = append(c.levels, make([]ledger.Hash, 0, merkle.TileWidth))
		}
		c.levels[level] = append(c.levels[level], h)
		if len(c.levels[level]) < merkle.TileWidth {
			return nil
		}
		at >>= 8
		if err := c.compare(ctx, level, at); err != nil {
			return err
		}
		h = merkle.Log.Root(c.levels[level])
		c.levels[level] = c.levels[level][:0]
	}
}

// Finish compares the partial tiles.
func (c *Checker) Finish(ctx context.Context) error {
	for level := range c.levels {
		if len(c.levels[level]) == 0 {
			continue
		}
		if err := c.compare(ctx, level, c.next>>(8*(level+1))); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) compare(ctx context.Context, level int, index uint64) error {
	hashes, err := c.reader.Tile(ctx, level, index)
	if err != nil {
		return err
	}
	for i, want := range c.levels[level] {
		if i >= len(hashes) || hashes[i] != want {
			return &TileError{merkle.Tile{Level: level, Index: index, Width: len(c.levels[level])}.Path(), i}
		}
	}
	return nil
}
