package store

import (
	"encoding/binary"
	"fmt"

	"github.com/ocopledger/ocop/ledger/flaw"
)

// A chunk holds up to maxChunkLeaves leaves in one row. Single leaves would be a fifth larger on disk, whole blocks would be written again and again.
//
//	count u8 ‖ checksum of key and table u32 ‖ table: count × (length u16 ‖ checksum of the leaf u32) ‖ the leaves
//
// A leaf has its own checksum, so that damage is known to be in that leaf.
const (
	maxChunkLeaves = 32
	// maxChunk lets two rows fill three pages of bbolt, which keeps at least two rows together.
	maxChunk = (3*pageSize-16)/2 - 16 - 8

	chunkHead  = 1 + crcSize
	chunkEntry = 2 + crcSize
)

// appendChunks appends leaves to the chunk that begins with leaf first and holds the leaves open so far, and calls put for every chunk that
// changes. It returns where the last chunk begins and what it holds.
func appendChunks(first uint64, open, leaves [][]byte, put func(first uint64, chunk []byte) error) (uint64, [][]byte, error) {
	open = append([][]byte(nil), open...)
	size := chunkSize(open)
	for _, leaf := range leaves {
		grown := size + chunkEntry + len(leaf)
		if len(open) == maxChunkLeaves || len(open) > 0 && grown > maxChunk {
			if err := put(first, encodeChunk(first, open)); err != nil {
				return 0, nil, err
			}
			first += uint64(len(open))
			open = nil
			grown = chunkHead + chunkEntry + len(leaf)
		}
		open, size = append(open, leaf), grown
	}
	if len(leaves) == 0 {
		return first, open, nil
	}
	return first, open, put(first, encodeChunk(first, open))
}

func chunkSize(leaves [][]byte) int {
	size := chunkHead
	for _, leaf := range leaves {
		size += chunkEntry + len(leaf)
	}
	return size
}

func encodeChunk(first uint64, leaves [][]byte) []byte {
	b := make([]byte, chunkHead, chunkSize(leaves))
	b[0] = byte(len(leaves))
	for _, leaf := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(leaf)))
		b = binary.BigEndian.AppendUint32(b, checksum(leaf))
	}
	binary.BigEndian.PutUint32(b[1:], chunkChecksum(first, b[0], b[chunkHead:]))
	for _, leaf := range leaves {
		b = append(b, leaf...)
	}
	return b
}

func chunkChecksum(first uint64, count byte, table []byte) uint32 {
	return checksum(binary.BigEndian.AppendUint64(nil, first), []byte{count}, table)
}

// chunk is a row taken apart; it aliases the row.
type chunk struct {
	first  uint64
	count  int
	table  []byte
	leaves []byte
}

// parseChunk reads the table and checks it.
func parseChunk(first uint64, row []byte) (c chunk, err error) {
	c.first = first
	if len(row) < chunkHead || row[0] == 0 || row[0] > maxChunkLeaves {
		return c, chunkDamage(first, flaw.New("count", "số lá của nhóm bị hỏng", "its count is damaged"))
	}
	c.count = int(row[0])
	end := chunkHead + c.count*chunkEntry
	if len(row) < end {
		return c, chunkDamage(first, flaw.New("count", "số lá của nhóm bị hỏng", "its count is damaged"))
	}
	c.table, c.leaves = row[chunkHead:end], row[end:]
	if binary.BigEndian.Uint32(row[1:]) != chunkChecksum(first, row[0], c.table) {
		return c, chunkDamage(first, flaw.New("lengths", "bảng độ dài bị hỏng", "the table of its lengths is damaged"))
	}
	if c.start(c.count) != len(c.leaves) {
		return c, chunkDamage(first, flaw.New("length", "các lá dài %d byte, phải là %d", "%d bytes of leaves, want %d", len(c.leaves), c.start(c.count)))
	}
	return c, nil
}

func chunkDamage(first uint64, detail flaw.Flaw) error {
	return &Damage{File: ChainFile, Bucket: "leaves", Row: fmt.Sprintf("chunk from leaf %d", first), Leaf: first, HasLeaf: true, Detail: detail}
}

func (c *chunk) length(i int) int { return int(binary.BigEndian.Uint16(c.table[i*chunkEntry:])) }

func (c *chunk) crc(i int) uint32 { return binary.BigEndian.Uint32(c.table[i*chunkEntry+2:]) }

// start is the offset of leaf i of the chunk.
func (c *chunk) start(i int) (at int) {
	for j := range i {
		at += c.length(j)
	}
	return at
}

// leaf is leaf i of the chunk, and whether it is what was written.
func (c *chunk) leaf(i int) (leaf []byte, ok bool) {
	at := c.start(i)
	leaf = c.leaves[at : at+c.length(i)]
	return leaf, checksum(leaf) == c.crc(i)
}

func leafDamage(index uint64) *Damage {
	return &Damage{File: ChainFile, Bucket: "leaves", Row: fmt.Sprintf("leaf %d", index), Leaf: index, HasLeaf: true, Detail: flaw.Checksum()}
}
