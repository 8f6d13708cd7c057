package replica_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/replica"
)

// After a fault raft ends without answering what it had queued, and whoever waits for that waits on.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/hashicorp/raft.(*deferError).Error"))
}

// propose orders a text through whoever leads, as often as that takes; it tells what was ordered for certain.
func (c cluster) propose(text string) {
	c[0].t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); {
		_, err := c.leader().Propose([]byte(text)).Wait()
		if err == nil {
			return
		}
		if !errors.Is(err, replica.ErrNotLeader) && !errors.Is(err, replica.ErrUnknownOutcome) {
			c[0].t.Fatal(err)
		}
	}
	c[0].t.Fatalf("%q not ordered in %v", text, deadline)
}

func (c cluster) same(n int) {
	c[0].t.Helper()
	var want []string
	eventually(c[0].t, fmt.Sprintf("at least %d entries on all", n), func() bool {
		for i, s := range c {
			texts := s.machine.texts()
			if i == 0 {
				want = texts
			}
			if len(texts) < n || !slices.Equal(texts, want) {
				return false
			}
		}
		return true
	})
}

// toldOnce: of a draft that is committed its proposer alone is told; of one whose term ended meanwhile, nobody.
func (c cluster) toldOnce() {
	c[0].t.Helper()
	told := int64(0)
	for _, s := range c {
		told += s.proposed.Load()
	}
	if entries := int64(len(c[0].machine.texts())); told == 0 || told > entries {
		c[0].t.Errorf("%d drafts were told to be committed, of %d", told, entries)
	}
}

func TestThreeReplicasOneOrder(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 20 {
		c.propose(fmt.Sprint("first ", i))
	}
	c.same(20)
	c.toldOnce()
	follower := c[0]
	if follower == c.leader() {
		follower = c[1]
	}
	if _, err := follower.Propose([]byte("x")).Wait(); !errors.Is(err, replica.ErrNotLeader) {
		t.Errorf("follower: %v", err)
	}
	// A clean stop hands the office over; the others go on, and the stopped one catches up.
	old := c.leader()
	old.stop()
	for i := range 20 {
		c.propose(fmt.Sprint("second ", i))
	}
	old.start(c.members())
	c.same(40)
	for _, s := range c {
		s.stop()
	}
	for _, s := range c {
		s.start(c.members())
	}
	c.propose("third")
	c.same(41)
	c.toldOnce()
	for i, e := range c[0].machine.entries[1:] {
		if before := c[0].machine.entries[i]; e.Index <= before.Index || e.Term < before.Term {
			t.Errorf("entry %d (term %d) after entry %d (term %d)", e.Index, e.Term, before.Index, before.Term)
		}
	}
}

func TestOfficeIsToldWithItsTerm(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	leader := c.leader()
	if term := <-leader.terms; term != leader.Term() || term != leader.Status().Term {
		t.Errorf("told %d, leads %d, raft is at %d", term, leader.Term(), leader.Status().Term)
	}
	c.propose("x")
	e := leader.machine.entries[0]
	if e.Term != leader.Term() {
		t.Errorf("entry of term %d under office of term %d", e.Term, leader.Term())
	}
	for _, s := range c {
		if s != leader { // without a quorum the leader must leave office by itself
			s.stop()
		}
	}
	if term := <-leader.terms; term != 0 || leader.Term() != 0 {
		t.Errorf("told %d, leads %d", term, leader.Term())
	}
	if _, err := leader.Propose([]byte("x")).Wait(); !errors.Is(err, replica.ErrNotLeader) {
		t.Errorf("without office: %v", err)
	}
}

func TestLostQuorumLeavesOutcomeUnknown(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	leader := c.leader()
	c.propose("before")
	for _, s := range c {
		if s != leader {
			s.stop()
		}
	}
	if _, err := leader.Propose([]byte("torn")).Wait(); !errors.Is(err, replica.ErrUnknownOutcome) {
		t.Fatalf("got %v", err)
	}
	for _, s := range c {
		if s != leader {
			s.start(c.members())
		}
	}
	c.propose("after")
	c.same(2)
	// The leader's log is the longest, so that what it could not promise is ordered in the end; unless the other two elected each other before they heard of it.
	if texts := c[0].machine.texts(); !slices.Equal(texts, []string{"before", "torn", "after"}) && !slices.Equal(texts, []string{"before", "after"}) {
		t.Errorf("order %q", texts)
	}
}

// TestRestartReplaysOnlyWhatIsMissing: raft would hand over its log from the first entry, and hang on more than 128 batches before anyone reads.
func TestRestartReplaysOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	const n = 2500
	var pending []*replica.Pending[int]
	leader := c.leader()
	for i := range n {
		pending = append(pending, leader.Propose([]byte(fmt.Sprint(i))))
		if len(pending) == 500 || i == n-1 {
			for _, p := range pending {
				if _, err := p.Wait(); err != nil {
					t.Fatal(err)
				}
			}
			pending = nil
		}
	}
	if leader.machine.batches >= n {
		t.Errorf("%d batches for %d entries: nothing was batched", leader.machine.batches, n)
	}
	c[0].stop()
	for _, lost := range []int{0, 1, 7, 2000, n} { // a ledger that lost so many of its newest entries gets them again, and no others
		m := c[0].machine
		m.entries, m.given = m.entries[:n-lost:n-lost], 0
		c[0].start(c.members())
		eventually(t, "all entries back", func() bool { return len(m.texts()) == n })
		c[0].stop()
		if m.given != lost {
			t.Errorf("%d lost, %d given", lost, m.given)
		}
	}
}

func TestLostRaftLogIsNotStartedAnew(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	c.propose("x")
	c[0].stop()
	store, err := replica.OpenStore(t.TempDir()+"/raft.db", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	_, err = replica.Start(replica.Options[int]{Self: c[0].id.member, Voters: c.members(), Peers: c[0].peers, Store: store, Machine: c[0].machine})
	if !errors.Is(err, replica.ErrStoreLost) {
		t.Errorf("got %v", err)
	}
}

func TestFailedApplyEndsTheNodeAndSkipsNothing(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	c.propose("good")
	full := errors.New("no space left on device")
	m := c[0].machine
	m.mu.Lock()
	m.fail, m.hold, m.calls = full, make(chan struct{}), 0
	m.mu.Unlock()
	bad := c[0].Propose([]byte("bad"))
	eventually(t, "the entry being applied", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.calls == 1
	})
	later := c[0].Propose([]byte("later"))
	eventually(t, "the next entry committed", func() bool { return c[0].Status().Commit == c[0].Status().LastIndex })
	close(m.hold)
	for _, p := range []*replica.Pending[int]{bad, later} {
		if _, err := p.Wait(); !errors.Is(err, replica.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
	}
	if err := <-c[0].fatal; !errors.Is(err, full) {
		t.Errorf("node told %v", err)
	}
	c[0].stop()
	if texts := m.texts(); !slices.Equal(texts, []string{"good"}) || m.calls != 1 {
		t.Errorf("applied %q in %d calls", texts, m.calls)
	}
	m.fail, m.hold = nil, nil
	c[0].start(c.members())
	eventually(t, "both entries at the next start", func() bool { return slices.Equal(m.texts(), []string{"good", "bad", "later"}) })
}

func TestCloseAnswersEveryProposal(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	leader := c.leader()
	hold := make(chan struct{})
	leader.machine.mu.Lock()
	leader.machine.hold = hold
	leader.machine.mu.Unlock()
	var pending []*replica.Pending[int]
	for range 10 {
		pending = append(pending, leader.Propose([]byte("x")))
	}
	answered := make(chan error, len(pending))
	for _, p := range pending {
		go func() { _, err := p.Wait(); answered <- err }()
	}
	closed := make(chan struct{})
	go func() { leader.stop(); close(closed) }()
	close(hold)
	<-closed
	for range pending {
		if err := <-answered; err != nil {
			t.Errorf("under way when closing began: %v", err)
		}
	}
}

// TestFutureDraftIsNotAcknowledged: the leader's clock is an hour ahead of the followers'.
func TestFutureDraftIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	leader := c.leader()
	term := leader.Term()
	future := ledger.Draft{Header: ledger.DraftHeader{Time: uint64(time.Now().Add(time.Hour).UnixMilli()), Records: ledger.RecordsHash(nil)}}
	if _, err := leader.Propose(future.Append(nil)).Wait(); !errors.Is(err, replica.ErrUnknownOutcome) {
		t.Fatalf("got %v", err) // its messages are dropped: it loses its office
	}
	c.propose("good")
	c.same(1)
	for _, s := range c {
		if texts := s.machine.texts(); len(texts) != 1 || texts[0] != "good" {
			t.Errorf("%s applied %d entries", s.id.member.ID, len(texts))
		}
	}
	if now := c.leader().Status().Term; now <= term {
		t.Errorf("term %d, was %d", now, term)
	}
}

func TestProposeAfterClose(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	r := c.leader().Replica
	c[0].stop()
	if _, err := r.Propose([]byte("x")).Wait(); !errors.Is(err, replica.ErrStopped) {
		t.Errorf("got %v", err)
	}
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
