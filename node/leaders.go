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
	changed chan struct{}
}

func newLeaders() *leaders { return &leaders{changed: make(chan struct{})} }

// next is closed when the leader is another than now, or nobody leads any more. Who has it before he looks who leads misses nothing.
func (l *leaders) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *leaders) see(leader ledger.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leader == leader {
		return
	}
	l.leader = leader
	close(l.changed)
	l.changed = make(chan struct{})
}

// watchLeader looks who leads.
func (r *running) watchLeader(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		r.leaders.see(r.Leader())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
