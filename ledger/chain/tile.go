package chain

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/recent"
	"github.com/ocopledger/ocop/ledger/store"
)

// edge holds the last, partial tile of each level, with the hashes of the subtrees inside.
type edge []merkle.TileNodes

// clone is an edge that can grow beside the one that readers see: what is added lies behind what they know of.
func (e edge) clone() edge { return slices.Clone(e) }

// grow adds the hash of a leaf, and passes on the tiles that this completes.
func (e *edge) grow(h ledger.Hash, complete func(store.Tile), size uint64) {
	for level := 0; ; level++ {
		if level == len(*e) {
			*e = append(*e, merkle.TileNodes{})
		}
		t := &(*e)[level]
		if t.Append(merkle.Log, h); t.Width() < merkle.TileWidth {
			return
		}
		complete(store.Tile{Level: level, Index: size >> (8 * (level + 1)), Hashes: t.Hashes()})
		h, _ = t.Hash(8, 0)
		*t = merkle.TileNodes{}
	}
}

// loadEdge derives the partial tiles of a log of size leaves from its last leaves and complete tiles.
func loadEdge(tx *store.ChainTx, size uint64) (edge, error) {
	var e edge
	for level := 0; size>>(8*level) > 0; level++ {
		n := size >> (8 * level)
		var t merkle.TileNodes
		from := n &^ (merkle.TileWidth - 1)
		if level == 0 {
			err := tx.Leaves(from, func(i uint64, leaf []byte) bool {
				if i < size {
					t.Append(merkle.Log, merkle.Log.Leaf(leaf))
				}
				return i+1 < size
			})
			if err != nil {
				return nil, err
			}
		} else {
			for i := from; i < n; i++ {
				tile, err := tx.Tile(level-1, i)
				if err != nil {
					return nil, err
				}
				nodes, err := merkle.Log.ParseTile(tile)
				if err != nil {
					return nil, err
				}
				root, _ := nodes.Hash(8, 0)
				t.Append(merkle.Log, root)
			}
		}
		if have := from + uint64(t.Width()); have != n { // the head counts more leaves than there are: tiles of higher levels are there or were damage above
			return nil, &store.Damage{File: store.ChainFile, Bucket: "leaves", Row: fmt.Sprintf("leaf %d", have), Leaf: have, HasLeaf: true, Detail: flaw.Missing()}
		}
		e = append(e, t)
	}
	return e, nil
}

// keptTiles is how many complete tiles of the log are remembered with the hashes inside, 16 KiB each: those that proofs of the newest leaves and of the same old
// ones take again and again. Reading one anew costs 255 hashings.
const keptTiles = 1024

// tileAt names a complete tile.
type tileAt struct {
	level int
	index uint64
}

// tiles reads the tiles of a log of some size, which may be smaller than it is now: complete ones from disk, partial ones from the edge. It implements
// merkle.TileReader.
type tiles struct {
	tx   func() (*store.ChainTx, error)
	kept *recent.Map[tileAt, *merkle.TileNodes] // nil: none
	edge edge
	now  uint64 // leaves on disk and in the edge
	size uint64 // leaves of the log that is read
}

// tilesOf reads the tiles of a log that does not grow.
func tilesOf(tx *store.ChainTx, edge edge, size uint64) tiles {
	return tiles{tx: func() (*store.ChainTx, error) { return tx, nil }, edge: edge, now: size, size: size}
}

func (t tiles) bytes(level int, index uint64) ([]byte, error) {
	width := merkle.TileWidthAt(t.size, level, index)
	switch {
	case width == 0:
		return nil, fmt.Errorf("%w: tile %d of level %d", store.ErrNotFound, index, level)
	case t.partial(level, index):
		return t.edge[level].AppendBinary(nil, width), nil
	}
	if t.kept != nil {
		if nodes, ok := t.kept.Get(tileAt{level, index}); ok {
			return nodes.AppendBinary(nil, width), nil
		}
	}
	tile, err := t.stored(level, index)
	if err != nil {
		return nil, err
	}
	return tile[:width*merkle.HashSize], nil
}

// partial tells whether a tile is at the edge.
func (t tiles) partial(level int, index uint64) bool {
	return merkle.TileWidthAt(t.now, level, index) < merkle.TileWidth
}

func (t tiles) stored(level int, index uint64) ([]byte, error) {
	tx, err := t.tx()
	if err != nil {
		return nil, err
	}
	return tx.Tile(level, index)
}

// ReadTile implements merkle.TileReader.
func (t tiles) ReadTile(tile merkle.Tile) (*merkle.TileNodes, error) {
	if t.partial(tile.Level, tile.Index) {
		return &t.edge[tile.Level], nil
	}
	at := tileAt{tile.Level, tile.Index}
	if t.kept != nil {
		if nodes, ok := t.kept.Get(at); ok {
			return nodes, nil
		}
	}
	data, err := t.stored(tile.Level, tile.Index)
	if err != nil {
		return nil, err
	}
	nodes, err := merkle.Log.ParseTile(data)
	if err == nil && t.kept != nil {
		t.kept.Put(at, nodes)
	}
	return nodes, err
}
