//go:build unix

package sync

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// cpu is the processor time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// trade makes single-action records: lots, proposals and what is made of them, retail.
func trade(w *chaintest.World, n int) []*compose.Signed {
	records := make([]*compose.Signed, 0, n)
	for i := 0; len(records) < n; i++ {
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

// BenchmarkCatchUp is how fast a new ledger comes to hold 200 thousand leaves: executed as they are, from a node over gRPC, from published files over HTTP, and
// from a node that is a round trip of 50 ms away.
func BenchmarkCatchUp(b *testing.B) {
	const total, block = 200_000, 1000
	market := chaintest.NewMarket(1)
	n := newTruth(b, market.World)
	n.tell(market.Story...)
	for range total / block {
		records := trade(n.world, block)
		for _, r := range records {
			n.ledger.Remember(ledger.EnvelopeHash(r.Envelope))
		}
		data := n.world.Draft(records...)
		n.tell(chaintest.Draft{Index: n.world.Index, Term: n.world.Term, Data: data})
	}
	n.certify()
	head := n.ledger.Head()
	run := func(name string, catchUp func(b *testing.B, l *chain.Ledger)) {
		b.Run(name, func(b *testing.B) {
			before := cpu()
			for b.Loop() {
				l := openLedger(b, market.Genesis.Bytes())
				catchUp(b, l)
				if l.Head() != head {
					b.Fatalf("%+v, want %+v", l.Head(), head)
				}
			}
			leaves := float64(head.Size) * float64(b.N)
			b.ReportMetric(leaves/b.Elapsed().Seconds(), "leaves/s")
			b.ReportMetric(float64((cpu()-before).Microseconds())/leaves, "cpu-µs/leaf")
		})
	}
	run("execution", func(b *testing.B, l *chain.Ledger) { execute(b, n, l, head.Size) })
	follow := func(name string, source func(b *testing.B) Source) {
		run(name, func(b *testing.B, l *chain.Ledger) {
			f := newFollower(b, l, market.Genesis, n.now, source(b))
			f.pace = defaultPace
			ctx, stop := context.WithTimeout(b.Context(), 10*time.Minute)
			defer stop()
			if err := f.To(ctx, head.Size); err != nil {
				b.Fatal(err)
			}
		})
	}
	follow("grpc", func(b *testing.B) Source { return dialed(b, n.address) })
	follow("files", func(b *testing.B) Source { return ofFiles(b, overWeb(b, n, false)) })
	follow("far", func(b *testing.B) Source { return far{dialed(b, n.address)} })
}

// far is a node whose answers take their time. Its stream, which is not asked for, is as fast as a near one's.
type far struct{ *Remote }

func (f far) Consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error) {
	if err := pause(ctx, 50*time.Millisecond); err != nil {
		return nil, err
	}
	return f.Remote.Consistency(ctx, older, newer)
}

// execute has a ledger take another one's leaves in chunks like a follower's, from memory.
func execute(b *testing.B, n *truth, l *chain.Ledger, size uint64) {
	for l.Head().Size < size {
		from := l.Head().Size
		var leaves [][]byte
		for whole := 0; ; {
			more, err := n.ledger.Leaves(from+uint64(len(leaves)), size, 1<<20)
			if err != nil {
				b.Fatal(err)
			}
			for _, leaf := range more {
				if leaves = append(leaves, leaf); leaf[0] == ledger.KindSeal && len(leaves)+maxBlockLeaves <= chunkLeaves {
					whole = len(leaves)
				}
			}
			if len(leaves) >= chunkLeaves || from+uint64(len(leaves)) == size {
				leaves = leaves[:whole]
				break
			}
		}
		if _, err := l.Extend(b.Context(), from, leaves); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLive is how long after its certification a block of ten records is in the ledger that follows.
func BenchmarkLive(b *testing.B) {
	market := chaintest.NewMarket(1)
	n := newTruth(b, market.World)
	n.tell(market.Story...)
	n.certify()
	f := newFollower(b, openLedger(b, market.Genesis.Bytes()), market.Genesis, n.now, dialed(b, n.address))
	f.run()
	f.eventually("it follows", func() bool { return f.Status().Live })
	for b.Loop() {
		b.StopTimer()
		n.tell(next(n.world, 10, 1))
		b.StartTimer()
		n.certify()
		for size := n.ledger.Head().Size; ; {
			f.Follower.mu.Lock()
			news := f.news
			f.Follower.mu.Unlock()
			if f.ledger.Head().Size == size {
				break
			}
			<-news
		}
	}
}

// BenchmarkProve is what it costs to prove a chunk, beside executing it.
func BenchmarkProve(b *testing.B) {
	leaves := make([][]byte, chunkLeaves)
	for i := range leaves {
		leaves[i] = make([]byte, 400)
	}
	for b.Loop() {
		newChunk(merkle.Frontier{}, leaves)
	}
	b.ReportMetric(float64(b.N*len(leaves))/b.Elapsed().Seconds(), "leaves/s")
}
