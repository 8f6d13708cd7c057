package store

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// encodeChunk is a chunk of leaves, of which all fit.
func encodeChunk(first uint64, leaves [][]byte) (row []byte) {
	_, _ = appendChunks(openChunk{first: first}, leaves, func(_ uint64, b []byte) error {
		row = b
		return nil
	})
	return row
}

// encodeOldChunk is a chunk as format 1 has it.
func encodeOldChunk(first uint64, leaves [][]byte) []byte {
	b := []byte{byte(len(leaves)), 0, 0, 0, 0}
	for _, leaf := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(leaf)))
		b = binary.BigEndian.AppendUint32(b, checksum(leaf))
	}
	binary.BigEndian.PutUint32(b[1:], chunkChecksum(first, b[0], b[chunkHead:]))
	return append(b, bytes.Join(leaves, nil)...)
}

// similar draws a leaf that others were the pattern of: bytes changed, put in and taken out.
func similar(t *rapid.T, base []byte, bytesOf *rapid.Generator[byte]) []byte {
	leaf := bytes.Clone(base)
	for range rapid.IntRange(0, 5).Draw(t, "changes") {
		at := rapid.IntRange(0, len(leaf)).Draw(t, "at")
		end := min(len(leaf), at+rapid.IntRange(0, 40).Draw(t, "removed"))
		leaf = append(append(bytes.Clone(leaf[:at]), rapid.SliceOfN(bytesOf, 0, 40).Draw(t, "added")...), leaf[end:]...)
	}
	return leaf
}

func TestDeltasGiveTheLeafBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytesOf := rapid.ByteRange(0, rapid.SampledFrom([]byte{1, 255}).Draw(t, "most")) // of two bytes alone, there is much to copy from everywhere
		base := rapid.SliceOfN(bytesOf, 0, 400).Draw(t, "base")
		leaf := similar(t, base, bytesOf)
		delta := appendDelta(nil, base, leaf)
		if got, ok := applyDelta(nil, base, delta, len(leaf)); !ok || !bytes.Equal(got, leaf) {
			t.Fatalf("%x on %x came back as %x, %v", leaf, base, got, ok)
		}
		if _, ok := applyDelta(nil, base, delta, len(leaf)-1); ok && len(leaf) > 0 {
			t.Fatal("longer than asked for")
		}
		if most := len(leaf) + len(leaf)/minRun + 4; len(delta) > most {
			t.Fatalf("%d bytes for a leaf of %d", len(delta), len(leaf))
		}
	})
}

// Where leaves are of two bytes alone, runs are found everywhere: the shift goes to and fro.
func TestDeltasOfTwoBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() []byte {
		b := make([]byte, r.IntN(60))
		for i := range b {
			b[i] = byte(r.IntN(2))
		}
		return b
	}
	for range 50_000 {
		base, leaf := draw(), draw()
		if got, ok := applyDelta(nil, base, appendDelta(nil, base, leaf), len(leaf)); !ok || !bytes.Equal(got, leaf) {
			t.Fatalf("%x on %x came back as %x, %v", leaf, base, got, ok)
		}
	}
}

// Two records of an author that differ in signature, time, root and quantity cost what differs.
func TestDeltasOfAlikeLeavesAreShort(t *testing.T) {
	base := bytes.Repeat([]byte("the same in both "), 16)
	leaf := bytes.Clone(base)
	for i := range 64 {
		leaf[35+i] ^= 0xff
	}
	leaf = append(leaf[:200], append([]byte{1, 2, 3}, leaf[200:]...)...)
	if delta := appendDelta(nil, base, leaf); len(delta) > 64+3+10 {
		t.Errorf("%d bytes for 67 that differ", len(delta))
	}
}

func FuzzApplyDelta(f *testing.F) {
	base := []byte("a base of some bytes, which a leaf may copy runs from")
	f.Add(base, appendDelta(nil, base, []byte("a base of many bytes, which a leaf may copy runs from, and more")))
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		leaf, ok := applyDelta(nil, base, delta, 1000)
		if !ok {
			return
		}
		if len(leaf) > 1000 {
			t.Fatalf("%d bytes", len(leaf))
		}
		if again, ok := applyDelta(nil, base, appendDelta(nil, base, leaf), 1000); !ok || !bytes.Equal(again, leaf) {
			t.Fatal("a leaf that was made does not come back")
		}
	})
}

// Flipped bits of leaves that are stored as differences, and of the leaves they are made from: the leaf with the bit is named and mended, all others are read as
// they were.
func TestEveryFlippedBitOfDeltasIsMended(t *testing.T) {
	base := bytes.Repeat([]byte("a leaf like others "), 6)
	var leaves [][]byte
	for i := range 6 {
		leaf := bytes.Clone(base)
		copy(leaf[20:], bytes.Repeat([]byte{byte(i)}, 9))
		leaves = append(leaves, append(leaf, make([]byte, i)...))
	}
	row := encodeChunk(0, leaves)
	good, err := parseChunk(0, row)
	if err != nil || good.base(5) != 5 || len(row) > 3*len(base) {
		t.Fatalf("chunk of %d bytes, base %d, %v", len(row), good.base(5), err)
	}
	body := chunkHead + len(leaves)*chunkEntry
	for position := body * 8; position < len(row)*8; position++ {
		bad := bytes.Clone(row)
		bad[position/8] ^= 1 << (position % 8)
		parsed, err := parseChunk(0, bad)
		if err != nil {
			t.Fatal(err)
		}
		damaged := 0
		for i := range leaves {
			s := parsed.stored(i)
			data := s.Data
			if s.Damage != nil {
				if at := body + parsed.start(i); position/8 < at || position/8 >= body+parsed.start(i+1) {
					t.Fatalf("bit %d: leaf %d is said to be damaged", position, i)
				}
				damaged++
				data = s.Mended
			}
			if !bytes.Equal(data, leaves[i]) {
				t.Fatalf("bit %d: leaf %d is %q", position, i, data)
			}
		}
		if damaged != 1 {
			t.Fatalf("bit %d: %d leaves are damaged", position, damaged)
		}
	}
	// What cannot be mended damages the leaf and those made from it.
	bad := bytes.Clone(row)
	bad[body+30] ^= 0xff
	parsed, err := parseChunk(0, bad)
	if err != nil {
		t.Fatal(err)
	}
	for i := range leaves {
		if s := parsed.stored(i); s.Damage == nil || s.Mended != nil {
			t.Errorf("leaf %d, whose base is lost, is %+v", i, s)
		}
	}
}

// A file of format 1 is read, and goes on in format 2: with chunks of the old kind that nothing touches, and the last one written anew.
func TestFilesOfFormat1GoOn(t *testing.T) {
	c, path := newChain(t)
	var leaves [][]byte
	for i := range 70 {
		leaves = append(leaves, leafOf(100 + i%10)[:200])
	}
	write := func(first, count int) {
		err := c.db.Update(func(tx *bolt.Tx) error {
			if err := tx.Bucket(bucketMeta).Put(keyFormat, sealRow(keyFormat, chainFormatOld)); err != nil {
				return err
			}
			return tx.Bucket(bucketLeaves).Put(key64(uint64(first)), encodeOldChunk(uint64(first), leaves[first:first+count]))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(0, 29)
	write(29, 15)
	reopen := func(o Options) {
		t.Helper()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if c, err = OpenChain(path, o); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { c.Close() })
	reopen(Options{ReadOnly: true})
	checkLeaves(t, c, leaves[:44])
	reopen(Options{NoSync: true})
	checkLeaves(t, c, leaves[:44])
	if !c.old {
		t.Error("a file of format 1 is not known as one")
	}
	if err := c.Append(Batch{Leaves: leaves[44:60]}); err != nil {
		t.Fatal(err)
	}
	reopen(Options{NoSync: true})
	if c.old {
		t.Error("a file that has chunks of format 2 says that it is of format 1")
	}
	if err := c.Append(Batch{Leaves: leaves[60:]}); err != nil {
		t.Fatal(err)
	}
	checkLeaves(t, c, leaves)
	if err := c.Cut(Head{}); err != nil {
		t.Fatal(err)
	}
	checkLeaves(t, c, nil)
}

func BenchmarkDelta(b *testing.B) {
	base := bytes.Repeat([]byte("0123456789abcdef"), 18)
	leaf := bytes.Clone(base)
	for i := range 64 {
		leaf[35+i] ^= byte(i + 1)
		leaf[150+i/2] ^= byte(i + 1)
	}
	delta := appendDelta(nil, base, leaf)
	bases := make([]whole, maxBases)
	for i := range bases {
		bases[i] = whole{i, base}
	}
	b.Run("write", func(b *testing.B) {
		var made []byte
		for b.Loop() {
			made = appendDelta(made[:0], bases[nearest(bases, leaf)].leaf, leaf)
		}
	})
	b.Run("read", func(b *testing.B) {
		var made []byte
		for b.Loop() {
			made, _ = applyDelta(made[:0], base, delta, maxLeaf)
		}
	})
}
