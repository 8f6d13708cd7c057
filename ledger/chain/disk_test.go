//go:build unix

package chain_test

import (
	"fmt"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/store"
)

// retail makes single-action records of a shop: a lot, and a hundred sales over the counter.
func retail(w *chaintest.World, first, n int) []*compose.Signed {
	const ofALot = 100
	records := make([]*compose.Signed, 0, n)
	for i := first; len(records) < n; i++ {
		lot := ledger.LotID{Product: chaintest.Coffee, Lot: fmt.Sprintf("R-%d", i)}
		records = append(records, w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000_000, chaintest.Today, 0)))
		for range ofALot {
			records = append(records, w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(lot, 10, chaintest.NewCoffee))))
		}
	}
	return records[:n]
}

// shapes are what ledgers are filled with.
var shapes = []struct {
	name string
	make func(w *chaintest.World, first, n int) []*compose.Signed
}{{"trade", salesFrom}, {"retail", retail}}

// filled makes a ledger of n records in blocks of some size, with its index written to the end, and returns its directory and the bytes of the records.
func filled(tb testing.TB, shape func(w *chaintest.World, first, n int) []*compose.Signed, n, block int) (dir string, bytes int) {
	tb.Helper()
	const atOnce = 20_000
	market := chaintest.NewMarket(1)
	o := options(tb, market.World)
	o.NoSync = true
	l := open(tb, o)
	apply(tb, l, market.Story...)
	for done := 0; done < n; done += atOnce {
		records := shape(market.World, done, min(atOnce, n-done))
		made, size := drafts(market.World, records, block)
		bytes += size
		for _, r := range records {
			l.Remember(ledger.EnvelopeHash(r.Envelope))
		}
		apply(tb, l, made...)
	}
	l.Close()
	return o.Dir, bytes
}

// What a node keeps of its ledger, indexes included, is at most twice the records, when blocks have a hundred of them or more.
func TestBytesOnDisk(t *testing.T) {
	for _, shape := range shapes[:some(2)] {
		t.Run(shape.name, func(t *testing.T) {
			dir, bytes := filled(t, shape.make, 20_000, 100)
			if disk := diskUse(t, dir); disk > 2*int64(bytes) {
				t.Errorf("%d bytes of disk for %d of records", disk, bytes)
			}
		})
	}
}

// BenchmarkDisk says where the bytes are, in bytes a record: per bucket, pages that are not full included, and of whole files, with pages that wait to be used again.
func BenchmarkDisk(b *testing.B) {
	for _, shape := range shapes {
		for _, block := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/block=%d", shape.name, block), func(b *testing.B) {
				const records = 100_000
				for b.Loop() {
					dir, bytes := filled(b, shape.make, records, block)
					b.ReportMetric(float64(bytes)/records, "record-B")
					b.ReportMetric(float64(diskUse(b, dir))/float64(bytes), "disk/records")
					for _, name := range []string{store.ChainFile, store.IndexFile} {
						bucketUse(b, filepath.Join(dir, name), func(bucket string, used int) {
							b.ReportMetric(float64(used)/records, bucket+"-B")
						})
					}
				}
			})
		}
	}
}

func bucketUse(tb testing.TB, path string, report func(bucket string, used int)) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if s := b.Stats(); string(name) != "meta" {
				report(string(name), s.LeafAlloc+s.BranchAlloc)
			}
			return nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
}
