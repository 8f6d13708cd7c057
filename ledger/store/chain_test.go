package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/merkle"
)

func newChain(t testing.TB) (*Chain, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), ChainFile)
	c, err := OpenChain(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, path
}

// leafOf makes leaves of all sizes, up to the largest possible.
func leafOf(i int) []byte {
	size := 200 + (i*i*37)%400
	switch i % 50 {
	case 17:
		size = 65535
	case 33:
		size = 1
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return bytes.Repeat(sum[:], size/32+1)[:size]
}

func TestLeavesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), fmt.Sprint(rapid.Uint64().Draw(rt, "file"))+ChainFile)
		c, err := OpenChain(path, Options{NoSync: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { c.Close() }()
		var all [][]byte
		var log merkle.Frontier
		for range rapid.IntRange(1, 6).Draw(rt, "batches") {
			var batch Batch
			for range rapid.IntRange(0, 60).Draw(rt, "leaves") {
				leaf := leafOf(len(all) + rapid.IntRange(0, 99).Draw(rt, "leaf"))
				batch.Leaves = append(batch.Leaves, leaf)
				all = append(all, leaf)
				log = log.Append(merkle.Log, merkle.Log.Leaf(leaf))
			}
			batch.Head = Head{Height: uint64(len(all)), Log: log, AppliedIndex: 7, AppliedTerm: 2}
			if err := c.Append(batch); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "reopen") {
				if err := c.Close(); err != nil {
					rt.Fatal(err)
				}
				if c, err = OpenChain(path, Options{NoSync: true}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		checkLeaves(rt, c, all)
		err = c.View(func(tx *ChainTx) error {
			h, present, err := tx.Head()
			if err != nil || !present || h.Height != uint64(len(all)) || h.Log.Root(merkle.Log) != log.Root(merkle.Log) || h.AppliedTerm != 2 {
				rt.Fatalf("head %+v, %v, %v", h, present, err)
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func checkLeaves(t rapid.TB, c *Chain, want [][]byte) {
	t.Helper()
	err := c.View(func(tx *ChainTx) error {
		for i := range want {
			if leaf, err := tx.Leaf(uint64(i)); err != nil || !bytes.Equal(leaf, want[i]) {
				t.Fatalf("leaf %d: %d bytes, %v", i, len(leaf), err)
			}
		}
		for i := range want { // back and forth, from chunk to chunk
			i = (i * 37) % len(want)
			if leaf, err := tx.Peek(uint64(i)); err != nil || !bytes.Equal(leaf, want[i]) {
				t.Fatalf("leaf %d in passing: %d bytes, %v", i, len(leaf), err)
			}
			if _, err := tx.Peek(uint64(len(want) + i)); !errors.Is(err, ErrNotFound) {
				t.Fatalf("leaf %d of %d: %v", len(want)+i, len(want), err)
			}
		}
		if _, err := tx.Leaf(uint64(len(want))); !errors.Is(err, ErrNotFound) {
			t.Fatalf("leaf beyond the end: %v", err)
		}
		seen := 0
		err := tx.EachLeaf(func(l StoredLeaf) bool {
			if l.Damage != nil || l.Index != uint64(seen) || !bytes.Equal(l.Data, want[seen]) {
				t.Fatalf("walk at %d: leaf %d, %v", seen, l.Index, l.Damage)
			}
			seen++
			return true
		})
		if seen != len(want) {
			t.Fatalf("walked through %d leaves of %d", seen, len(want))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSealsAndTiles(t *testing.T) {
	c, _ := newChain(t)
	var hashes []merkle.Hash
	for i := range merkle.TileWidth {
		hashes = append(hashes, merkle.Hash{byte(i), 1})
	}
	var log merkle.Frontier
	for height := range 40 {
		leaves := [][]byte{leafOf(height), leafOf(height + 1)}
		log = log.Append(merkle.Log, merkle.Log.Leaf(leaves[0]), merkle.Log.Leaf(leaves[1]))
		err := c.Append(Batch{
			Leaves: leaves,
			Seals:  []Seal{{uint64(height), uint64(2*height + 1)}},
			Tiles:  []Tile{{height % 3, uint64(height / 3), hashes}},
			Head:   Head{Height: uint64(height), Log: log},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := c.View(func(tx *ChainTx) error {
		for leaf := range uint64(80) {
			if height, seal, err := tx.Block(leaf); err != nil || height != leaf/2 || seal != leaf|1 {
				t.Errorf("leaf %d is in block %d with seal %d, %v", leaf, height, seal, err)
			}
		}
		if _, _, err := tx.Block(80); !errors.Is(err, ErrNotFound) {
			t.Errorf("leaf beyond the end: %v", err)
		}
		tile, err := tx.Tile(2, 5)
		if err != nil || !bytes.Equal(tile, tileBytes(hashes)) {
			t.Errorf("tile: %d bytes, %v", len(tile), err)
		}
		if _, err := tx.Tile(3, 0); !errors.Is(err, ErrNotFound) {
			t.Errorf("missing tile: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFailedAppendChangesNothing(t *testing.T) {
	c, path := newChain(t)
	leaves := [][]byte{leafOf(1), leafOf(2)}
	head := Head{Log: merkle.Frontier{}.Append(merkle.Log, merkle.Log.Leaf(leaves[0]), merkle.Log.Leaf(leaves[1]))}
	if err := c.Append(Batch{Leaves: leaves, Head: head}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := c.Append(Batch{Leaves: [][]byte{leafOf(3)}, Head: Head{Height: 9}}); err == nil {
		t.Fatal("appended to a closed file")
	}
	if c.open.count != 2 {
		t.Errorf("the open chunk has %d leaves after a failed append", c.open.count)
	}
	again, err := OpenChain(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	checkLeaves(t, again, leaves)
}

func TestFileIsLocked(t *testing.T) {
	_, path := newChain(t)
	if _, err := OpenChain(path, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("second writer: %v", err)
	}
	if _, err := OpenChain(path, Options{ReadOnly: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("reader beside a writer: %v", err)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenChain(filepath.Join(dir, "none"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	var damage *Damage
	if _, err := OpenChain(text, Options{}); !errors.As(err, &damage) {
		t.Errorf("text file: %v", err)
	}
	index := filepath.Join(dir, "index")
	x, err := OpenIndex(index, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	x.Close()
	if _, err := OpenChain(index, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("an index taken for a chain: %v", err)
	}
}

// rawFlip flips a bit of a row behind the store's back.
func rawFlip(t testing.TB, db *bolt.DB, bucket, key []byte, position int) {
	t.Helper()
	err := db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		row := bytes.Clone(b.Get(key))
		row[position/8] ^= 1 << (position % 8)
		return b.Put(key, row)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryFlippedBitOfAChunkIsMended(t *testing.T) {
	leaves := [][]byte{[]byte("first leaf"), []byte("second"), []byte("the third of them")}
	row := encodeChunk(0, leaves)
	for position := range len(row) * 8 {
		bad := bytes.Clone(row)
		bad[position/8] ^= 1 << (position % 8)
		parsed, err := parseChunk(0, bad)
		damaged := -1
		if err != nil {
			mended, ok := mendTable(0, bad)
			if !ok {
				t.Fatalf("bit %d: %v, and not mended", position, err)
			}
			if parsed, ok = reparseChunk(0, mended); !ok {
				t.Fatalf("bit %d: mended badly", position)
			}
			damaged = 0
		}
		for i := range parsed.count {
			s := parsed.stored(i)
			data := s.Data
			if s.Damage != nil {
				damaged, data = i, s.Mended
			}
			if !bytes.Equal(data, leaves[i]) {
				t.Fatalf("bit %d: leaf %d is %q", position, i, data)
			}
		}
		if damaged < 0 {
			t.Fatalf("bit %d: flipped and not noticed", position)
		}
	}
}

func TestFlippedBitsOfRowsAreNoticed(t *testing.T) {
	c, _ := newChain(t)
	hashes := make([]merkle.Hash, merkle.TileWidth)
	leaf := leafOf(1)
	head := Head{Height: 3, Time: 5, AppliedIndex: 9, AppliedTerm: 1, Log: merkle.Frontier{}.Append(merkle.Log, merkle.Log.Leaf(leaf))}
	if err := c.Append(Batch{Leaves: [][]byte{leaf}, Tiles: []Tile{{0, 0, hashes}}, Seals: []Seal{{0, 0}}, Head: head, Genesis: []byte("genesis")}); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		bucket, key []byte
		bits        int
		read        func(*ChainTx) error
	}{
		{bucketMeta, keyHead, (crcSize + 65 + 8 + 32) * 8, func(tx *ChainTx) error { _, _, err := tx.Head(); return err }},
		{bucketMeta, keyGenesis, (crcSize + 7) * 8, func(tx *ChainTx) error { _, err := tx.Genesis(); return err }},
		{bucketSeals, key64(0), (crcSize + 8) * 8, func(tx *ChainTx) error { _, err := tx.SealLeaf(0); return err }},
		{bucketTiles, tileKey(0, 0), 300, func(tx *ChainTx) error { _, err := tx.Tile(0, 0); return err }},
	}
	for _, test := range cases {
		for position := range test.bits {
			rawFlip(t, c.db, test.bucket, test.key, position)
			err := c.View(test.read)
			var damage *Damage
			if !errors.As(err, &damage) || damage.Bucket != string(test.bucket) {
				t.Fatalf("%s %x, bit %d: %v", test.bucket, test.key, position, err)
			}
			rawFlip(t, c.db, test.bucket, test.key, position)
		}
		if err := c.View(test.read); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever single bit of the file is wrong, opening and looking through it ends with a verdict, never with a crash.
func TestFlippedBitsOfPagesNeverCrash(t *testing.T) {
	c, path := newChain(t)
	var log merkle.Frontier
	for i := range 20 {
		var leaves [][]byte
		for j := range 10 {
			leaves = append(leaves, leafOf(i + j)[:1])
			log = log.Append(merkle.Log, merkle.Log.Leaf(leaves[j]))
		}
		if err := c.Append(Batch{Leaves: leaves, Seals: []Seal{{uint64(i), uint64(i)}}, Head: Head{Log: log}}); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	good = bytes.TrimRight(good, "\x00") // bbolt grows a file by 16 MiB
	good = append(good, make([]byte, pageSize-len(good)%pageSize)...)
	step := max(len(good)*8/1000, 1) | 1
	noticed := 0
	for position := 0; position < len(good)*8; position += step {
		bad := bytes.Clone(good)
		bad[position/8] ^= 1 << (position % 8)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := OpenChain(path, Options{NoSync: true})
		if err != nil {
			noticed++
			continue
		}
		_ = again.View(func(tx *ChainTx) error { return tx.EachLeaf(func(StoredLeaf) bool { return true }) })
		again.Close()
	}
	if noticed == 0 {
		t.Error("no flipped bit was noticed: the test flips nothing that matters")
	}
}
