package merkle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

// A tile that grows is at every width the tile that is parsed, with all subtrees inside, and copies of before stay what they were, also beside a line of growth
// that was given up.
func TestTilesGrow(t *testing.T) {
	var grown TileNodes
	var data []byte
	copies := make([]TileNodes, 0, TileWidth+1)
	for i := range TileWidth {
		copies = append(copies, grown)
		astray := grown
		astray.Append(Log, Hash{byte(i)})
		h := sha256.Sum256(fmt.Append(nil, i))
		grown.Append(Log, h)
		data = append(data, h[:]...)
	}
	copies = append(copies, grown)
	for width := 1; width <= TileWidth; width++ {
		want, err := Log.ParseTile(data[:width*HashSize])
		if err != nil {
			t.Fatal(err)
		}
		got := copies[width]
		if got.Width() != width || !bytes.Equal(got.AppendBinary(nil, width), data[:width*HashSize]) {
			t.Fatalf("width %d: %d", width, got.Width())
		}
		for level := range tileHeight + 1 {
			for i := range uint64(width + 1) {
				w, wantOK := want.Hash(level, i)
				if g, ok := got.Hash(level, i); ok != wantOK || g != w {
					t.Fatalf("width %d: hash %d of level %d: %v, %v", width, i, level, g, ok)
				}
			}
		}
	}
}
