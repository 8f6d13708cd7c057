package node

import (
	"context"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// leaders tells whoever waits for what the leader was handed that another one leads now. One looks for all: of a node under ten times its load thousands wait, and a
// clock of each would be a tenth of its processor time.
type leaders struct {
	mu      sync.Mutex
	leader  ledger.AccountID
	term    uint64 // raft's: who leads again leads another one, and somebody else may have led in between
	changed chan struct{}
}

func newLeaders() *leaders { return &leaders{changed: make(chan struct{})} }

// next is closed when the leader is another than now, or nobody leads any more, or there was an election. Who has it before he looks who leads misses nothing.
func (l *leaders) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *leaders) see(leader ledger.AccountID, term uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leader == leader && l.term == term {
		return
	}
	l.leader, l.term = leader, term
	close(l.changed)
	l.changed = make(chan struct{})
}

// watchLeader looks who leads.
func (r *running) watchLeader(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		r.leaders.see(r.Leader(), r.election())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// election is raft's term, 0 without a seat.
func (n *Node) election() uint64 {
	select {
	case <-n.seated:
		return n.replica.Status().Term
	default:
		return 0
	}
}

// term is the term that this node leads, or 0.
func (n *Node) term() uint64 {
	select {
	case <-n.seated:
		return n.replica.Term()
	default:
		return 0
	}
}

// leaderID is the raft id of who leads, as far as the node knows, or "". One without a seat believes what most say.
func (n *Node) leaderID() string {
	select {
	case <-n.seated:
		return n.replica.Leader()
	default:
	}
	votes := make(map[ledger.AccountID]int)
	var best ledger.AccountID
	for _, o := range n.peers.list() {
		if at, _, ok := o.known(); ok && at.Leader != 0 {
			if votes[at.Leader]++; votes[at.Leader] > votes[best] {
				best = at.Leader
			}
		}
	}
	if m, ok := n.members.byAgency(best); ok {
		return m.ID
	}
	return ""
}
