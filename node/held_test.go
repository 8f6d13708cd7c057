package node

import (
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/config"
)

// TestLeaderWaitsForASlowVoter: of three real nodes one takes drafts in and applies nothing. The leader goes no further than a voter may be behind while it waits, says for
// whom, gives it up when nothing comes, and the voter has everything in the end.
func TestLeaderWaitsForASlowVoter(t *testing.T) {
	t.Parallel()
	const (
		message = 512
		records = lagLimit + 8*ledger.MaxDraftRecords
		// further is how much further the leader may go: drafts under way, those that left between two questions where the others stand, and the seals of all.
		further = 5 * ledger.MaxDraftRecords
	)
	w := newNetwork(t, 3)
	verifiers := make(map[*host]*blocking)
	for _, h := range w.nodes {
		pool, err := ident.NewPool(1, signers)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		verifiers[h] = &blocking{Verifier: pool}
		h.verifier = verifiers[h]
		h.configure = func(c *config.Config) { c.Raft.Heartbeat = config.Default().Raft.Heartbeat } // nobody is elected for the load
	}
	t.Cleanup(func() { // before the pools are closed
		for _, h := range w.nodes {
			h.stop()
		}
	})
	w.start()
	l, slow := w.leader(), w.follower()
	l.accepted(w.Register(l.agency, 1).Envelope)
	w.eventually("the slow one is there", func() bool { return slow.Ledger().Head() == l.Ledger().Head() })
	envelopes := make([][]byte, records)
	for i := range envelopes {
		envelopes[i] = w.Register(l.agency, 2+i).Envelope
	}
	stuck := verifiers[slow]
	stuck.mu.Lock()
	release := sync.OnceFunc(stuck.mu.Unlock)
	t.Cleanup(release)
	from := slow.Ledger().Head().Size
	s := l.stream(t.Context(), false, false)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := 0; i < records; i += message {
			s.messages <- envelopes[i : i+message]
		}
	}()
	of := func() (p PeerStatus) {
		for _, p = range l.Status().Peers {
			if p.Agency == slow.agency {
				break
			}
		}
		return p
	}
	w.eventually("the leader waits for the slow one", func() bool { return of().Held > 0 })
	size := l.Ledger().Head().Size
	switch p := of(); {
	case p.Held > (waitLimit - time.Second).Seconds(): // this machine slept: it may have been given up by then
	case size <= from+lagLimit || size > from+lagLimit+further:
		t.Errorf("the leader waits at %d leaves, the slow one has %d", size, from)
	}
	w.eventually("it is given up", func() bool { return l.Ledger().Head().Size > from+lagLimit+further && !of().Holds })
	if size := slow.Ledger().Head().Size; size != from {
		t.Errorf("it has %d leaves by then, and had %d", size, from)
	}
	<-sent
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	release()
	w.eventually("the slow one has everything", func() bool { return slow.Ledger().Head() == l.Ledger().Head() })
	if s.count() != records {
		t.Errorf("%d outcomes, want %d", s.count(), records)
	}
}
