//go:build unix

package node

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// processor is the processor time of the whole process: three nodes, and their clients.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCosigning is 256 clients at three nodes, with cosigning and without; an iteration is a record. CPU is of the nodes and their clients together.
func BenchmarkCosigning(b *testing.B) {
	for _, on := range []bool{true, false} {
		name := map[bool]string{true: "on", false: "off"}[on]
		b.Run(name, func(b *testing.B) {
			w := newNetwork(b, 3).start()
			if on {
				w.certified()
			} else {
				w.mute()
			}
			w.leader()
			var signed [][]byte
			for i := range b.N {
				signed = append(signed, w.Register(ledger.AccountID(i%3+1), i/3+1).Envelope)
			}
			before, used := w.nodes[0].Status().Cosign.signedHeads(1), processor(b)
			b.ResetTimer()
			var next atomic.Int64
			var clients sync.WaitGroup
			for c := range 256 {
				h := w.nodes[c%3]
				clients.Go(func() {
					for i := next.Add(1) - 1; int(i) < b.N; i = next.Add(1) - 1 {
						h.submit(signed[i])
					}
				})
			}
			clients.Wait()
			b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(b.N), "cpu-µs/record")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(w.nodes[0].Status().Cosign.signedHeads(1)-before)/b.Elapsed().Seconds(), "heads/s")
		})
	}
}

func (s CosignStatus) signedHeads(agency ledger.AccountID) uint64 {
	for _, c := range s.Signers {
		if c.Agency == agency {
			return c.Taken
		}
	}
	return 0
}

// BenchmarkOneClientCertified is one client that sends one record at a time and waits for its receipt.
func BenchmarkOneClientCertified(b *testing.B) {
	w := newNetwork(b, 3).start()
	w.certified()
	n := 0
	for name, h := range map[string]*host{"leader": w.leader(), "follower": w.follower()} {
		b.Run(name, func(b *testing.B) {
			var committed, certified []time.Duration
			used := processor(b)
			for b.Loop() {
				n++
				b.StopTimer()
				envelope := w.Register(1, n).Envelope
				b.StartTimer()
				began := time.Now()
				outcomes := h.submit(envelope)
				committed = append(committed, time.Since(began))
				if receipts, err := h.Receipts(context.Background(), outcomes, math.MaxInt); err != nil || receipts[0] == nil {
					b.Fatal(err)
				}
				certified = append(certified, time.Since(began))
			}
			b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(len(committed)), "cpu-µs/record")
			slices.Sort(committed)
			slices.Sort(certified)
			b.ReportMetric(float64(committed[len(committed)/2].Microseconds())/1000, "p50-committed-ms")
			b.ReportMetric(float64(certified[len(certified)/2].Microseconds())/1000, "p50-certified-ms")
			b.ReportMetric(float64(certified[len(certified)*99/100].Microseconds())/1000, "p99-certified-ms")
		})
	}
}
