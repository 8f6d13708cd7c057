package rescue_test

import (
	"encoding/binary"
	"hash/crc32"
)

// The layout of a chunk of leaves, as package store has it: count, checksum of key and table, the table (length, base and checksum of each leaf), the leaves
// as they are stored, whole or as the difference to another one.
const (
	chunkHead  = 1 + 4
	chunkEntry = 2 + 1 + 4
)

// resumAt changes the last leaf of the chunk that begins with leaf first, and the two checksums that cover it.
func resumAt(first uint64, row []byte, change func(leaf []byte)) []byte {
	table := crc32.MakeTable(crc32.Castagnoli)
	count := int(row[0] &^ 0x80)
	end := chunkHead + count*chunkEntry
	last := row[chunkHead+(count-1)*chunkEntry:]
	leaf := row[len(row)-int(binary.BigEndian.Uint16(last)):]
	change(leaf)
	binary.BigEndian.PutUint32(last[3:], crc32.Checksum(leaf, table))
	sum := crc32.Checksum(binary.BigEndian.AppendUint64(nil, first), table)
	sum = crc32.Update(sum, table, row[:1])
	sum = crc32.Update(sum, table, row[chunkHead:end])
	binary.BigEndian.PutUint32(row[1:], sum)
	return row
}
