package node

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// BenchmarkOneClient is one client that sends one record at a time, to the leader and to another node.
func BenchmarkOneClient(b *testing.B) {
	w := newNetwork(b, 3).start()
	leader := w.leader()
	n := 0
	for name, h := range map[string]*host{"leader": leader, "follower": w.follower()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n++
				b.StopTimer()
				envelope := w.Register(1, n).Envelope
				b.StartTimer()
				h.accepted(envelope)
			}
		})
	}
}

// BenchmarkManyClients is 256 clients; an iteration is a record.
func BenchmarkManyClients(b *testing.B) {
	for name, pick := range map[string]func(w *network, c int) *host{
		"leader":   func(w *network, _ int) *host { return w.leader() },
		"follower": func(w *network, _ int) *host { return w.follower() },
		"all":      func(w *network, c int) *host { return w.nodes[c%3] },
	} {
		b.Run(name, func(b *testing.B) {
			w := newNetwork(b, 3).start()
			w.leader()
			var signed [][]byte
			for i := range b.N {
				signed = append(signed, w.Register(ledger.AccountID(i%3+1), i/3+1).Envelope)
			}
			b.ResetTimer()
			var next atomic.Int64
			var clients sync.WaitGroup
			for c := range 256 {
				h := pick(w, c)
				clients.Go(func() {
					for i := next.Add(1) - 1; int(i) < b.N; i = next.Add(1) - 1 {
						h.accepted(signed[i])
					}
				})
			}
			clients.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(b.N)/float64(w.leader().Ledger().Head().Height), "records/block")
		})
	}
}
