package chain_test

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

// leafOf is what the leaf of an index is in a made-up log.
func leafOf(index uint64) []byte {
	leaf := binary.BigEndian.AppendUint64([]byte("leaf "), index)
	if index%5 == 4 {
		leaf = append(leaf, make([]byte, chain.LargestKept)...)
	}
	return leaf
}

// A cache of leaves holds what a naive model says: of each place the leaf that was read twice with none of that place between, and never one that is large.
func TestLeavesThatWereReadTwiceAreKept(t *testing.T) {
	hits, replaced := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := chain.NewLeafCache()
		kept, last := map[uint64]uint64{}, map[uint64]uint64{}
		for range 200 {
			place := rapid.Uint64Range(0, 2).Draw(t, "place")
			index := place + chain.LeafPlaces*rapid.Uint64Range(0, 2).Draw(t, "turn")
			got, ok := c.Get(index)
			of, any := kept[place]
			if want := any && of == index; ok != want || ok && !bytes.Equal(got, leafOf(index)) {
				t.Fatalf("leaf %d: %x, %v; kept is %d, %v", index, got, ok, of, any)
			}
			if ok {
				hits++
				continue
			}
			leaf := leafOf(index)
			c.Read(index, leaf)
			before, again := last[place]
			if last[place] = index; again && before == index && len(leaf) <= chain.LargestKept {
				if any {
					replaced++
				}
				kept[place] = index
			}
			clear(leaf) // a reader's memory is used again
		}
	})
	if hits == 0 || replaced == 0 {
		t.Errorf("%d hits, %d replaced: not all was tried", hits, replaced)
	}
}

// Many views that peek at the same leaves, again and again and beside the writer, see what is on disk.
func TestPeekedLeavesAreThoseOnDisk(t *testing.T) {
	market := chaintest.NewMarket(2)
	drafts := market.Drafts(20, 10)
	l := open(t, options(t, market.World))
	apply(t, l, market.Story...)
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			for range 5 {
				if err := l.View(func(v *chain.View) error {
					for at := range v.Head().Size {
						index := (at*7 + uint64(i)) % v.Head().Size
						want, err := v.Leaf(index)
						if err != nil {
							return err
						}
						for range 3 {
							if got, err := v.Peek(index); err != nil || !bytes.Equal(got, want) {
								t.Errorf("leaf %d: %x, %v, want %x", index, got, err, want)
							}
						}
					}
					if _, err := v.Peek(v.Head().Size); err == nil {
						t.Error("a leaf behind the end")
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	apply(t, l, drafts...)
	readers.Wait()
}
