package store

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const crcSize = 4

func checksum(parts ...[]byte) (crc uint32) {
	for _, p := range parts {
		crc = crc32.Update(crc, castagnoli, p)
	}
	return crc
}

// seal puts the checksum over key and content in front of the content.
func sealRow(key, content []byte) []byte {
	row := binary.BigEndian.AppendUint32(make([]byte, 0, crcSize+len(content)), checksum(key, content))
	return append(row, content...)
}

// openRow takes the checksum off a row and tells whether it holds.
func openRow(key, row []byte) (content []byte, ok bool) {
	if len(row) < crcSize {
		return nil, false
	}
	content = row[crcSize:]
	return content, binary.BigEndian.Uint32(row) == checksum(key, content)
}

// flippedBit looks for the one bit of content which, flipped back, makes content fit its checksum, and returns its position: byte × 8 + bit,
// bit 0 the lowest. The checksum tells single flips of up to 2^31 bits apart. Found is also true, with position −1, when the flipped
// bit is one of the checksum itself.
func flippedBit(content []byte, want, got uint32) (position int, found bool) {
	delta := want ^ got
	if bits.OnesCount32(delta) == 1 {
		return -1, true
	}
	// CRC is linear: flipping a bit changes the checksum by what the bit alone, followed by zeros, is divided to.
	var effect [8]uint32
	for bit := range effect {
		effect[bit] = ^crc32.Update(^uint32(0), castagnoli, []byte{1 << bit})
	}
	for at := len(content) - 1; at >= 0; at-- {
		for bit, e := range effect {
			if e == delta {
				return at*8 + bit, true
			}
			effect[bit] = ^crc32.Update(^e, castagnoli, []byte{0})
		}
	}
	return 0, false
}

// mend returns content with its one flipped bit flipped back; false when more than a bit is wrong.
func mend(content []byte, want, got uint32) ([]byte, bool) {
	position, found := flippedBit(content, want, got)
	if !found {
		return nil, false
	}
	mended := append([]byte(nil), content...)
	if position >= 0 {
		mended[position/8] ^= 1 << (position % 8)
	}
	return mended, true
}
