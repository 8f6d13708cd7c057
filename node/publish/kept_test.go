package publish

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"github.com/ocopledger/ocop/ledger/tiles"
)

// A complete tile is read from the log once, a partial one each time; both are what the log has, also after it has grown, and a HEAD says how long the answer of a GET is.
func TestCompleteTilesAreKept(t *testing.T) {
	n := &counted{network: newNetwork(t)}
	n.grow(t, 300, 3)
	h := Handler(n, "", slog.New(slog.DiscardHandler))
	for _, size := range []int{300, 420, 600} {
		n.grow(t, size, 3)
		for _, path := range []string{"tile/0/000", "tile/entries/000", "tile/0/001.p/44", "tile/entries/001.p/44"} {
			for range 2 {
				got, _ := io.ReadAll(get(t, h, "GET", Prefix+path).Body)
				var want []byte
				if err := n.network.Log(func(l tiles.Log) (err error) {
					want, err = tiles.Read(l, path)
					return err
				}); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s at %d: %d bytes, want %d, %v", path, size, len(got), len(want), err)
				}
			}
		}
	}
	if want := 2 + 2*2*3; n.reads != want {
		t.Errorf("the log was read %d times, want %d", n.reads, want)
	}
	body, _ := io.ReadAll(get(t, h, "GET", "/log/tile/entries/000", "Accept-Encoding", "gzip").Body)
	if a := get(t, h, "HEAD", "/log/tile/entries/000", "Accept-Encoding", "gzip"); a.ContentLength != int64(len(body)) || n.reads != 14 {
		t.Errorf("HEAD says %d bytes, GET has %d; %d reads", a.ContentLength, len(body), n.reads)
	}
}

// counted counts how often the log is read.
type counted struct {
	*network
	reads int
}

func (c *counted) Log(read func(tiles.Log) error) error {
	c.reads++
	return c.network.Log(read)
}
