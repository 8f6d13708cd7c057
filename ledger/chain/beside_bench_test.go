//go:build linux

package chain_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// BenchmarkApplyBesideReaders is the processor time of the thread that applies, alone and beside readers who read histories, records and proofs without a pause.
// The time that it takes is of no meaning on a machine whose processors the readers fill; what the writer does for a record is.
func BenchmarkApplyBesideReaders(b *testing.B) {
	const total, size = 10_000, 100
	market := chaintest.NewMarket(1)
	records := sales(market.World, total)
	for _, readers := range []int{0, 1, 4} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				o := options(b, market.World)
				w := *market.World
				w.Index = market.Story[len(market.Story)-1].Index
				made, _ := drafts(&w, records, size)
				l := open(b, o)
				apply(b, l, market.Story...)
				for _, r := range records {
					l.Remember(ledger.EnvelopeHash(r.Envelope))
				}
				var done atomic.Bool
				var read atomic.Int64
				var reading sync.WaitGroup
				for range readers {
					reading.Go(func() {
						for !done.Load() {
							if err := l.View(readSome); err != nil {
								b.Error(err)
								return
							}
							read.Add(1)
						}
					})
				}
				runtime.LockOSThread()
				before := thread(b)
				b.StartTimer()
				for _, d := range made {
					apply(b, l, d)
				}
				b.StopTimer()
				b.ReportMetric(float64((thread(b)-before).Microseconds())/total, "writer-cpu-µs/record")
				runtime.UnlockOSThread()
				done.Store(true)
				reading.Wait()
				b.ReportMetric(float64(read.Load()), "views")
				l.Close()
				b.StartTimer()
			}
		})
	}
}

// readSome reads what a trace and a receipt read.
func readSome(v *chain.View) error {
	for _, id := range []subject.ID{subject.Activity(chaintest.Coop), subject.Product(chaintest.Coffee), subject.Account(chaintest.Coop)} {
		n, err := v.HistoryLen(id)
		if err != nil {
			return err
		}
		if _, err := v.History(id, n-min(n, 32), 32); err != nil {
			return err
		}
	}
	hashes, err := v.Hashes()
	if err != nil {
		return err
	}
	size := v.Head().Size
	_, err = merkle.Log.ProveInclusion(hashes, size, size/2)
	return err
}

// thread is the processor time of the thread that calls it.
func thread(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
