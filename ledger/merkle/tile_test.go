package merkle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestTilesAreThoseOfSumdb(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		older := rapid.Uint64Range(0, 200_000).Draw(t, "older")
		newer := older + rapid.Uint64Range(0, 70_000).Draw(t, "grown")
		var want []Tile
		for _, x := range tlog.NewTiles(tileHeight, int64(older), int64(newer)) {
			want = append(want, Tile{Level: x.L, Index: uint64(x.N), Width: x.W})
		}
		if got := slices.Collect(Tiles(older, newer)); !slices.Equal(got, want) {
			t.Fatalf("%d → %d: %v, want %v", older, newer, got, want)
		}
	})
}

// The example of the C2SP text: a tree of size 70,000.
func TestTilesOfTheSpecification(t *testing.T) {
	count := map[string]int{}
	for tile := range Tiles(0, 70_000) {
		kind := fmt.Sprintf("level %d full", tile.Level)
		if tile.Width < TileWidth {
			kind = fmt.Sprintf("level %d width %d", tile.Level, tile.Width)
		}
		count[kind]++
		if w := TileWidthAt(70_000, tile.Level, tile.Index); w != tile.Width {
			t.Errorf("TileWidthAt(%v) = %d", tile, w)
		}
	}
	want := map[string]int{"level 0 full": 273, "level 0 width 112": 1, "level 1 full": 1, "level 1 width 17": 1, "level 2 width 1": 1}
	if fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", count, want)
	}
	for _, none := range []Tile{{Level: 0, Index: 274}, {Level: 2, Index: 1}, {Level: 3}, {Level: 64}, {Level: -1}, {Level: 8}} {
		if w := TileWidthAt(70_000, none.Level, none.Index); w != 0 {
			t.Errorf("TileWidthAt(%v) = %d", none, w)
		}
	}
	for range Tiles(0, 70_000) {
		break // a consumer may stop early
	}
	first := slices.Collect(Tiles(MaxSize-1, MaxSize))
	if len(first) != 1 || first[0] != (Tile{0, MaxSize / TileWidth, 255}) {
		t.Errorf("last growth possible: %v", first)
	}
}

func TestTilePath(t *testing.T) {
	for path, tile := range map[string]Tile{
		"tile/0/000":                               {0, 0, 256},
		"tile/1/x001/x234/067":                     {1, 1234067, 256},
		"tile/63/x001/000.p/1":                     {63, 1000, 1},
		"tile/0/273.p/112":                         {0, 273, 112},
		"tile/7/x018/x446/x744/x073/x709/x551/615": {7, 1<<64 - 1, 256},
	} {
		if got := tile.Path(); got != path {
			t.Errorf("%v.Path() = %s, want %s", tile, got, path)
		}
		if got, err := ParseTilePath(path); err != nil || got != tile {
			t.Errorf("ParseTilePath(%s) = %v, %v", path, got, err)
		}
	}
	entries := Tile{0, 1234067, 8}
	if got, want := entries.EntriesPath(), "tile/entries/x001/x234/067.p/8"; got != want {
		t.Errorf("EntriesPath = %s, want %s", got, want)
	}
	if got, err := ParseEntriesPath(entries.EntriesPath()); err != nil || got != entries {
		t.Errorf("ParseEntriesPath = %v, %v", got, err)
	}
}

func TestBadTilePaths(t *testing.T) {
	for _, path := range []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000",
		"tile/00/000", "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/data/000", "tile/entries/000", "tile/8/0/000",
		"tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/1000", "tile/0/xx01/002",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/", "tile/0/000.p/1.p/1",
		"tile/0/-01", "tile/0/+01", "tile/0/0x1", "tile/0/0_1", "tile/0/ 01",
		"tile/7/x018/x446/x744/x073/x709/x551/616", // 2^64
		"tile/0/x001/x000/x000/x000/x000/x000/x000/000",
		"tile/0/" + strings.Repeat("x000/", 100) + "000",
	} {
		if got, err := ParseTilePath(path); !errors.Is(err, ErrEncoding) || got != (Tile{}) {
			t.Errorf("ParseTilePath(%q) = %v, %v", path, got, err)
		}
		asEntries := strings.Replace(path, "tile/0/", "tile/entries/", 1)
		if asEntries == "tile/entries/000" {
			continue
		}
		if got, err := ParseEntriesPath(asEntries); !errors.Is(err, ErrEncoding) || got != (Tile{}) {
			t.Errorf("ParseEntriesPath(%q) = %v, %v", asEntries, got, err)
		}
	}
}

func FuzzParseTilePath(f *testing.F) {
	for _, seed := range []string{"tile/0/000", "tile/1/x001/x234/067.p/9", "tile/entries/x001/000.p/255"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := ParseTilePath(path); err == nil && tile.Path() != path {
			t.Errorf("%q read as %v", path, tile)
		}
		if tile, err := ParseEntriesPath(path); err == nil && tile.EntriesPath() != path {
			t.Errorf("%q read as %v", path, tile)
		}
	})
}

// tileStore keeps tiles the way a store does: it appends what Frontier.Grow visits at every eighth level.
type tileStore struct {
	d     Domain
	tiles map[[2]uint64][]byte
	asked []Tile
}

func newTileStore(d Domain, leaves []Hash) *tileStore {
	s := &tileStore{d: d, tiles: map[[2]uint64][]byte{}}
	var f Frontier
	for chunk := range slices.Chunk(leaves, 77) {
		f = f.Grow(d, chunk, func(level int, index uint64, h Hash) {
			if level%tileHeight == 0 {
				at := [2]uint64{uint64(level / tileHeight), index / TileWidth}
				s.tiles[at] = append(s.tiles[at], h[:]...)
			}
		})
	}
	return s
}

func (s *tileStore) ReadTile(t Tile) (*TileNodes, error) {
	s.asked = append(s.asked, t)
	data, ok := s.tiles[[2]uint64{uint64(t.Level), t.Index}]
	if !ok {
		return nil, errDisk
	}
	return s.d.ParseTile(data)
}

func TestTilesBackEveryProof(t *testing.T) {
	const most = 66_000
	leaves := leafHashes(Log, most)
	store, tree := newTileStore(Log, leaves), NewTree(Log, leaves...)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, most).Draw(t, "size")
		index := rapid.Uint64Range(0, size-1).Draw(t, "index")
		store.asked = nil
		r := OverTiles(store, size)
		got, err := Log.ProveInclusion(r, size, index)
		want, _ := Log.ProveInclusion(tree, size, index)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("inclusion %d of %d: %v", index, size, err)
		}
		got, err = Log.ProveConsistency(r, index, size)
		want, _ = Log.ProveConsistency(tree, index, size)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("consistency %d → %d: %v", index, size, err)
		}
		for _, tile := range store.asked {
			if tile.Width == 0 || tile.Width != TileWidthAt(size, tile.Level, tile.Index) {
				t.Fatalf("a tree of %d has no tile %v", size, tile)
			}
		}
		level := rapid.IntRange(-1, 64).Draw(t, "level")
		at := rapid.Uint64Range(0, size+1).Draw(t, "at")
		if _, err := r.ReadHash(level, at); (err == nil) != (level >= 0 && at < size>>max(level, 0)) {
			t.Fatalf("ReadHash(%d, %d) of %d: %v", level, at, size, err)
		}
	})
}

func TestTileNodes(t *testing.T) {
	leaves := leafHashes(History, TileWidth)
	var data []byte
	for n, leaf := range leaves {
		data = append(data, leaf[:]...)
		nodes, err := History.ParseTile(data)
		if err != nil || nodes.Width() != n+1 {
			t.Fatalf("width %d: %v", n+1, err)
		}
		for level := -1; level <= 9; level++ {
			for i := uint64(0); i < TileWidth+2; i += 1 + uint64(n)%5 {
				h, ok := nodes.Hash(level, i)
				if level < 0 || level > 8 || (i+1)<<level > uint64(n+1) {
					if ok {
						t.Fatalf("width %d has hash %d at level %d", n+1, i, level)
					}
				} else if !ok || h != naiveRoot(History, leaves[i<<level:(i+1)<<level]) {
					t.Fatalf("width %d, level %d, index %d: %v, %v", n+1, level, i, h, ok)
				}
			}
		}
	}
	for _, n := range []int{0, 1, 31, 33, 8192 + 1, 8192 + 32} {
		if _, err := Log.ParseTile(make([]byte, n)); !errors.Is(err, ErrEncoding) {
			t.Errorf("tile of %d bytes: %v", n, err)
		}
	}
}

func TestTileReaderErrors(t *testing.T) {
	empty := &tileStore{d: Log}
	if _, err := OverTiles(empty, 10).ReadHash(0, 3); !errors.Is(err, errDisk) {
		t.Errorf("missing tile: %v", err)
	}
	narrow := newTileStore(Log, leafHashes(Log, 3))
	if _, err := OverTiles(narrow, 10).ReadHash(0, 3); !errors.Is(err, ErrEncoding) {
		t.Errorf("tile narrower than the tree: %v", err)
	}
}

func BenchmarkParseTile(b *testing.B) {
	data := make([]byte, TileWidth*HashSize)
	for b.Loop() {
		if _, err := Log.ParseTile(data); err != nil {
			b.Fatal(err)
		}
	}
}
