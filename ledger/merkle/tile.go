package merkle

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

const (
	// TileWidth is the number of hashes in a full tile.
	TileWidth = 256

	tileHeight   = 8
	maxTileLevel = 63  // of the path format; no tree of MaxSize leaves reaches beyond level 7
	maxTilePath  = 128 // longer than any valid path: 7 groups of 3 digits suffice for 64 bits
)

// A Tile names a tile of C2SP tlog-tiles: the perfect subtrees of level 8·Level with the indexes
// TileWidth·Index … TileWidth·Index + Width − 1. A tile of level 0 lists leaf hashes; each hash of a higher tile is the
// root of a full tile one level below. Only the last tile of a level is ever partial.
type Tile struct {
	Level int    // 0 ≤ Level ≤ 63
	Index uint64 // within the level
	Width int    // 1 ≤ Width ≤ TileWidth
}

// TileWidthAt returns the width that tile (level, index) has in a tree of the given size; 0: the tree has no such tile.
func TileWidthAt(size uint64, level int, index uint64) int {
	if level < 0 || level > maxTileLevel {
		return 0
	}
	n := size >> (tileHeight * level) // hashes on this tile level
	switch full := n / TileWidth; {
	case index < full:
		return TileWidth
	case index == full:
		return int(n % TileWidth)
	}
	return 0
}

// Tiles yields the tiles that a tree of size newer has and a tree of size older had not, or had with smaller width:
// what must be stored and published when the tree grows. All tiles of a tree are Tiles(0, size). Lower levels come first,
// within a level the indexes ascend.
func Tiles(older, newer uint64) iter.Seq[Tile] {
	return func(yield func(Tile) bool) {
		for level := 0; newer>>(tileHeight*level) > 0; level++ {
			from, to := older>>(tileHeight*level), newer>>(tileHeight*level)
			if from >= to {
				continue
			}
			for index := from / TileWidth; index <= (to-1)/TileWidth; index++ {
				t := Tile{Level: level, Index: index, Width: int(min(to-index*TileWidth, TileWidth))}
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Path returns where the tile is published below the log's prefix: tile/<L>/<N>[.p/<W>].
func (t Tile) Path() string { return t.path(strconv.Itoa(t.Level)) }

// EntriesPath returns where the leaves under the tile of level 0 are published: tile/entries/<N>[.p/<W>].
func (t Tile) EntriesPath() string { return t.path("entries") }

func (t Tile) path(level string) string {
	path := fmt.Sprintf("%03d", t.Index%1000)
	for n := t.Index / 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	path = "tile/" + level + "/" + path
	if t.Width < TileWidth {
		path += ".p/" + strconv.Itoa(t.Width)
	}
	return path
}

// ParseTilePath is the inverse of [Tile.Path].
func ParseTilePath(path string) (Tile, error) {
	level, rest, ok := cutTilePath(path)
	if !ok {
		return Tile{}, badTilePath(path)
	}
	l, err := strconv.Atoi(level)
	if err != nil || l < 0 || l > maxTileLevel {
		return Tile{}, badTilePath(path)
	}
	t, ok := parseTileIndex(rest)
	t.Level = l
	if !ok || t.Path() != path {
		return Tile{}, badTilePath(path)
	}
	return t, nil
}

// ParseEntriesPath is the inverse of [Tile.EntriesPath]; the tile has level 0.
func ParseEntriesPath(path string) (Tile, error) {
	level, rest, ok := cutTilePath(path)
	if !ok || level != "entries" {
		return Tile{}, badTilePath(path)
	}
	t, ok := parseTileIndex(rest)
	if !ok || t.EntriesPath() != path {
		return Tile{}, badTilePath(path)
	}
	return t, nil
}

func cutTilePath(path string) (level, rest string, ok bool) {
	if len(path) > maxTilePath {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(path, "tile/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// parseTileIndex reads <N>[.p/<W>]. It is lenient about spelling and overflow: the caller formats the result again and
// compares.
func parseTileIndex(s string) (Tile, bool) {
	t := Tile{Width: TileWidth}
	digits, width, partial := strings.Cut(s, ".p/")
	if partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= TileWidth {
			return Tile{}, false
		}
		t.Width = w
	}
	for group := range strings.SplitSeq(digits, "/") {
		n, err := strconv.ParseUint(strings.TrimPrefix(group, "x"), 10, 64)
		if err != nil {
			return Tile{}, false
		}
		t.Index = t.Index*1000 + n
	}
	return t, true
}

func badTilePath(path string) error {
	if len(path) > maxTilePath {
		path = path[:maxTilePath] + "…"
	}
	return fmt.Errorf("%w: tile path %q", ErrEncoding, path)
}
