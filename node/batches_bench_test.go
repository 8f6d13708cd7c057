//go:build unix

package node

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// BenchmarkBatches is eight callers who hand in many records at a time, at the leader and at all nodes; an iteration is a record. CPU is of the three nodes
// and their callers together, signing left out.
func BenchmarkBatches(b *testing.B) {
	for _, size := range []int{100, 500} {
		for _, place := range []string{"leader", "all"} {
			b.Run(fmt.Sprintf("%s/%d", place, size), func(b *testing.B) {
				w := newNetwork(b, 3).start()
				w.certified()
				leader := w.leader()
				var signed [][]byte
				for i := range b.N {
					signed = append(signed, w.Register(ledger.AccountID(i%3+1), i/3+1).Envelope)
				}
				used := processor(b)
				b.ResetTimer()
				var next atomic.Int64
				var callers sync.WaitGroup
				for c := range 8 {
					h := leader
					if place == "all" {
						h = w.nodes[c%3]
					}
					callers.Go(func() {
						for from := int(next.Add(int64(size))) - size; from < b.N; from = int(next.Add(int64(size))) - size {
							h.submit(signed[from:min(from+size, b.N)]...)
						}
					})
				}
				callers.Wait()
				b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(b.N), "cpu-µs/record")
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
				b.ReportMetric(float64(b.N)/float64(w.leader().Ledger().Head().Height), "records/block")
			})
		}
	}
}
