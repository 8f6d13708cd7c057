package tiles_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// memory is a log by definition: every tile is made from the leaves.
type memory [][]byte

func (m memory) Size() uint64 { return uint64(len(m)) }

func (m memory) Tile(level int, index uint64) ([]byte, error) {
	var b []byte
	span := 1 << (8 * level)
	for i := range merkle.TileWidthAt(m.Size(), level, index) {
		from := (int(index)*merkle.TileWidth + i) * span
		hashes := make([]ledger.Hash, span)
		for j := range hashes {
			hashes[j] = merkle.Log.Leaf(m[from+j])
		}
		root := merkle.Log.Root(hashes)
		b = append(b, root[:]...)
	}
	return b, nil
}

// Leaves gives a few at a time, as a log does that bounds bytes.
func (m memory) Leaves(from uint64, max int) ([][]byte, error) {
	return m[from:min(from+uint64(min(max, 7)), m.Size())], nil
}

func newLog(n int) memory {
	m := make(memory, n)
	for i := range m {
		m[i] = append(binary.BigEndian.AppendUint32([]byte{1}, uint32(i)), bytes.Repeat([]byte{byte(i)}, i%40)...)
	}
	return m
}

// files serves a log of the widths it has at its size only, as a folder that is written once.
func files(m memory) tiles.Fetch {
	all := make(map[string][]byte)
	for t := range merkle.Tiles(0, m.Size()) {
		for _, path := range []string{t.Path(), t.EntriesPath()} {
			if t.Level > 0 && path == t.EntriesPath() {
				continue
			}
			data, err := tiles.Read(m, path)
			if err != nil {
				panic(err)
			}
			all[path] = data
		}
	}
	return func(_ context.Context, path string, limit int) ([]byte, error) {
		data, ok := all[path]
		if !ok {
			return nil, tiles.ErrNotFound
		}
		if len(data) > limit {
			return nil, fmt.Errorf("%s has %d bytes, more than %d", path, len(data), limit)
		}
		return bytes.Clone(data), nil
	}
}

func audit(t *testing.T, fetch tiles.Fetch, m memory) error {
	t.Helper()
	r := tiles.NewReader(fetch, m.Size())
	c := tiles.NewChecker(r)
	for i := uint64(0); i*merkle.TileWidth < m.Size(); i++ {
		leaves, err := r.Bundle(t.Context(), i)
		if err != nil {
			return err
		}
		for j, leaf := range leaves {
			if !bytes.Equal(leaf, m[i*merkle.TileWidth+uint64(j)]) {
				t.Fatalf("leaf %d of bundle %d is %x", j, i, leaf)
			}
			if err := c.Leaf(t.Context(), merkle.Log.Leaf(leaf)); err != nil {
				return err
			}
		}
	}
	return c.Finish(t.Context())
}

func TestFilesAreTheLog(t *testing.T) {
	for _, n := range []int{1, 2, 255, 256, 257, 511, 512, 1000, 65536, 65536 + 300} {
		m := newLog(n)
		if err := audit(t, files(m), m); err != nil {
			t.Errorf("%d leaves: %v", n, err)
		}
	}
}

// A folder of a larger log, from which partial files have gone where the full one has come, serves those who still want an earlier size.
func TestFullTilesServeEarlierSizes(t *testing.T) {
	m := newLog(512)
	earlier, now := files(m[:300]), files(m)
	fetch := func(ctx context.Context, path string, limit int) ([]byte, error) {
		data, err := now(ctx, path, limit)
		if tile, _, _ := tiles.Parse(path); err != nil && tile.Level > 0 {
			return earlier(ctx, path, limit)
		}
		return data, err
	}
	if err := audit(t, fetch, m[:300]); err != nil {
		t.Error(err)
	}
}

func TestEveryChangedTileIsNamed(t *testing.T) {
	m := newLog(600)
	fetch := files(m)
	for tile := range merkle.Tiles(0, m.Size()) {
		for at := 0; at < tile.Width; at += 37 {
			damaged := func(ctx context.Context, path string, limit int) ([]byte, error) {
				data, err := fetch(ctx, path, limit)
				if path == tile.Path() {
					data[at*merkle.HashSize+5] ^= 1
				}
				return data, err
			}
			var wrong *tiles.TileError
			if err := audit(t, damaged, m); !errors.As(err, &wrong) || wrong.Path != tile.Path() || wrong.Hash != at {
				t.Errorf("%s, hash %d: %v", tile.Path(), at, err)
			}
		}
	}
}

// The file that was asked for is the one that is missing, and what is malformed is told in both languages.
func TestFilesAtFaultAreNamed(t *testing.T) {
	m := newLog(300)
	fetch := files(m)
	const hashes, leaves = "tile/0/001.p/44", "tile/entries/001.p/44"
	for name, row := range map[string]struct {
		path string
		data []byte // nil: no file
		want error
		says string // in Vietnamese; empty: nothing
	}{
		"a hash tile missing":        {hashes, nil, tiles.ErrNotFound, ""},
		"a full hash tile missing":   {"tile/0/000", nil, tiles.ErrNotFound, ""},
		"a bundle missing":           {leaves, nil, tiles.ErrNotFound, ""},
		"a hash tile cut short":      {hashes, make([]byte, 40), tiles.ErrMalformed, "tệp có 40 byte, phải là 1408"},
		"a bundle of too few leaves": {leaves, []byte{0, 1, 7}, tiles.ErrMalformed, "gói có 1 lá, phải là 44"},
		"a bundle cut short":         {leaves, []byte{0, 3, 7}, tiles.ErrMalformed, "lá thứ 0 của gói bị cắt cụt"},
		"a bundle with more":         {leaves, make([]byte, 2*44+1), tiles.ErrMalformed, "thừa 1 byte sau 44 lá của gói"},
	} {
		damaged := func(ctx context.Context, path string, limit int) ([]byte, error) {
			if path != row.path {
				return fetch(ctx, path, limit)
			}
			if row.data == nil {
				return nil, tiles.ErrNotFound
			}
			return row.data, nil
		}
		r := tiles.NewReader(damaged, m.Size())
		_, err := r.Bundle(t.Context(), 1)
		for i := uint64(0); err == nil && i < 2; i++ {
			_, err = r.Tile(t.Context(), 0, i)
		}
		var file *tiles.FileError
		if !errors.As(err, &file) || file.Path != row.path || !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
		var why interface{ Sentences() (string, string) }
		if row.says == "" {
			continue
		}
		if !errors.As(err, &why) {
			t.Errorf("%s: %v says nothing", name, err)
		} else if vietnamese, english := why.Sentences(); vietnamese != row.says || english == row.says {
			t.Errorf("%s: %s / %s", name, vietnamese, english)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	m := newLog(300)
	for path, want := range map[string]error{
		"tile/0/001":         tiles.ErrNotFound, // 44 hashes are there
		"tile/0/001.p/45":    tiles.ErrNotFound,
		"tile/entries/001":   tiles.ErrNotFound,
		"tile/1/000":         tiles.ErrNotFound,
		"tile/0/002.p/1":     tiles.ErrNotFound,
		"tile/0/000.p/256":   merkle.ErrEncoding,
		"tile/0/0":           merkle.ErrEncoding,
		"tile/00/000":        merkle.ErrEncoding,
		"tile/entries/x000":  merkle.ErrEncoding,
		"tile/64/000":        merkle.ErrEncoding,
		"tile/0/000.p/0":     merkle.ErrEncoding,
		"tile/0/000.p/03":    merkle.ErrEncoding,
		"tile/../checkpoint": merkle.ErrEncoding,
	} {
		if data, err := tiles.Read(m, path); !errors.Is(err, want) {
			t.Errorf("%s: %d bytes, %v, want %v", path, len(data), err, want)
		}
	}
	for path, size := range map[string]int{"tile/0/001.p/44": 44 * 32, "tile/0/001.p/1": 32, "tile/0/000.p/3": 96, "tile/1/000.p/1": 32} {
		if data, err := tiles.Read(m, path); err != nil || len(data) != size {
			t.Errorf("%s: %d bytes, %v, want %d", path, len(data), err, size)
		}
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte{0, 1, 7, 0, 0}, 2)
	f.Add([]byte{0, 3, 7}, 1)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		width &= 0x1ff
		leaves, err := tiles.ParseBundle(data, width)
		if err != nil {
			return
		}
		var b []byte
		for _, leaf := range leaves {
			b = tiles.AppendLeaf(b, leaf)
		}
		if len(leaves) != width || !bytes.Equal(b, data) {
			t.Errorf("%x is %d leaves, which make %x", data, len(leaves), b)
		}
	})
}
