//go:build unix

package chain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
)

// cpu is the processor time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sales makes single-action records of trade: lots, proposals and what is made of them, retail.
func sales(w *chaintest.World, n int) []*compose.Signed { return salesFrom(w, 0, n) }

// salesFrom is sales whose lots begin with a number.
func salesFrom(w *chaintest.World, first, n int) []*compose.Signed {
	records := make([]*compose.Signed, 0, n)
	for i := first; len(records) < n; i++ {
		lot := ledger.LotID{Product: chaintest.Coffee, Lot: fmt.Sprintf("B-%d", i)}
		records = append(records, w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000_000, chaintest.Today, 0)))
		for range 5 {
			sale := w.Sign(chaintest.Coop, w.Propose(chaintest.Secret(w.Goods(lot, 1000, chaintest.NewCoffee), "1"), chaintest.Trader))
			records = append(records, sale, w.SignWith(chaintest.Trader, chaintest.Rotated, chaintest.Accept(ledger.SaleID{Record: sale.ID})),
				w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(lot, 10, chaintest.NewCoffee))))
		}
	}
	return records[:n]
}

func drafts(w *chaintest.World, records []*compose.Signed, size int) (made []chaintest.Draft, bytes int) {
	for len(records) > 0 {
		n := min(size, len(records))
		data := w.Draft(records[:n]...)
		made = append(made, chaintest.Draft{Index: w.Index, Term: w.Term, Data: data, Records: records[:n]})
		for _, r := range records[:n] {
			bytes += len(r.Envelope)
		}
		records = records[n:]
	}
	return made, bytes
}

func BenchmarkApply(b *testing.B) {
	const total = 20_000
	market := chaintest.NewMarket(1)
	records := sales(market.World, total)
	for _, size := range []int{1, 100, 1000} {
		for _, verify := range []bool{false, true} {
			name := fmt.Sprintf("block=%d", size)
			if verify {
				name += "/verify"
			}
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					o := options(b, market.World)
					w := *market.World
					w.Index = market.Story[len(market.Story)-1].Index
					n := total
					if size == 1 {
						n /= 5
					}
					made, bytes := drafts(&w, records[:n], size)
					l := open(b, o)
					apply(b, l, market.Story...)
					if !verify {
						for _, r := range records[:n] {
							l.Remember(ledger.EnvelopeHash(r.Envelope))
						}
					}
					before := cpu()
					b.StartTimer()
					for _, d := range made {
						apply(b, l, d)
					}
					if err := l.FlushIndex(); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/record")
					if h := l.Head(); h.Size < uint64(n) {
						b.Fatalf("head %+v", h)
					}
					l.Close()
					b.ReportMetric(float64(diskUse(b, o.Dir))/float64(bytes), "disk/records")
					b.StartTimer()
				}
			})
		}
	}
}

// diskUse is what files take of the disk, which is less than their size: bbolt makes files grow by 16 MiB.
func diskUse(b testing.TB, dir string) (total int64) {
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		total += info.Sys().(*syscall.Stat_t).Blocks * 512
	}
	return total
}

// BenchmarkAudit is the speed of an audit beside that of verifying its signatures alone.
func BenchmarkAudit(b *testing.B) {
	const total = 20_000
	market := chaintest.NewMarket(1)
	records := sales(market.World, total)
	made, _ := drafts(market.World, records, 500)
	o := options(b, market.World)
	l := open(b, o)
	apply(b, l, market.Story...)
	for _, d := range made {
		apply(b, l, d)
	}
	var leaves [][]byte
	for uint64(len(leaves)) < l.Head().Size {
		_ = l.View(func(v *chain.View) error {
			more, err := v.Leaves(uint64(len(leaves)), 1000)
			leaves = append(leaves, more...)
			return err
		})
	}
	var jobs []ident.Job
	for _, leaf := range leaves {
		if e, err := ledger.ParseEnvelope(leaf); err == nil {
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
		}
	}
	b.Run("signatures", func(b *testing.B) {
		for b.Loop() {
			if _, err := o.Verifier.Verify(b.Context(), jobs); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*len(jobs))/b.Elapsed().Seconds(), "records/s")
	})
	b.Run("audit", func(b *testing.B) {
		for b.Loop() {
			a := replay.NewAuditor(market.Genesis, o.Verifier, nil)
			for at := 0; at < len(leaves); at += 2048 {
				if err := a.Feed(b.Context(), leaves[at:min(at+2048, len(leaves))]); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := a.Finish(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*len(jobs))/b.Elapsed().Seconds(), "records/s")
	})
}
