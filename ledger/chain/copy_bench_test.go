//go:build unix

package chain_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
)

// BenchmarkApplyBesideCopy is blocks of 100 records, each waited for on the disk, with nothing beside them, and with chain.db being copied to the same disk over and
// over: how long a writer waits because of a backup.
func BenchmarkApplyBesideCopy(b *testing.B) {
	const kept, blocks, size = 100_000, 200, 100
	for _, beside := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "copying"}[beside], func(b *testing.B) {
			market := chaintest.NewMarket(1)
			made, _ := drafts(market.World, sales(market.World, kept), 1000)
			o := options(b, market.World)
			o.NoSync = false
			l := open(b, o)
			apply(b, l, market.Story...)
			apply(b, l, made...)
			for b.Loop() {
				b.StopTimer()
				more, _ := drafts(market.World, retails(market.World, blocks*size), size)
				for _, d := range more {
					for _, r := range d.Records {
						l.Remember(ledger.EnvelopeHash(r.Envelope))
					}
				}
				var copier sync.WaitGroup
				stop, copies := make(chan struct{}), 0
				copier.Go(func() {
					for beside {
						select {
						case <-stop:
							return
						default:
						}
						f, err := os.Create(filepath.Join(o.Dir, "copy"))
						if err != nil {
							b.Error(err)
							return
						}
						if err := l.Copy(f); err != nil {
							b.Error(err)
						}
						if err := f.Sync(); err != nil {
							b.Error(err)
						}
						f.Close()
						copies++
					}
				})
				took := make([]time.Duration, 0, blocks)
				b.StartTimer()
				for _, d := range more {
					began := time.Now()
					apply(b, l, d)
					took = append(took, time.Since(began))
				}
				b.StopTimer()
				close(stop)
				copier.Wait()
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms/block")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms/block")
				b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms/block")
				b.ReportMetric(float64(copies), "copies")
				if bytes, err := l.CopySize(); err == nil {
					b.ReportMetric(float64(bytes)/(1<<20), "MiB")
				}
				b.StartTimer()
			}
		})
	}
}

// retails are small sales of one lot; when it is sold out they are refused, which costs the same writes.
func retails(w *chaintest.World, n int) []*compose.Signed {
	records := make([]*compose.Signed, n)
	for i := range records {
		records[i] = w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(chaintest.CoffeeLot, 1, chaintest.NewCoffee)))
	}
	return records
}
