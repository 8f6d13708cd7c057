package tiles_test

import (
	"bytes"
	"testing"

	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// BenchmarkRead makes the bundle of 256 leaves of 400 bytes, and takes it apart again.
func BenchmarkRead(b *testing.B) {
	log := make(memory, merkle.TileWidth)
	for i := range log {
		log[i] = bytes.Repeat([]byte{byte(i)}, 400)
	}
	path := merkle.Tile{Width: merkle.TileWidth}.EntriesPath()
	b.SetBytes(400 * merkle.TileWidth)
	for b.Loop() {
		data, err := tiles.Read(log, path)
		if err != nil {
			b.Fatal(err)
		}
		if leaves, err := tiles.ParseBundle(data, merkle.TileWidth); err != nil || len(leaves) != merkle.TileWidth {
			b.Fatal(len(leaves), err)
		}
	}
}
