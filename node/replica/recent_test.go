package replica

import (
	"testing"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"
)

// What is remembered is what was stored and not deleted since, never something else, and within the bounds.
func TestRecentAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r recent
		log := map[uint64]*raft.Log{}
		first, last := uint64(1), uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"store": func(t *rapid.T) {
				var logs []*raft.Log
				for range rapid.IntRange(1, 40).Draw(t, "entries") {
					last++
					l := &raft.Log{Index: last, Term: rapid.Uint64Range(1, 9).Draw(t, "term"), Data: make([]byte, rapid.SampledFrom([]int{0, 300, MaxEntry}).Draw(t, "size"))}
					logs = append(logs, l)
					log[last] = l
				}
				r.add(logs)
				if l := new(raft.Log); !r.get(last, l) {
					t.Fatal("the newest entry is not remembered")
				}
			},
			"cut the beginning": func(t *rapid.T) {
				if last < first {
					return
				}
				to := rapid.Uint64Range(first, last).Draw(t, "to")
				r.forget(first, to)
				for ; first <= to; first++ {
					delete(log, first)
				}
			},
			"cut the end": func(t *rapid.T) {
				if last < first {
					return
				}
				from := rapid.Uint64Range(first, last).Draw(t, "from")
				r.forget(from, last)
				for ; last >= from; last-- {
					delete(log, last)
				}
			},
			"begin anew": func(t *rapid.T) { // behind a snapshot
				r.forget(first, last)
				clear(log)
				first = last + rapid.Uint64Range(1, 1000).Draw(t, "gap")
				last = first - 1
			},
			"": func(t *rapid.T) {
				bytes := 0
				for index := uint64(0); index <= last+2; index++ {
					var got raft.Log
					if !r.get(index, &got) {
						continue
					}
					bytes += len(got.Data)
					if want := log[index]; want == nil || got.Index != index || got.Term != want.Term || len(got.Data) != len(want.Data) {
						t.Fatalf("entry %d is %+v, want %+v", index, got, want)
					}
				}
				if bytes != r.bytes || bytes > recentBytes || len(r.entries) > recentEntries {
					t.Fatalf("%d entries of %d bytes, counted as %d", len(r.entries), bytes, r.bytes)
				}
			},
		})
	})
}
