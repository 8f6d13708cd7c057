package chain_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// rowsOf is every row of index.db, as bucket and key.
func rowsOf(t testing.TB, dir string) map[string]string {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, store.IndexFile), 0o600, &bolt.Options{ReadOnly: true, Timeout: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := make(map[string]string)
	if err := db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, row []byte) error {
				rows[string(name)+" "+hex.EncodeToString(k)] = string(row)
				return nil
			})
		})
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// However an index came to be, in small steps and large ones, by blocks that fill several chunks of a history at once or one entry at a time, or made anew because
// it was gone or of the format before, it is the same row by row, and nothing is wrong with it.
func TestRemadeIndexIsTheOneGrown(t *testing.T) {
	remakings := map[string]func(t *testing.T, o chain.Options){
		"it is gone": func(t *testing.T, o chain.Options) {
			if err := os.Remove(filepath.Join(o.Dir, store.IndexFile)); err != nil {
				t.Fatal(err)
			}
		},
		"it is of the format before": func(t *testing.T, o chain.Options) {
			v := &victim{t: t, o: o}
			for _, bucket := range []string{"entries", "records"} { // what it says counts for nothing
				v.alter(store.IndexFile, bucket, func(b *bolt.Bucket) { key, _ := nth(b, 1); _ = b.Delete(key) })
			}
			v.alter(store.IndexFile, "meta", func(b *bolt.Bucket) {
				key := []byte("format")
				v.put(b, key, forge(key, append(make([]byte, 4), "ocop index 3"...)))
			})
		},
	}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 21))
		market := chaintest.NewMarket(40 + seed)
		drafts := market.Story
		for _, most := range []int{1, 12, 200} {
			drafts = append(drafts, market.Drafts(10, most)...)
		}
		m := newModel(market.World)
		for _, d := range drafts {
			m.draft(t, d)
		}
		if n := len(m.history[subject.Activity(chaintest.Coop)]); n < 8*store.EntryChunk {
			t.Fatalf("%d entries are too few to fill subtrees of some levels", n)
		}
		o := options(t, market.World)
		o.FlushRecords = 1 + r.IntN(300)
		l := open(t, o)
		for _, batch := range groups(r, drafts) {
			apply(t, l, batch...)
			if r.IntN(3) == 0 {
				l = reopen(t, l, o)
			}
		}
		m.compare(t, l)
		l.Close()
		grown := rowsOf(t, o.Dir)
		for name, undo := range remakings {
			t.Run(fmt.Sprintf("%d: %s", seed, name), func(t *testing.T) {
				undo(t, o)
				o := o
				o.FlushRecords = 1 + r.IntN(300)
				l := open(t, o)
				m.compare(t, l)
				l.Close()
				if !maps.Equal(rowsOf(t, o.Dir), grown) {
					t.Error("the rows are others than before")
				}
				checkClean(t, o)
			})
		}
	}
}

// A hash of a subtree that was forged is named by check, with the subject and entries that it is of, and the ledger does not open.
func TestForgedSubtreesAreNamed(t *testing.T) {
	v := newVictim(t)
	id := subject.Activity(chaintest.Coop)
	n := uint64(len(v.model.history[id]))
	for number := range n / store.EntryChunk {
		key := store.EntryKey(id.Key(), number)
		for above := range store.Subtrees(number+1) - store.Subtrees(number) { // the highest is the last in the row
			v.heal()
			at := 32*above + 7
			v.alter(store.IndexFile, "entries", func(b *bolt.Bucket) {
				row := []byte(string(b.Get(key[:])))
				row[len(row)-at] ^= 0x40
				v.put(b, key[:], forge(key[:], row))
			})
			r := v.check()
			f := want(t, r, store.IndexFile, "entries", id.String(), "history")
			if f == nil {
				return
			}
			if f.Field != "history" || len(r.Findings) != 1 {
				t.Errorf("chunk %d: %v", number, r.Findings)
			}
			if l, err := chain.Open(t.Context(), v.o); err == nil {
				l.Close()
				t.Error("the ledger opens")
			}
		}
	}
}
