//go:build unix

package replica_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/node/replica"
)

// recordBytes is a sale in a draft: what fills blocks when an agency is busy.
const recordBytes = 310

// What is under way at once makes the entries: callers who wait for their answers fill drafts of some 110 records, and streams those of 1,000.
var entryRecords = []int{110, 1000}

// processor is what the process has spent of it, of all threads.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func spent(b *testing.B, since time.Duration, records int) {
	cpu := float64((processor(b) - since).Nanoseconds()) / 1000 / float64(b.N)
	b.ReportMetric(cpu, "cpu-µs/op")
	if records > 0 {
		b.ReportMetric(cpu/float64(records), "cpu-µs/record")
	}
}

// draft is an entry of so many records, of bytes that nothing makes smaller.
func draft(index uint64, records int) *raft.Log {
	data := make([]byte, records*recordBytes)
	for i := range data {
		data[i] = byte(uint64(i) * 0x9e3779b97f4a7c15 >> 32)
	}
	return &raft.Log{Index: index, Term: 2, Type: raft.LogCommand, Data: data, AppendedAt: time.Unix(1_790_000_000, 0)}
}

// written is how many bytes the process has had written to disks.
func written(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return int64(u.Oublock) * 512
}

// BenchmarkStoreLogs writes an entry to the log, one after the other, and waits until the disk has it, as a node does: elapsed time is the disk's. The log is below
// TMPDIR: where that is memory, it says nothing of a disk.
func BenchmarkStoreLogs(b *testing.B) {
	for _, records := range append([]int{1}, entryRecords...) {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) {
			s, err := replica.OpenStore(filepath.Join(b.TempDir(), "raft.db"), rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			l := draft(0, records)
			before, disk := processor(b), written(b)
			for b.Loop() {
				l.Index++
				if err := s.StoreLogs([]*raft.Log{l}); err != nil {
					b.Fatal(err)
				}
			}
			spent(b, before, records)
			b.ReportMetric(float64(written(b)-disk)/float64(b.N*len(l.Data)), "written-B/B")
		})
	}
}

// BenchmarkAppend sends an entry to a follower whose raft takes it at once, over the peer door's TLS on this machine, and waits for the answer: with no record it is a
// heartbeat. Processor time is of both.
func BenchmarkAppend(b *testing.B) {
	one, other := newIdentity(b, 1), newIdentity(b, 2)
	members := &directory{members: []replica.Member{one.member, other.member}}
	from, to := newTransport(b, one, members), newTransport(b, other, members)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case rpc := <-to.Consumer():
				rpc.Respond(&raft.AppendEntriesResponse{Term: 2, Success: true}, nil)
			}
		}
	}()
	for _, records := range append([]int{0}, entryRecords...) {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) {
			q := &raft.AppendEntriesRequest{RPCHeader: headerOf(one.member), Term: 2, PrevLogEntry: 1, PrevLogTerm: 2}
			if records > 0 {
				q.Entries = []*raft.Log{draft(2, records)}
			}
			before := processor(b)
			for b.Loop() {
				if err := from.AppendEntries(raft.ServerID(other.member.ID), "", q, &raft.AppendEntriesResponse{}); err != nil {
					b.Fatal(err)
				}
			}
			spent(b, before, records)
		})
	}
}
