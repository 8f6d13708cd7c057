//go:build unix

package node

import (
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// BenchmarkStreams is clients that stream to three nodes, in messages of 64 records; an iteration is a record. CPU is of nodes and clients together.
func BenchmarkStreams(b *testing.B) {
	for name, c := range map[string]struct {
		streams int
		pick    func(w *network, c int) *host
	}{
		"leader/1":   {1, func(w *network, _ int) *host { return w.leader() }},
		"leader/8":   {8, func(w *network, _ int) *host { return w.leader() }},
		"follower/1": {1, func(w *network, _ int) *host { return w.follower() }},
		"all/9":      {9, func(w *network, c int) *host { return w.nodes[c%3] }},
	} {
		b.Run(name, func(b *testing.B) {
			w := newNetwork(b, 3).start()
			w.leader()
			signed := make([][]byte, b.N)
			for i := range signed {
				signed[i] = w.Register(ledger.AccountID(i%3+1), i/3+1).Envelope
			}
			used := processor(b)
			b.ResetTimer()
			var clients sync.WaitGroup
			for i := range c.streams {
				own := signed[i*b.N/c.streams : (i+1)*b.N/c.streams]
				clients.Go(func() {
					s := c.pick(w, i).stream(b.Context(), false, false)
					for len(own) > 0 {
						n := min(64, len(own))
						s.messages <- own[:n]
						own = own[n:]
					}
					if err := s.end(); err != nil {
						b.Error(err)
					}
				})
			}
			clients.Wait()
			b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(b.N), "cpu-µs/record")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(b.N)/float64(w.leader().Ledger().Head().Height), "records/block")
		})
	}
}
