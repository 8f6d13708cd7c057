package replica

import (
	"sync"

	"github.com/hashicorp/raft"
)

// Bounds of what is remembered of the log: what a follower that keeps up has not been sent yet, and two of the largest entries at least.
const (
	recentBytes   = 8 << 20
	recentEntries = 1024
)

// recent remembers the newest entries of the log, which are consecutive. Raft reads each entry back that it has just stored: the leader once for each
// follower, a follower to apply it. From the file that is a copy, a checksum and, the first time, a fault for every page.
type recent struct {
	mu      sync.Mutex
	entries []*raft.Log
	bytes   int
}

// get gives an entry if it is remembered. Its data are not to be modified.
func (r *recent) get(index uint64, l *raft.Log) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.entries) == 0 || index < r.entries[0].Index || index-r.entries[0].Index >= uint64(len(r.entries)) {
		return false
	}
	*l = *r.entries[index-r.entries[0].Index]
	return true
}

// add remembers entries that were stored, and forgets the oldest beyond the bounds.
func (r *recent) add(logs []*raft.Log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range logs {
		if n := len(r.entries); n > 0 && r.entries[n-1].Index+1 != l.Index {
			r.drop(n)
		}
		kept := *l // raft goes on to use its own
		r.entries = append(r.entries, &kept)
		r.bytes += len(l.Data)
	}
	over := 0
	for left := r.bytes; left > recentBytes || len(r.entries)-over > recentEntries; over++ {
		left -= len(r.entries[over].Data)
	}
	r.drop(over)
}

// forget forgets entries that are about to be deleted, and those around them that would not be consecutive.
func (r *recent) forget(low, high uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.entries)
	if n == 0 || high < r.entries[0].Index || low > r.entries[n-1].Index {
		return
	}
	if low <= r.entries[0].Index {
		r.drop(int(min(uint64(n), high+1-r.entries[0].Index)))
		return
	}
	keep := int(low - r.entries[0].Index)
	for _, l := range r.entries[keep:] {
		r.bytes -= len(l.Data)
	}
	clear(r.entries[keep:])
	r.entries = r.entries[:keep]
}

// drop forgets the oldest n. The caller holds mu.
func (r *recent) drop(n int) {
	for _, l := range r.entries[:n] {
		r.bytes -= len(l.Data)
	}
	clear(r.entries[:n]) // the array is used on, and would keep them
	r.entries = r.entries[n:]
}
