//go:build unix

package admit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// busyRecords is from how many records under way on the node has its calls wait for each other.
const busyRecords = 32

// processor is what this process has used of the processor.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAdmitCalls takes in one record a call, of two signers, from callers who call again when they are answered: each verified alone, and gathered as on a busy
// node, where at least busyRecords are under way at once nearly always. The difference in processor time is what gathering saves; elapsed time has the waiting in it.
func BenchmarkAdmitCalls(b *testing.B) {
	for _, callers := range []int{2 * busyRecords, 8 * busyRecords} {
		for _, gathered := range []bool{false, true} {
			b.Run(fmt.Sprintf("callers=%d/gathered=%t", callers, gathered), func(b *testing.B) { admitCalls(b, callers, gathered) })
		}
	}
}

func admitCalls(b *testing.B, callers int, gathered bool) {
	g := newGate(b)
	g.Busy = func() bool { return gathered && g.Underway() >= busyRecords }
	envelopes := make([][][]byte, callers)
	for i := range envelopes {
		envelopes[i] = [][]byte{g.Register(ledger.AccountID(1+i%2), 1+i/2).Envelope}
	}
	var calls atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	used := processor(b)
	for i := range callers {
		all.Go(func() {
			for calls.Add(1) <= int64(b.N) {
				taken, err := g.Verify(b.Context(), envelopes[i])
				if err != nil || !taken[0].Good() {
					b.Errorf("caller %d: %v, %+v", i, err, taken)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64((processor(b)-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/record")
}
