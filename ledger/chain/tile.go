package chain

import (
	"bytes"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
)

// edge holds the hashes of the log's last, partial tile of each level.
type edge [][]ledger.Hash

// clone is an edge that can grow beside the one that readers see.
func (e edge) clone() edge {
	next := make(edge, len(e))
	for i := range e {
		next[i] = append(make([]ledger.Hash, 0, merkle.TileWidth), e[i]...)
	}
	return next
}

// grow adds the hash of a leaf, and passes on the tiles that this completes.
func (e *edge) grow(h ledger.Hash, complete func(store.Tile), size uint64) {
	for level := 0; ; level++ {
		if level == len(*e) {
			*e = append(*e, make([]ledger.Hash, 0, merkle.TileWidth))
		}
		(*e)[level] = append((*e)[level], h)
		if len((*e)[level]) < merkle.TileWidth {
			return
		}
		full := (*e)[level]
		(*e)[level] = make([]ledger.Hash, 0, merkle.TileWidth)
		complete(store.Tile{Level: level, Index: size >> (8 * (level + 1)), Hashes: full})
		h = merkle.Log.Root(full)
	}
}

// loadEdge derives the partial tiles of a log of size leaves from its last leaves and complete tiles.
func loadEdge(tx *store.ChainTx, size uint64) (edge, error) {
	var e edge
	for level := 0; size>>(8*level) > 0; level++ {
		n := size >> (8 * level)
		hashes := make([]ledger.Hash, 0, merkle.TileWidth)
		from := n &^ (merkle.TileWidth - 1)
		if level == 0 {
			err := tx.Leaves(from, func(i uint64, leaf []byte) bool {
				if i < size {
					hashes = append(hashes, merkle.Log.Leaf(leaf))
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
				hashes = append(hashes, root)
			}
		}
		if have := from + uint64(len(hashes)); have != n { // the head counts more leaves than there are: tiles of higher levels are there or were damage above
			return nil, &store.Damage{File: store.ChainFile, Bucket: "leaves", Row: fmt.Sprintf("leaf %d", have), Leaf: have, HasLeaf: true, Detail: flaw.Missing()}
		}
		e = append(e, hashes)
	}
	return e, nil
}

// tiles reads the tiles of a log of some size, which may be smaller than it is now: complete ones from disk, partial ones from the edge. It implements
// merkle.TileReader.
type tiles struct {
	tx   *store.ChainTx
	edge edge
	now  uint64 // leaves on disk and in the edge
	size uint64 // leaves of the log that is read
}

func (t tiles) bytes(level int, index uint64) ([]byte, error) {
	width := merkle.TileWidthAt(t.size, level, index)
	switch {
	case width == 0:
		return nil, fmt.Errorf("%w: tile %d of level %d", store.ErrNotFound, index, level)
	case merkle.TileWidthAt(t.now, level, index) < merkle.TileWidth:
		var b bytes.Buffer
		for _, h := range t.edge[level][:width] {
			b.Write(h[:])
		}
		return b.Bytes(), nil
	}
	tile, err := t.tx.Tile(level, index)
	if err != nil {
		return nil, err
	}
	return tile[:width*merkle.HashSize], nil
}

// ReadTile implements merkle.TileReader.
func (t tiles) ReadTile(tile merkle.Tile) (*merkle.TileNodes, error) {
	data, err := t.bytes(tile.Level, tile.Index)
	if err != nil {
		return nil, err
	}
	return merkle.Log.ParseTile(data)
}
