package node

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/peer"
)

const (
	// lagLimit is how many leaves a voter may be behind before the leader makes no further drafts. raft itself would let voters fall behind without bound: it
	// waits for their disks and not for what they apply. It is a second and a half of the highest load.
	lagLimit = 16 << 10
	// awayLimit: a voter that is further behind was away and is catching up. Nobody who is waited for gets there.
	awayLimit = 2 * lagLimit
	// waitLimit is how long a voter is waited for at a time. One that applies anything comes near within that; one that does not hangs.
	waitLimit = 5 * time.Second
)

// pace decides whether a leader goes on. It waits for the slowest voter that is healthy: that answers, takes part in raft, does not contradict the ledger, and
// comes near when it is waited for. So admission is as fast as that one applies, and whoever is dead, hangs, or catches up holds nobody; unless without
// them there is no majority that is near, and what is committed would rest on one node's memory of it. Its zero value is ready; one goroutine uses it.
type pace struct {
	since map[ledger.AccountID]time.Time // each voter that is not near: since when
}

// stand is what is freshly known of a voter.
type stand struct {
	agency ledger.AccountID
	peer.Standing
}

// hold tells whether to wait with the next draft. own is this node's leaves, voters how many there are with this node, seen what is known of the others.
func (p *pace) hold(own uint64, voters int, seen []stand, now time.Time) bool {
	near, waiting := 1, false
	if p.since == nil {
		p.since = make(map[ledger.AccountID]time.Time)
	}
	for i := range seen {
		s := &seen[i]
		if s.Size+lagLimit >= own {
			near++
			delete(p.since, s.agency)
			continue
		}
		since, known := p.since[s.agency]
		if !known {
			since, p.since[s.agency] = now, now
		}
		if s.Seated && !s.Diverged && s.Size+awayLimit >= own && now.Sub(since) < waitLimit {
			waiting = true
		}
	}
	majority := voters/2 + 1
	return waiting || 1+len(seen) >= majority && near < majority
}
