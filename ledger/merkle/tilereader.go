package merkle

import (
	"fmt"
	"slices"
)

// TileNodes is the content of a tile together with the hashes of the subtrees inside it, which no tile stores: 16 KiB and
// 255 hashings for a full tile. It never changes and can be shared; keeping those of the levels above 0 makes proofs cheap.
type TileNodes struct {
	levels [tileHeight + 1][]Hash // levels[h][i] covers the tile's hashes [i<<h, (i+1)<<h)
}

// ParseTile reads the hashes of a tile, full or partial, as stored and published: 1 to 256 hashes and nothing else.
func (d Domain) ParseTile(data []byte) (*TileNodes, error) {
	width := len(data) / HashSize
	if len(data)%HashSize != 0 || width < 1 || width > TileWidth {
		return nil, fmt.Errorf("%w: tile of %d bytes", ErrEncoding, len(data))
	}
	all := make([]Hash, 2*width)
	t := new(TileNodes)
	for h := range t.levels {
		n := width >> h
		t.levels[h], all = all[:n:n], all[n:]
		for i := range t.levels[h] {
			if h == 0 {
				t.levels[0][i] = Hash(data[i*HashSize:])
			} else {
				below := t.levels[h-1]
				t.levels[h][i] = d.Node(below[2*i], below[2*i+1])
			}
		}
	}
	return t, nil
}

// Append adds a hash to a tile that is not full, and those of the subtrees that it completes. Copies of *t that were made before stay what they were, though they
// share memory with t: so tiles must grow in one line, each from the newest copy.
func (t *TileNodes) Append(d Domain, hash Hash) {
	for h := range t.levels {
		if t.levels[h] == nil {
			t.levels[h] = make([]Hash, 0, TileWidth>>h)
		}
		t.levels[h] = append(t.levels[h], hash)
		n := len(t.levels[h])
		if n%2 == 1 {
			return
		}
		hash = d.Node(t.levels[h][n-2], t.levels[h][n-1])
	}
}

// Hashes are the tile's own hashes. They are not to be modified.
func (t *TileNodes) Hashes() []Hash { return t.levels[0] }

// AppendBinary appends the first width hashes of the tile, which has them, as they are stored and published.
func (t *TileNodes) AppendBinary(b []byte, width int) []byte {
	b = slices.Grow(b, width*HashSize)
	for i := range width {
		b = append(b, t.levels[0][i][:]...)
	}
	return b
}

// Width returns the number of hashes in the tile.
func (t *TileNodes) Width() int { return len(t.levels[0]) }

// Hash returns the hash of the subtree over the tile's hashes [index<<level, (index+1)<<level), 0 ≤ level ≤ 8, and whether
// the tile is wide enough to have it. Hash(8, 0) of a full tile is what stands for it one tile level above.
func (t *TileNodes) Hash(level int, index uint64) (Hash, bool) {
	if level < 0 || level > tileHeight || index >= uint64(len(t.levels[level])) {
		return Hash{}, false
	}
	return t.levels[level][index], true
}

// A TileReader reads tiles from wherever they are kept. ReadTile may return a wider version of the tile than asked for.
type TileReader interface {
	ReadTile(Tile) (*TileNodes, error)
}

// OverTiles returns the reader of the tree of size leaves whose tiles r has. It asks only for tiles that such a tree has,
// with the width they have there. A proof asks for the same few tiles again and again: r should remember at least the last
// two of each level.
func OverTiles(r TileReader, size uint64) HashReader { return tileHashes{r, size} }

type tileHashes struct {
	tiles TileReader
	size  uint64
}

func (r tileHashes) ReadHash(level int, index uint64) (Hash, error) {
	if level < 0 || level > 62 || index >= r.size>>level {
		return Hash{}, fmt.Errorf("%w: no hash %d at level %d in a tree of %d leaves", ErrRange, index, level, r.size)
	}
	inside := level % tileHeight  // level within the tile
	across := tileHeight - inside // 1<<across such subtrees fit in a tile
	t := Tile{Level: level / tileHeight, Index: index >> across}
	t.Width = TileWidthAt(r.size, t.Level, t.Index)
	nodes, err := r.tiles.ReadTile(t)
	if err != nil {
		return Hash{}, fmt.Errorf("read %s: %w", t.Path(), err)
	}
	h, ok := nodes.Hash(inside, index&(1<<across-1))
	if !ok {
		return Hash{}, fmt.Errorf("%w: %s read with width %d", ErrEncoding, t.Path(), nodes.Width())
	}
	return h, nil
}
