package replica

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger"
)

func draftAt(t time.Time) []byte {
	d := ledger.Draft{Header: ledger.DraftHeader{Time: uint64(t.UnixMilli()), Records: ledger.RecordsHash(nil)}}
	return d.Append(nil)
}

func TestGate(t *testing.T) {
	clock := time.UnixMilli(1_700_000_000_000)
	const bound = 5 * time.Second
	gate := NewGate(func() time.Time { return clock }, func() time.Duration { return bound })
	from := func(leader string, term, commit uint64, drafts ...[]byte) error {
		q := &raft.AppendEntriesRequest{RPCHeader: raft.RPCHeader{ID: []byte(leader)}, Term: term, LeaderCommitIndex: commit}
		for i, d := range drafts {
			q.Entries = append(q.Entries, &raft.Log{Index: uint64(i + 1), Data: d})
		}
		return gate.Check(q)
	}
	pass := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refuse := func(what string, err error) {
		t.Helper()
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", what, err)
		}
	}
	late := draftAt(clock.Add(bound + time.Millisecond))
	pass("at the bound", from("1-1", 3, 0, draftAt(clock.Add(bound))))
	pass("long ago", from("1-1", 3, 0, draftAt(clock.AddDate(-3, 0, 0))))
	pass("not a draft", from("1-1", 3, 0, []byte("x"), make([]byte, 500)))
	pass("committed already", from("1-1", 3, 1, late))
	refuse("past the bound, behind a good one", from("1-1", 3, 0, draftAt(clock), late))
	refuse("heartbeat of the same term", from("1-1", 3, 0))
	refuse("good draft of the same term", from("1-1", 3, 0, draftAt(clock)))
	pass("another leader of that term", from("2-1", 3, 0, draftAt(clock)))
	pass("the next term", from("1-1", 4, 0, draftAt(clock)))
	clock = clock.Add(time.Second)
	pass("when the clock has come closer", from("1-1", 5, 0, late))
}
