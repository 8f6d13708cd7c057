package node

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/peer"
)

const (
	// lagLimit is how many leaves a voter may be behind before the leader makes no further drafts. raft itself would let voters fall behind without bound: it
	// waits for their disks and not for what they apply. It is a second of the highest load, or a little less.
	lagLimit = 16 << 10
	// awayLimit: a voter that is further behind was away and is catching up. Nobody who is waited for gets there.
	awayLimit = 2 * lagLimit
	// waitLimit is how long a voter is waited for at a time. One that applies anything comes near within that; one that does not hangs. It is also how long the
	// leader waits at most before it has earned more.
	waitLimit = 5 * time.Second
	// slowest is how many leaves a second a healthy voter applies at least. With each leaf that the leader makes it earns the time that such a voter takes for it,
	// and waits no longer than it has earned: of the highest load some three thousand records a second go on, whatever a minority reports. Leaves are counted and not time, so that at a
	// hundred records a second nobody can have it wait for more than a fortieth of the time.
	slowest = 4 << 10
	// heldFor is how long after a look it is said that the leader waits: it looks every few milliseconds while it does.
	heldFor = time.Second
)

// pace decides whether a leader goes on. It waits for the slowest voter that is healthy: that answers, takes part in raft, does not contradict the ledger, and
// comes near when it is waited for. So admission is as fast as that one applies, and whoever is dead, hangs, or catches up holds nobody; unless without
// them there is no majority that is near, and what is committed would rest on one node's memory of it.
//
// Where a voter stands is its own word, and a disk that stalls says the same as a liar. So what is waited for a minority is bounded together, by what the leader
// gets done: whoever is slow catches up while it waits for another one. Its zero value is ready. One goroutine decides, any may ask what was decided.
type pace struct {
	mu     sync.Mutex
	term   uint64
	since  map[ledger.AccountID]time.Time // each voter that is not near: since when
	earned time.Duration                  // that may still be waited for a minority; negative: the last wait took longer
	last   decision

	total time.Duration                      // that the leader has waited, for whatever reason
	held  map[ledger.AccountID]time.Duration // for whom; several at a time each have all of it
}

// decision is what was decided at a look.
type decision struct {
	at      time.Time
	own     uint64
	hold    bool
	spends  bool               // it waits for a minority
	waiting []ledger.AccountID // for whom; nobody when it is for this node's clock
}

// stand is what is freshly known of a voter.
type stand struct {
	agency ledger.AccountID
	peer.Standing
}

// sight is what a leader sees when it decides.
type sight struct {
	term   uint64
	own    uint64  // leaves of this node
	voters int     // with this node
	seen   []stand // of the others
	clock  bool    // this node's clock is ahead of the others': it may make no drafts
	now    time.Time
}

// hold tells whether to wait with the next draft. While it does, it is asked again and again.
func (p *pace) hold(s *sight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(s)
	far, slow := p.look(s)
	majority := s.voters/2 + 1
	d := decision{at: s.now, own: s.own}
	switch {
	case 1+len(s.seen) >= majority && 1+len(s.seen)-len(far) < majority:
		d.hold, d.waiting = true, far
	case s.clock:
		d.hold = true
	case len(slow) > 0 && p.earned > 0:
		d.hold, d.spends, d.waiting = true, true, slow
	}
	p.last = d
	return d.hold
}

// settle books what has been since the last look.
func (p *pace) settle(s *sight) {
	if s.term != p.term { // what was seen in another term says nothing of this one
		p.term, p.since, p.earned, p.last = s.term, nil, waitLimit, decision{at: s.now, own: s.own}
		return
	}
	passed := s.now.Sub(p.last.at)
	if p.last.hold {
		p.total += passed
		for _, agency := range p.last.waiting {
			if p.held == nil {
				p.held = make(map[ledger.AccountID]time.Duration)
			}
			p.held[agency] += passed
		}
	}
	if p.last.spends {
		p.earned -= passed
	}
	made := min(s.own-min(s.own, p.last.own), awayLimit) // more earn no more than may be kept
	p.earned = min(p.earned+time.Duration(made)*(time.Second/slowest), waitLimit)
}

// look tells which voters are far, and which of them are to be waited for if that may be.
func (p *pace) look(s *sight) (far, slow []ledger.AccountID) {
	for i := range s.seen {
		v := &s.seen[i]
		if v.Size+lagLimit >= s.own {
			delete(p.since, v.agency)
			continue
		}
		far = append(far, v.agency)
		since, known := p.since[v.agency]
		if !known {
			if p.since == nil {
				p.since = make(map[ledger.AccountID]time.Time)
			}
			since, p.since[v.agency] = s.now, s.now
		}
		if v.Seated && !v.Diverged && v.Size+awayLimit >= s.own && s.now.Sub(since) < waitLimit {
			slow = append(slow, v.agency)
		}
	}
	return far, slow
}

// holding is how a leader has waited.
type holding struct {
	total time.Duration
	held  map[ledger.AccountID]time.Duration // by whom
	now   []ledger.AccountID                 // for whom it waits at present
}

// tell tells how the leader has waited until now.
func (p *pace) tell(now time.Time) holding {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := holding{total: p.total, held: maps.Clone(p.held)}
	if p.last.hold && now.Sub(p.last.at) < heldFor {
		w.now = slices.Clone(p.last.waiting)
	}
	return w
}
