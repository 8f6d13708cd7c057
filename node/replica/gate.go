package replica

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger"
)

// Gate refuses drafts from the future. A follower that acknowledged one would help to carry the whole ledger into it, as block time never goes back.
//
// Only entries that are not yet committed are looked at: what a quorum has taken in stays so, and a node that catches up later must accept it
// whatever its clock. A leader that lies about its commit index passes, as it could about anything in raft; the cosigners' check of block time is
// what meets it.
type Gate struct {
	now   func() time.Time
	bound func() time.Duration // from the ledger's parameters: how far ahead of the clock is still taken

	mu      sync.Mutex
	dropped map[string]uint64 // raft id → term in which its messages are dropped
	shut    map[string]bool   // raft ids whose stores are not those they had
	last    Future
}

// Future is a leader that proposed a time in the future.
type Future struct {
	Leader string // raft id
	Term   uint64
	Ahead  time.Duration // of this node's clock
	At     time.Time     // when it was refused; zero: never
}

// NewGate makes a gate on a clock.
func NewGate(now func() time.Time, bound func() time.Duration) *Gate {
	return &Gate{now: now, bound: bound, dropped: make(map[string]uint64), shut: make(map[string]bool)}
}

// Check lets a leader's message pass, or refuses it and every later one of the term.
func (g *Gate) Check(q *raft.AppendEntriesRequest) error {
	leader := string(q.ID)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dropped[leader] == q.Term {
		return &RefusedError{fmt.Sprintf("messages of %s are dropped for the rest of term %d: it proposed a time in the future", leader, q.Term)}
	}
	var limit uint64
	for _, l := range q.Entries {
		if l.Type != raft.LogCommand || l.Index <= q.LeaderCommitIndex {
			continue
		}
		t, ok := draftTime(l.Data)
		if !ok {
			continue // the ledger applies it as nothing
		}
		if limit == 0 {
			limit = uint64(g.now().Add(g.bound()).UnixMilli())
		}
		if t > limit {
			g.dropped[leader] = q.Term
			now := g.now()
			g.last = Future{Leader: leader, Term: q.Term, Ahead: time.UnixMilli(int64(t)).Sub(now), At: now}
			return &RefusedError{fmt.Sprintf("entry %d has time %d, %d ms later than this node's clock and its bound allow", l.Index, t, t-limit)}
		}
	}
	return nil
}

// Shut tells whether nothing of a validator is let through.
func (g *Gate) Shut(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut[id]
}

// SetShut shuts a validator out, or lets it in again.
func (g *Gate) SetShut(id string, shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shut {
		g.shut[id] = true
	} else {
		delete(g.shut, id)
	}
}

// Last is the newest refusal of a leader.
func (g *Gate) Last() Future {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

func draftTime(data []byte) (uint64, bool) {
	if len(data) < ledger.DraftHeaderSize {
		return 0, false
	}
	h, err := ledger.ParseDraftHeader(data[:ledger.DraftHeaderSize])
	return h.Time, err == nil
}
