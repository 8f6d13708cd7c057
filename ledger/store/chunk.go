package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ocopledger/ocop/ledger/flaw"
)

// A chunk holds up to maxChunkLeaves leaves in one row. Single leaves would be a fifth larger on disk, whole blocks would be written again and again.
//
//	count u8 ‖ checksum of key, count and table u32 ‖ table: count × (length u16 ‖ base u8 ‖ checksum u32) ‖ the leaves as stored
//
// A leaf of base 0 is stored whole, one of base n as its difference to the leaf n before it, which is whole: see appendDelta. A leaf has its own checksum, of the
// length bytes that are stored, so that damage is known to be in that leaf.
//
// The highest bit of count is 1. Files of format 1 have chunks without it, in which all leaves are whole and the table has no base; they are read, and written
// anew when leaves are added or cut.
const (
	maxChunkLeaves = 64
	// maxChunk lets two rows fill three pages of bbolt, which keeps at least two rows together.
	maxChunk = (3*pageSize-16)/2 - 16 - 8

	// chunkRoom is maxChunk and a leaf that does not fit in any more.
	chunkRoom = maxChunk + 1<<10

	chunkHead     = 1 + crcSize
	chunkEntry    = 2 + 1 + crcSize
	chunkEntryOld = 2 + crcSize
	deltas        = 0x80 // in count

	// maxBases bounds what finding a base costs: a tenth of a microsecond each.
	maxBases = 8
	// maxLeaf is the length of the largest leaf.
	maxLeaf = 1<<16 - 1
)

// openChunk is a chunk that leaves are added to. Values of it may share memory, of which none changes what another sees while only one of them is added to.
type openChunk struct {
	first uint64
	count int
	table []byte
	body  []byte
	bases []whole // leaves that are stored whole, the newest maxBases of them
}

type whole struct {
	number int
	leaf   []byte
}

func (c *openChunk) size() int { return chunkHead + len(c.table) + len(c.body) }

// add adds a leaf if the row then has at most so many bytes; the first one is always added. It does not keep the leaf's memory.
func (c *openChunk) add(leaf []byte, most int) bool {
	if c.count == maxChunkLeaves {
		return false
	}
	if c.body == nil { // it will be full, and grows step by step otherwise
		c.table, c.body = make([]byte, 0, maxChunkLeaves*chunkEntry), make([]byte, 0, chunkRoom)
	}
	at, back := len(c.body), 0
	body := c.body
	if i := nearest(c.bases, leaf); i >= 0 {
		body = appendDelta(body, c.bases[i].leaf, leaf)
		back = c.count - c.bases[i].number
	}
	if back == 0 || len(body)-at > len(leaf)*3/4 { // as the base of others it is worth more
		body, back = append(body[:at], leaf...), 0
	}
	if c.count > 0 && c.size()+chunkEntry+len(body)-at > most {
		return false
	}
	c.table = binary.BigEndian.AppendUint16(c.table, uint16(len(body)-at))
	c.table = append(c.table, byte(back))
	c.table = binary.BigEndian.AppendUint32(c.table, checksum(body[at:]))
	c.body = body
	if back == 0 {
		kept := c.bases[max(0, len(c.bases)+1-maxBases):]
		c.bases = append(append(make([]whole, 0, len(kept)+1), kept...), whole{c.count, bytes.Clone(leaf)})
	}
	c.count++
	return true
}

// row is the chunk as it is stored.
func (c *openChunk) row() []byte {
	b := make([]byte, chunkHead, c.size())
	b[0] = byte(c.count) | deltas
	binary.BigEndian.PutUint32(b[1:], chunkChecksum(c.first, b[0], c.table))
	return append(append(b, c.table...), c.body...)
}

// appendChunks adds leaves to a chunk, and calls put for every chunk that changes. It returns the last one.
func appendChunks(open openChunk, leaves [][]byte, put func(first uint64, row []byte) error) (openChunk, error) {
	for _, leaf := range leaves {
		if open.add(leaf, maxChunk) {
			continue
		}
		if err := put(open.first, open.row()); err != nil {
			return open, err
		}
		open = openChunk{first: open.first + uint64(open.count)}
		open.add(leaf, maxChunk)
	}
	if len(leaves) == 0 {
		return open, nil
	}
	return open, put(open.first, open.row())
}

// reopen makes a chunk of its first leaves, to which others can be added.
func (c *chunk) reopen(count int) (openChunk, error) {
	open := openChunk{first: c.first}
	for i := range count {
		leaf, ok := c.leaf(i)
		if !ok {
			return open, leafDamage(c.first + uint64(i)) // it would be written again with a checksum that fits
		}
		open.add(leaf, math.MaxInt) // one of format 1 may become some bytes longer
	}
	return open, nil
}

// tableHead is what the checksum of a chunk is over before its table: key and count.
type tableHead [8 + 1]byte

func (h *tableHead) checksum(first uint64, count byte, table []byte) uint32 {
	binary.BigEndian.PutUint64(h[:], first)
	h[8] = count
	return checksum(h[:], table)
}

func chunkChecksum(first uint64, count byte, table []byte) uint32 {
	return new(tableHead).checksum(first, count, table)
}

// chunk is a row taken apart; it aliases the row.
type chunk struct {
	first  uint64
	count  int
	entry  int // bytes of the table for each leaf
	table  []byte
	leaves []byte
	starts [maxChunkLeaves + 1]uint32 // offsets of the leaves, and the end of the last
	made   []byte                     // the last leaf that was made from a base
	head   tableHead                  // here it is no garbage for each chunk that is read
}

// chunkCount reads the first byte of a chunk: how many leaves, with how many bytes in the table for each. 0: that is no count.
func chunkCount(b byte) (count, entry int) {
	count, entry = int(b), chunkEntryOld
	if b&deltas != 0 {
		count, entry = int(b&^deltas), chunkEntry
	}
	if count > maxChunkLeaves {
		return 0, 0
	}
	return count, entry
}

// parseChunk reads the table and checks it.
func parseChunk(first uint64, row []byte) (c chunk, err error) {
	err = c.parse(first, row)
	return c, err
}

// parse is parseChunk into a chunk that is used again, as a reader of single leaves does: all but made is new.
func (c *chunk) parse(first uint64, row []byte) error {
	c.first, c.count = first, 0
	if len(row) >= chunkHead {
		c.count, c.entry = chunkCount(row[0])
	}
	end := chunkHead + c.count*c.entry
	if c.count == 0 || len(row) < end {
		return chunkDamage(first, flaw.New("count", "số lá của nhóm bị hỏng", "its count is damaged"))
	}
	c.table, c.leaves = row[chunkHead:end], row[end:]
	if binary.BigEndian.Uint32(row[1:]) != c.head.checksum(first, row[0], c.table) {
		return chunkDamage(first, flaw.New("lengths", "bảng độ dài bị hỏng", "the table of its lengths is damaged"))
	}
	start, table := uint32(0), c.table
	for i := range c.count {
		start += uint32(binary.BigEndian.Uint16(table))
		c.starts[i+1], table = start, table[c.entry:]
	}
	if c.start(c.count) != len(c.leaves) {
		return chunkDamage(first, flaw.New("length", "các lá dài %d byte, phải là %d", "%d bytes of leaves, want %d", len(c.leaves), c.start(c.count)))
	}
	for i := range c.count {
		if b := c.base(i); b > i || b > 0 && c.base(i-b) != 0 {
			return chunkDamage(first, flaw.New("base", "lá thứ %d dựa vào lá không có", "leaf %d of it is made from one that is not there", i))
		}
	}
	return nil
}

func chunkDamage(first uint64, detail flaw.Flaw) error {
	return &Damage{File: ChainFile, Bucket: "leaves", Row: fmt.Sprintf("chunk from leaf %d", first), Leaf: first, HasLeaf: true, Detail: detail}
}

func leafDamage(index uint64) *Damage {
	return &Damage{File: ChainFile, Bucket: "leaves", Row: fmt.Sprintf("leaf %d", index), Leaf: index, HasLeaf: true, Detail: flaw.Checksum()}
}

// has tells whether a leaf is in the chunk.
func (c *chunk) has(index uint64) bool { return index >= c.first && index-c.first < uint64(c.count) }

// base is how many leaves before leaf i of the chunk its base is; 0: it is whole.
func (c *chunk) base(i int) int {
	if c.entry == chunkEntryOld {
		return 0
	}
	return int(c.table[i*c.entry+2])
}

func (c *chunk) crc(i int) uint32 {
	return binary.BigEndian.Uint32(c.table[(i+1)*c.entry-crcSize:])
}

// start is the offset of leaf i of the chunk; of the one behind the last, the end.
func (c *chunk) start(i int) int { return int(c.starts[i]) }

// raw is what is stored of leaf i of the chunk, and whether it is what was written.
func (c *chunk) raw(i int) (stored []byte, ok bool) {
	stored = c.leaves[c.start(i):c.start(i+1)]
	return stored, checksum(stored) == c.crc(i)
}

// leaf is leaf i of the chunk, and whether it is what was written. It is valid until the next call.
func (c *chunk) leaf(i int) (leaf []byte, ok bool) {
	stored, ok := c.raw(i)
	if c.base(i) == 0 {
		return stored, ok
	}
	leaf, made := c.make(i, stored)
	return leaf, ok && made
}

// make makes leaf i of the chunk from what is stored of it, and tells whether its base is what was written. One flipped bit in that base is mended. What cannot be
// made, or not to its end, is given as far as it can.
func (c *chunk) make(i int, stored []byte) (leaf []byte, ok bool) {
	n := i - c.base(i)
	base, ok := c.raw(n)
	if !ok {
		if mended, found := mend(base, c.crc(n), checksum(base)); found {
			base, ok = mended, true
		}
	}
	made, whole := applyDelta(c.made[:0], base, stored, maxLeaf)
	c.made = made
	return made, ok && whole
}
