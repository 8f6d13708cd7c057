package chain_test

import (
	"encoding/binary"
	"errors"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/store"
)

// A ledger whose seal index is not what it was does not open, and says which row it is, also where the row's checksum was made to fit.
func TestAlteredSealIndexIsRefused(t *testing.T) {
	v := newVictim(t)
	key := func(height uint64) []byte { return binary.BigEndian.AppendUint64(nil, height) }
	point := func(b *bolt.Bucket, height, leaf uint64) {
		v.put(b, key(height), forge(key(height), append(make([]byte, 4), key(leaf)...)))
	}
	last := v.check().Head.Height
	for _, c := range []struct {
		name, row, kind string
		alter           func(b *bolt.Bucket)
	}{
		{"a flipped bit", "seal of block 12", "checksum", func(b *bolt.Bucket) {
			row := append([]byte(nil), b.Get(key(12))...)
			row[7] ^= 1
			v.put(b, key(12), row)
		}},
		{"a row that is gone", "seal of block 12", "missing", func(b *bolt.Bucket) { _ = b.Delete(key(12)) }},
		{"the newest is gone", "", "", func(b *bolt.Bucket) { _ = b.Delete(key(last)) }},
		{"a row too many", "seal of block 1000000", "too_many", func(b *bolt.Bucket) { point(b, 1_000_000, 1<<40) }},
		{"a row that leads back", "seal of block 12", "order", func(b *bolt.Bucket) { point(b, 12, 3) }},
		{"a row that leads too far", "seal of block 12", "order", func(b *bolt.Bucket) { point(b, 12, 1<<40) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			v.heal()
			v.alter(store.ChainFile, "seals", c.alter)
			l, err := chain.Open(t.Context(), v.o)
			if err == nil {
				l.Close()
			}
			f, ok := errors.AsType[*chain.Finding](err)
			if c.row == "" { // its head is looked for before
				if err == nil {
					t.Error("it opened")
				}
				return
			}
			if !ok || f.File != store.ChainFile || f.Bucket != "seals" || f.Row != c.row || f.Flaw().Kind != c.kind {
				t.Fatalf("%v, want %s: %s", err, c.row, c.kind)
			}
			if vietnamese, english := f.Sentences(); vietnamese == english {
				t.Errorf("%s in both languages", english)
			}
		})
	}
	v.heal()
	open(t, v.o).Close()
}
