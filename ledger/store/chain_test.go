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
			if rapid.Bool().Draw(rt, "append") {
				if err := c.Append(batch); err != nil {
					rt.Fatal(err)
				}
			} else {
				c.Add(batch)
				readLeaves(rt, c, all)
			}
			if rapid.Bool().Draw(rt, "reopen") {
				if err := c.Write(); err != nil {
					rt.Fatal(err)
				}
				if err := c.Close(); err != nil {
					rt.Fatal(err)
				}
				if c, err = OpenChain(path, Options{NoSync: true}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if err := c.Write(); err != nil {
			rt.Fatal(err)
		}
		if n, bytes := c.Unwritten(); n != 0 || bytes != 0 {
			rt.Fatalf("%d leaves are not written, of %d bytes", n, bytes)
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

// checkLeaves is readLeaves of a file that has them all.
func checkLeaves(t rapid.TB, c *Chain, want [][]byte) {
	t.Helper()
	readLeaves(t, c, want)
	err := c.View(func(tx *ChainTx) error {
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

func readLeaves(t rapid.TB, c *Chain, want [][]byte) {
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
		for _, from := range []int{0, len(want) / 2, len(want) - 1, len(want)} {
			next := max(0, from)
			more := func(index uint64, leaf []byte) bool {
				if index != uint64(next) || !bytes.Equal(leaf, want[next]) {
					t.Fatalf("from %d at %d: leaf %d of %d bytes", from, next, index, len(leaf))
				}
				next++
				return true
			}
			if err := tx.Leaves(uint64(next), more); err != nil || next != len(want) {
				t.Fatalf("leaves from %d to %d of %d: %v", from, next, len(want), err)
			}
			next = max(0, from)
			if err := tx.StoredLeaves(uint64(next), func(leaf []byte) bool { return more(uint64(next), leaf) }); err != nil || next != len(want) {
				t.Fatalf("stored leaves from %d to %d of %d: %v", from, next, len(want), err)
			}
			seen := 0
			if err := tx.Leaves(uint64(max(0, from)), func(uint64, []byte) bool {
				seen++
				return false
			}); err != nil || seen > 1 {
				t.Fatalf("%d leaves after the end, %v", seen, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What cannot be written was not appended, and what was added before is still there, to be read and to be written.
func TestAppendThatFails(t *testing.T) {
	c, path := newChain(t)
	batch := func(i int) Batch {
		return Batch{Leaves: [][]byte{leafOf(i)}, Head: Head{Height: uint64(i), Log: merkle.Frontier{}.Append(merkle.Log, make([]merkle.Hash, i+1)...)}}
	}
	c.Add(batch(0))
	good := c.db
	broken, err := bolt.Open(path+".broken", 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	c.db = broken
	c.tail.Load().leaves = append(make([][]byte, 0, 8), c.tail.Load().leaves...) // there is room for more
	if err := c.Append(batch(1)); err == nil {
		t.Error("a closed file is written")
	}
	if room := cap(c.tail.Load().leaves); room != 1 {
		t.Errorf("room for %d leaves, which somebody reads", room)
	}
	if err := c.Write(); err == nil {
		t.Error("a closed file is written")
	}
	c.db = good
	if leaves, bytes := c.Unwritten(); leaves != 1 || bytes != len(leafOf(0)) {
		t.Errorf("%d leaves of %d bytes are not written", leaves, bytes)
	}
	readLeaves(t, c, [][]byte{leafOf(0)})
	if err := c.Append(batch(1)); err != nil {
		t.Fatal(err)
	}
	checkLeaves(t, c, [][]byte{leafOf(0), leafOf(1)})
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
		c.Add(Batch{
			Leaves: leaves,
			Seals:  []Seal{{uint64(height), uint64(2*height + 1)}},
			Tiles:  []Tile{{height % 3, uint64(height / 3), hashes}},
			Head:   Head{Height: uint64(height), Log: log},
		})
		if height == 25 { // what is read is in the file, and in memory alone
			if err := c.Write(); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func(tx *ChainTx) error {
		for leaf := range uint64(80) {
			if height, seal, err := tx.Block(leaf); err != nil || height != leaf/2 || seal != leaf|1 {
				t.Errorf("leaf %d is in block %d with seal %d, %v", leaf, height, seal, err)
			}
		}
		if _, _, err := tx.Block(80); !errors.Is(err, ErrNotFound) {
			t.Errorf("leaf beyond the end: %v", err)
		}
		for level, index := range map[int]uint64{2: 5, 0: 13} {
			tile, err := tx.Tile(level, index)
			if err != nil || !bytes.Equal(tile, tileBytes(hashes)) {
				t.Errorf("tile %d of level %d: %d bytes, %v", index, level, len(tile), err)
			}
		}
		if _, err := tx.Tile(3, 0); !errors.Is(err, ErrNotFound) {
			t.Errorf("missing tile: %v", err)
		}
		leaves := 0
		err := tx.Leaves(50, func(uint64, []byte) bool { leaves++; return true })
		stored := 0
		err = errors.Join(err, tx.StoredLeaves(50, func([]byte) bool { stored++; return true }))
		if h, present, bad := tx.Head(); err != nil || bad != nil || !present || h.Height != 39 || leaves != 30 || stored != 30 {
			t.Errorf("head %+v, %v, %d leaves, %d stored, %v", h, bad, leaves, stored, err)
		}
		return nil
	}
	view := func(read func(*ChainTx) error) {
		t.Helper()
		if err := c.View(read); err != nil {
			t.Fatal(err)
		}
	}
	view(read)
	before := c.tail.Load()
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	view(read)
	// What was written after a reader has begun changes nothing for it, although its transaction has that, too.
	if err := c.Append(Batch{Leaves: [][]byte{leafOf(1)}, Seals: []Seal{{40, 80}}, Head: Head{Height: 40, Log: log.Append(merkle.Log, merkle.Log.Leaf(leafOf(1)))}}); err != nil {
		t.Fatal(err)
	}
	view(func(tx *ChainTx) error {
		tx.tail = before
		return read(tx)
	})
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
