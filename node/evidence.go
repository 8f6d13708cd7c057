package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/node/compare"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/keeper"
	"github.com/ocopledger/ocop/node/peer"
)

const (
	// evidenceDir is the folder of evidence in the data directory.
	evidenceDir = "evidence"
	// maxSuspicions is how many contradictions may wait to become evidence. A liar makes as many as he likes; the keeper takes few.
	maxSuspicions = 256
	// secondThoughts is how long a cosignature of another root waits before it is called a diverged node's. Whoever signs both heads is a lying
	// validator, the graver word, and its other signature is usually on its way. One that comes later is not missed: see watch.
	secondThoughts = 1500 * time.Millisecond
	// suspicionLimit is how long a contradiction waits for a certified head that decides who is right.
	suspicionLimit = 5 * time.Minute
	// lookAgain is how often contradictions that wait are looked at.
	lookAgain = 100 * time.Millisecond
	// distrust is how long a validator is not asked for evidence after it gave some that does not hold.
	distrust = time.Minute
)

// suspicion is two statements that contradict each other.
type suspicion struct {
	at     time.Time
	drafts *compare.Conflict
	heads  *cosign.Conflict
	kept   bool // as evidence that the signer has diverged: the graver word alone is missing, and waited for without a limit
	told   bool // why it cannot be decided
}

// suspicions turns contradictions into evidence, apart from those who find them: they must not wait for a disk.
type suspicions struct {
	*keeper.Keeper
	node    *Node
	drafts  *compare.Drafts
	wake    chan struct{} // has room for one
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	waiting []suspicion
}

func (n *Node) openEvidence(dir string) (err error) {
	s := &suspicions{node: n, wake: make(chan struct{}, 1)}
	s.drafts = compare.NewDrafts(n.nodeKeys, uint64(n.o.Now().UnixMicro()))
	s.Keeper, err = keeper.Open(keeper.Options{Dir: dir, Genesis: n.ledger.Genesis().Policy(), Epoch: n.epoch, Kept: s.watch, Now: n.o.Now, Log: n.log})
	n.evidence = s
	return err
}

func (s *suspicions) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.Run(ctx) })
	s.running.Go(func() {
		ticker := time.NewTicker(lookAgain)
		defer ticker.Stop()
		for {
			select {
			case <-s.wake:
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
			s.decide()
		}
	})
}

func (s *suspicions) close() {
	if s.stop != nil {
		s.stop()
		s.running.Wait()
	}
}

// see takes the beginning of a draft that raft hands to this node, committed or not.
func (s *suspicions) see(data []byte) {
	if d, err := peer.ParseDraft(data); err == nil {
		s.suspectDrafts(s.drafts.See(compare.Draft(d)))
	}
}

// hear takes drafts that raft handed to another validator.
func (s *suspicions) hear(drafts []peer.Draft) {
	for i := range drafts {
		s.suspectDrafts(s.drafts.Hear(compare.Draft(drafts[i])))
	}
}

func (s *suspicions) suspectDrafts(c *compare.Conflict) {
	if c != nil {
		s.suspect(suspicion{drafts: c})
	}
}

func (s *suspicions) suspect(what suspicion) {
	what.at = time.Now()
	s.mu.Lock()
	if len(s.waiting) < maxSuspicions {
		s.waiting = append(s.waiting, what)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// watch takes evidence that was kept, whoever found it. A liar can wait until it is called diverged before it signs on with the others. An honest cosigner that
// has signed another head never signs on.
func (s *suspicions) watch(p keeper.Piece, e *evidence.Evidence) {
	if e.Diverged == nil {
		return
	}
	policy, ok := s.node.epoch(p.Finding.Epoch)
	if !ok {
		return
	}
	c := &cosign.Conflict{Kind: cosign.Differs, Agency: p.Finding.Agency, Policy: policy, Other: only(e.Diverged.Heads[0], policy, p.Finding.Agency)}
	s.mu.Lock()
	s.waiting = append(s.waiting, suspicion{at: time.Now(), heads: c, kept: true}) // the keeper has few
	s.mu.Unlock()
}

// decide makes evidence of the contradictions that are ripe.
func (s *suspicions) decide() {
	s.mu.Lock()
	waiting := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	left := waiting[:0]
	for i := range waiting {
		if what := &waiting[i]; !s.decided(what) && (what.kept && !what.told || time.Since(what.at) <= suspicionLimit) {
			left = append(left, *what)
		}
	}
	s.mu.Lock()
	s.waiting = append(left, s.waiting...)
	s.mu.Unlock()
}

// decided tells whether nothing more is to be made of a contradiction. Why it cannot be decided yet is told once.
func (s *suspicions) decided(what *suspicion) bool {
	e, policy, err := s.evidenceOf(what)
	if err == nil && e == nil {
		return false
	}
	if err == nil {
		err = s.keep(e, policy)
	}
	if err == nil || errors.Is(err, keeper.ErrFull) || errors.Is(err, errNoMore) {
		return true
	}
	if !what.told {
		if what.told = true; what.kept {
			what.at = time.Now() // it is tried as long as others
		}
		s.node.log.Warn("a contradiction is not made into evidence yet", "error", err)
	}
	return false
}

// keep adds the handovers that lead to the epoch whose keys signed.
func (s *suspicions) keep(e *evidence.Evidence, policy *ledger.Policy) (err error) {
	if e.Handovers, err = s.node.handovers(policy.Number); err == nil {
		_, err = s.Add(e)
	}
	return err
}

// heed takes what another validator's answer says about drafts, and fetches evidence that this node does not have: one piece each time it is asked.
func (s *suspicions) heed(ctx context.Context, o *other, at *peer.Standing) {
	s.hear(at.Drafts)
	o.mu.Lock()
	o.mark = at.DraftsMark
	distrusted := time.Now().Before(o.distrusted)
	o.mu.Unlock()
	i := slices.IndexFunc(at.Evidence, s.Wants)
	if distrusted || i < 0 {
		return
	}
	file, err := o.client.Evidence(ctx, at.Evidence[i])
	if err != nil || len(file) == 0 { // it is asked again
		return
	}
	if err := s.Take(at.Evidence[i], file); err != nil && !errors.Is(err, keeper.ErrFull) {
		s.node.log.Warn("what a validator gave as evidence is not kept", "agency", o.Agency, "evidence", at.Evidence[i], "error", err)
		o.mu.Lock()
		o.distrusted = time.Now().Add(distrust)
		o.mu.Unlock()
	}
}

// names are those of the evidence that is kept.
func (s *suspicions) names() (names []string) {
	for _, p := range s.Pieces() {
		if len(names) < peer.MaxEvidence {
			names = append(names, p.Name)
		}
	}
	return names
}

// Evidence implements peer.Handler.
func (n *Node) Evidence(name string) []byte {
	file, err := n.evidence.File(name)
	if err != nil {
		return nil
	}
	return file
}
