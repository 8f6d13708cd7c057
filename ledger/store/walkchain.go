package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Walks go through every row of the file, also behind damaged ones, and say of each whether it is intact. What is not written they do not know.

// StoredLeaf is a leaf as found. When it is damaged and one flipped bit explains that, Mended is the leaf that was written.
type StoredLeaf struct {
	Index  uint64
	Data   []byte // as stored, valid until the callback returns
	Damage *Damage
	Mended []byte
}

// EachLeaf walks through the leaves until fn returns false. Where the lengths in a chunk are lost it returns the *Damage: what follows cannot be told apart.
func (t *ChainTx) EachLeaf(fn func(StoredLeaf) bool) error {
	next := uint64(0)
	c := t.bucket(bucketLeaves).Cursor()
	for k, row := c.First(); k != nil; k, row = c.Next() {
		if !bytes.Equal(k, key64(next)) {
			return chunkDamage(next, flaw.New("missing", "bị thiếu, hoặc khóa của dòng bị hỏng: dòng kế tiếp có khóa %x", "it is missing, or its key is damaged: the next one has key %x", k))
		}
		parsed, err := parseChunk(next, row)
		if err != nil {
			mended, ok := mendTable(next, row)
			if !ok {
				return err
			}
			if parsed, ok = reparseChunk(next, mended); !ok {
				return err
			}
			damage := err.(*Damage)
			if !fn(StoredLeaf{Index: next, Damage: damage}) {
				return nil
			}
		}
		for i := range parsed.count {
			if !fn(parsed.stored(i)) {
				return nil
			}
		}
		next += uint64(parsed.count)
	}
	return nil
}

// Salvage calls fn for every leaf from an index on that can be told apart, whatever else is damaged, until fn returns false. Whether it is the leaf that was
// written is for fn to find out; of one with a flipped bit that can be told, it is.
func (t *ChainTx) Salvage(from uint64, fn func(index uint64, leaf []byte) bool) {
	c := t.bucket(bucketLeaves).Cursor()
	for k, row := seekChunk(c, key64(from)); k != nil; k, row = c.Next() {
		if len(k) != 8 {
			continue
		}
		first := binary.BigEndian.Uint64(k)
		parsed, err := parseChunk(first, row)
		if err != nil {
			mended, ok := mendTable(first, row)
			if !ok {
				continue
			}
			if parsed, ok = reparseChunk(first, mended); !ok {
				continue
			}
		}
		for i := range parsed.count {
			leaf := parsed.stored(i)
			data := leaf.Data
			if leaf.Mended != nil {
				data = leaf.Mended
			}
			if leaf.Index >= from && !fn(leaf.Index, data) {
				return
			}
		}
	}
}

func reparseChunk(first uint64, row []byte) (chunk, bool) {
	c, err := parseChunk(first, row)
	return c, err == nil
}

func (c *chunk) stored(i int) StoredLeaf {
	leaf, ok := c.leaf(i)
	s := StoredLeaf{Index: c.first + uint64(i), Data: leaf}
	if ok {
		return s
	}
	s.Damage = leafDamage(s.Index)
	raw, _ := c.raw(i)
	mended, found := mend(raw, c.crc(i), checksum(raw))
	switch {
	case !found:
	case c.base(i) == 0:
		s.Mended = mended
	default:
		s.Data = bytes.Clone(leaf)
		if made, ok := c.make(i, mended); ok {
			s.Mended = bytes.Clone(made)
		}
	}
	return s
}

// mendTable flips the one wrong bit in a chunk's count, checksum or table back.
func mendTable(first uint64, row []byte) ([]byte, bool) {
	for flip := range 9 {
		mended := bytes.Clone(row)
		if flip < 8 {
			mended[0] ^= 1 << flip // perhaps the count; it says how long the table is
		}
		count, entry := chunkCount(mended[0])
		end := chunkHead + count*entry
		if count == 0 || len(mended) < end {
			continue
		}
		want, got := binary.BigEndian.Uint32(mended[1:]), chunkChecksum(first, mended[0], mended[chunkHead:end])
		if flip == 8 {
			position, found := flippedBit(mended[chunkHead:end], want, got)
			if !found {
				continue
			}
			if position < 0 {
				binary.BigEndian.PutUint32(mended[1:], got)
			} else {
				mended[chunkHead+position/8] ^= 1 << (position % 8)
			}
		} else if want != got {
			continue
		}
		if _, ok := reparseChunk(first, mended); ok {
			return mended, true
		}
	}
	return nil, false
}

// StoredTile is a complete tile as found; Intact says whether its checksum fits.
type StoredTile struct {
	Level  int
	Index  uint64
	Hashes []byte // valid until the callback returns
	Intact bool
}

// StoredTile returns a complete tile, if it is there.
func (t *ChainTx) StoredTile(level int, index uint64) (s StoredTile, present bool) {
	key := tileKey(level, index)
	row := t.bucket(bucketTiles).Get(key)
	content, ok := openRow(key, row)
	return StoredTile{level, index, content, ok && len(content) == merkle.TileWidth*merkle.HashSize}, row != nil
}

// EachTile walks through the tiles.
func (t *ChainTx) EachTile(fn func(StoredTile)) error {
	return t.bucket(bucketTiles).ForEach(func(k, row []byte) error {
		if len(k) != 9 {
			return &Damage{File: ChainFile, Bucket: "tiles", Row: fmt.Sprintf("key %x", k), Detail: flaw.New("no_such_key", "không mảnh cây nào có khóa như vậy", "no tile has such a key")}
		}
		content, ok := openRow(k, row)
		fn(StoredTile{int(k[0]), binary.BigEndian.Uint64(k[1:]), content, ok && len(content) == merkle.TileWidth*merkle.HashSize})
		return nil
	})
}

// StoredSeal is a row of the seal index as found.
type StoredSeal struct {
	Height, Leaf uint64
	Intact       bool
}

// StoredSeal returns a row of the seal index, if it is there.
func (t *ChainTx) StoredSeal(height uint64) (s StoredSeal, present bool) {
	row := t.bucket(bucketSeals).Get(key64(height))
	return storedSeal(key64(height), row), row != nil
}

func storedSeal(k, row []byte) (s StoredSeal) {
	content, ok := openRow(k, row)
	s.Intact = ok && len(k) == 8 && len(content) == 8
	if len(k) == 8 {
		s.Height = binary.BigEndian.Uint64(k)
	}
	if len(content) == 8 {
		s.Leaf = binary.BigEndian.Uint64(content)
	}
	return s
}

// EachSeal walks through the seal index.
func (t *ChainTx) EachSeal(fn func(StoredSeal)) error {
	return t.bucket(bucketSeals).ForEach(func(k, row []byte) error {
		fn(storedSeal(k, row))
		return nil
	})
}

// StoredGenesis is the genesis file, with a flipped bit flipped back if that mends it.
func (t *ChainTx) StoredGenesis() []byte {
	row := t.bucket(bucketMeta).Get(keyGenesis)
	content, ok := openRow(keyGenesis, row)
	if !ok && len(row) >= crcSize {
		if mended, ok := mend(content, binary.BigEndian.Uint32(row), checksum(keyGenesis, content)); ok {
			return mended
		}
	}
	return bytes.Clone(content)
}

// MetaRows names the rows of the meta bucket whose checksum does not fit.
func (t *ChainTx) MetaRows() (found []*Damage) {
	if _, _, err := t.Head(); err != nil {
		found = append(found, asDamage(ChainFile, err))
	}
	for _, key := range [][]byte{keyGenesis, keyFormat} {
		if d := metaRow(ChainFile, t.bucket(bucketMeta), key); d != nil {
			found = append(found, d)
		}
	}
	return found
}

// metaRow says what is wrong with a row of a meta bucket, or gives nil.
func metaRow(file string, meta *bolt.Bucket, key []byte) *Damage {
	row := meta.Get(key)
	content, ok := openRow(key, row)
	d := &Damage{File: file, Bucket: "meta", Row: string(key), Detail: flaw.Checksum()}
	switch {
	case ok || row == nil && !bytes.Equal(key, keyFormat):
		return nil
	case row == nil:
		d.Detail = flaw.Missing()
	case len(row) >= crcSize:
		if position, found := flippedBit(content, binary.BigEndian.Uint32(row), checksum(key, content)); found {
			d.Detail = bitDetail(position)
		}
	}
	return d
}

func bitDetail(position int) flaw.Flaw {
	if position < 0 {
		return flaw.ChecksumBit()
	}
	return flaw.Bit(position/8, position%8)
}

// FlippedBit says where two byte strings of one length differ, if it is in one bit.
func FlippedBit(a, b []byte) (at, bit int, ok bool) {
	if len(a) != len(b) {
		return 0, 0, false
	}
	differ := 0
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			at, bit = i, bits.TrailingZeros8(x)
			differ += bits.OnesCount8(x)
		}
	}
	return at, bit, differ == 1
}
