//go:build unix

package prove_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/subject"
)

// processor is the processor time of the process, the collection of its garbage included.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAction makes receipts of actions of an author who has written so many records: of any of them, and of the same few hundred again and again.
func BenchmarkAction(b *testing.B) {
	for _, records := range []int{1_000, 10_000, 100_000} {
		l, w := sold(b, records)
		signed := chaintest.Cosign(l.Policy(), l.Head(), w.Now/1000)
		var leaves []uint64
		if err := l.View(func(v *chain.View) error {
			id := subject.Activity(chaintest.Coop)
			n, err := v.HistoryLen(id)
			if err != nil {
				return err
			}
			entries, err := v.Touches(id, 0, int(n))
			for _, e := range entries {
				if e.Slot == ledger.WholeRecord && e.Leaf > 0 {
					leaves = append(leaves, e.Leaf)
				}
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		r.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
		for _, asked := range []struct {
			name string
			of   []uint64
		}{{"any", leaves}, {"again", leaves[:250]}} {
			b.Run(fmt.Sprintf("%s/%d", asked.name, records), func(b *testing.B) {
				of := asked.of
				cache, i, begun := prove.NewCache(1<<20), 0, processor(b)
				b.ReportAllocs()
				for b.Loop() {
					if err := l.View(func(v *chain.View) error {
						_, err := cache.Action(v, signed, of[i%len(of)], 0, prove.Options{})
						return err
					}); err != nil {
						b.Fatal(err)
					}
					i++
				}
				b.ReportMetric(float64((processor(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// sold is a ledger on which one author has sold so many times over the counter, with its index written to the end.
func sold(b *testing.B, records int) (*chain.Ledger, *chaintest.World) {
	b.Helper()
	market := chaintest.NewMarket(1)
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		b.Fatal(err)
	}
	l, err := chain.Open(b.Context(), chain.Options{Dir: b.TempDir(), Genesis: market.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close(); pool.Close() })
	apply := func(d chaintest.Draft) {
		if _, err := l.Apply(b.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil {
			b.Fatal(err)
		}
	}
	for _, d := range market.Story {
		apply(d)
	}
	w := market.World
	lot := ledger.LotID{Product: chaintest.Coffee, Lot: "B-1"}
	registered := w.Draft(w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000_000_000, chaintest.Today, 0)))
	apply(chaintest.Draft{Index: w.Index, Term: w.Term, Data: registered})
	for done := 0; done < records; done += 1_000 {
		w.Tick(time.Second)
		envelopes := make([][]byte, 1_000)
		for i := range envelopes {
			r := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(lot, 1, chaintest.NewCoffee)))
			envelopes[i] = r.Envelope
			l.Remember(ledger.EnvelopeHash(r.Envelope))
		}
		data := w.DraftOf(0, envelopes...)
		apply(chaintest.Draft{Index: w.Index, Term: w.Term, Data: data})
	}
	if err := l.FlushIndex(); err != nil {
		b.Fatal(err)
	}
	return l, w
}
