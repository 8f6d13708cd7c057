//go:build unix

package store

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// BenchmarkFlush writes batches of index.db: 10,000 records and the 30,000 subjects that they touch, drawn from as many as there are. It waits for the disk, as a node does.
func BenchmarkFlush(b *testing.B) {
	const records, touched = 10_000, 3
	for _, subjects := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("subjects=%d", subjects), func(b *testing.B) {
			x, err := OpenIndex(b.TempDir()+"/"+IndexFile, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			r := rand.New(rand.NewPCG(1, 2))
			leaf := uint64(0)
			touch := func(n int) Subject {
				leaf++
				value := make([]byte, 45)
				copy(value, subject.Activity(ledger.AccountID(n)).Name)
				binary.BigEndian.PutUint64(value[37:], leaf)
				return Subject{
					ID: subject.Activity(ledger.AccountID(uint64(n) * 0x9e3779b97f4a7c15)), Value: value,
					History: merkle.Frontier{}.Append(merkle.History, merkle.Hash{byte(n)}), Newest: []Touch{{Leaf: leaf, Height: leaf / 500, Time: leaf * 3, Value: value}},
				}
			}
			for n := 0; n < subjects; {
				var batch IndexBatch
				for range min(100_000, subjects-n) {
					batch.Subjects = append(batch.Subjects, touch(n))
					n++
				}
				if err := x.Write(&batch); err != nil {
					b.Fatal(err)
				}
			}
			var begun, ended syscall.Rusage
			var user, sys, longest time.Duration
			b.ResetTimer()
			for b.Loop() {
				b.StopTimer()
				var batch IndexBatch
				for range records {
					var id ledger.RecordID
					binary.BigEndian.PutUint64(id[:], leaf)
					binary.BigEndian.PutUint64(id[8:], r.Uint64())
					batch.Records = append(batch.Records, Record{ID: id, Leaf: leaf, Height: leaf / 500, Time: leaf * 3})
				}
				for _, n := range r.Perm(subjects)[:touched*records] {
					batch.Subjects = append(batch.Subjects, touch(n))
				}
				_ = syscall.Getrusage(syscall.RUSAGE_SELF, &begun)
				at := time.Now()
				b.StartTimer()
				if err := x.Write(&batch); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				longest = max(longest, time.Since(at))
				_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ended)
				user += time.Duration(ended.Utime.Nano() - begun.Utime.Nano())
				sys += time.Duration(ended.Stime.Nano() - begun.Stime.Nano())
				b.StartTimer()
			}
			all := float64(b.N * records)
			b.ReportMetric(float64(user.Microseconds())/all, "user-µs/record")
			b.ReportMetric(float64(sys.Microseconds())/all, "sys-µs/record")
			b.ReportMetric(longest.Seconds()*1e3, "longest-ms")
		})
	}
}
