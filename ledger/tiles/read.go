package tiles

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// Names below the log's prefix.
const (
	CheckpointPath = "checkpoint"
	entriesPrefix  = "tile/entries/"
	tilePrefix     = "tile/"
)

// ErrNotFound says that the log has no such file, or not yet.
var ErrNotFound = errors.New("not a file of the log")

// Log is a log at one size, which does not change while it is read.
type Log interface {
	Size() uint64
	// Tile is the hashes of a tile, in the width it has at Size.
	Tile(level int, index uint64) ([]byte, error)
	// Leaves are at most max leaves from an index on, one at least when there is one.
	Leaves(from uint64, max int) ([][]byte, error)
}

// IsTile tells whether a path is that of a tile or an entry bundle, well formed or not.
func IsTile(path string) bool { return strings.HasPrefix(path, tilePrefix) }

// Parse reads the path of a tile or an entry bundle.
func Parse(path string) (t merkle.Tile, entries bool, err error) {
	if strings.HasPrefix(path, entriesPrefix) {
		t, err = merkle.ParseEntriesPath(path)
		return t, true, err
	}
	t, err = merkle.ParseTilePath(path)
	return t, false, err
}

// Read makes the tile or entry bundle of a path, of a log that is large enough to have it in that width. Errors: merkle.ErrEncoding for a path that is
// none, ErrNotFound, those of the log.
func Read(l Log, path string) ([]byte, error) {
	t, entries, err := Parse(path)
	if err != nil {
		return nil, err
	}
	if merkle.TileWidthAt(l.Size(), t.Level, t.Index) < t.Width {
		return nil, fmt.Errorf("%w: %s in a log of %d leaves", ErrNotFound, path, l.Size())
	}
	if entries {
		return bundle(l, t)
	}
	data, err := l.Tile(t.Level, t.Index)
	if err != nil {
		return nil, err
	}
	return data[:t.Width*merkle.HashSize], nil
}

func bundle(l Log, t merkle.Tile) ([]byte, error) {
	var b []byte
	for at := 0; at < t.Width; {
		leaves, err := l.Leaves(t.Index*merkle.TileWidth+uint64(at), t.Width-at)
		if err != nil {
			return nil, err
		}
		if len(leaves) == 0 {
			return nil, fmt.Errorf("%w: leaf %d", ErrNotFound, t.Index*merkle.TileWidth+uint64(at))
		}
		for _, leaf := range leaves {
			b = AppendLeaf(b, leaf)
		}
		at += len(leaves)
	}
	return b, nil
}
