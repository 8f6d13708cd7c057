package chain_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

// Before its first rows are due, index.db holds nothing: what a node leaves that is killed then has nothing wrong with it.
func TestIndexWithoutRowsIsNoFinding(t *testing.T) {
	market := chaintest.NewMarket(5)
	o := options(t, market.World)
	apply(t, open(t, o), market.Story...)
	killed := o
	killed.Dir = t.TempDir()
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		copyFile(t, filepath.Join(o.Dir, name), filepath.Join(killed.Dir, name))
	}
	checkClean(t, killed)
	open(t, killed).Close()
	checkClean(t, killed)

	// A head that was taken out of an index with rows is one.
	v := &victim{t: t, o: killed}
	v.alter(store.IndexFile, "meta", func(b *bolt.Bucket) {
		if err := b.Delete([]byte("head")); err != nil {
			t.Fatal(err)
		}
	})
	if r := v.check(); r.OK() {
		t.Error("nothing is said of an index without its head")
	}
	if l, err := chain.Open(t.Context(), killed); err == nil {
		l.Close()
		t.Error("it opens")
	}
}

// What a disk leaves that lost the newest leaves, or the rows of the newest seals, and kept the head which counts them is named when the ledger opens.
func TestWhatTheHeadCountsIsMissed(t *testing.T) {
	market := chaintest.NewMarket(5)
	o := options(t, market.World)
	l := open(t, o)
	apply(t, l, market.Story...)
	l.Close()
	good, err := os.ReadFile(filepath.Join(o.Dir, store.ChainFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range []string{"leaves", "seals"} {
		if err := os.WriteFile(filepath.Join(o.Dir, store.ChainFile), good, 0o600); err != nil {
			t.Fatal(err)
		}
		v := &victim{t: t, o: o}
		v.alter(store.ChainFile, bucket, func(b *bolt.Bucket) {
			for range 2 {
				if key, _ := b.Cursor().Last(); b.Delete(key) != nil {
					t.Fatal("the last row cannot be deleted")
				}
			}
		})
		l, err := chain.Open(t.Context(), o)
		if err == nil {
			l.Close()
		}
		if found, ok := errors.AsType[*chain.Finding](err); !ok || found.File != store.ChainFile || found.Bucket != bucket {
			t.Errorf("%s: %v", bucket, err)
		}
	}
}

// A page of another bucket in the place of one with leaves, as a disk leaves it that lost a write, is a finding and no crash.
func TestRowsOfAnotherBucketAreNamed(t *testing.T) {
	v := newVictim(t)
	for _, bucket := range []string{"leaves", "seals"} {
		v.heal()
		v.alter(store.ChainFile, bucket, func(b *bolt.Bucket) {
			for _, key := range []string{"format", "genesis", "head"} {
				v.put(b, []byte(key), []byte("row"))
			}
		})
		want(t, v.check(), store.ChainFile, bucket)
		l, err := chain.Open(t.Context(), v.o)
		if err == nil {
			l.Close()
		}
		if found, ok := errors.AsType[*chain.Finding](err); !ok || found.Bucket != bucket {
			t.Errorf("%s: %v", bucket, err)
		}
	}
}
