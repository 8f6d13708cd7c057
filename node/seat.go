package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

// Place is whether a node takes part in raft, and why it does not.
type Place string

// Places of a node. In every place but the first it follows the ledger by leaves, serves everybody, and votes for nothing.
const (
	// Seated: it takes part in raft.
	Seated Place = "seated"
	// Asking: its raft store is new, and it waits for enough validators to say that they have not met it with another one; or the others are being told of it.
	Asking Place = "asking"
	// Outside: the ledger names no validator of the agency, or one with another TLS key.
	Outside Place = "outside"
	// StoreLost: it had another raft store, or a newer one, under its raft id. It must not vote as its old self: its agency signs a new incarnation.
	StoreLost Place = "store_lost"
	// Behind: its ledger does not hold what its raft log begins after, or names an incarnation that is over.
	Behind Place = "behind"
)

// RestoredFile is the mark that a restore of the ledger leaves in the data directory: the raft store that went with it is gone.
const RestoredFile = "restored"

// ErrReopen: the ledger gives this node another raft id, or no place any more, or raft must start again. The node must be opened again, which needs nobody.
var ErrReopen = errors.New("the node takes its place again")

// seatEvery is how often a node without a seat looks whether it may take one.
const seatEvery = 200 * time.Millisecond

// seating is the node's way to its seat.
type seating struct {
	path string // of the seat file

	mu    sync.Mutex
	place Place
	why   health.Sentence // more of it
	mine  *peer.Seat
	lates map[string]time.Time // raft id → since when all words of it are of an earlier start

	signed   uint64    // leaves of the largest head that this node had signed when it was opened
	occupied *taking   // the store was started for it, and the others are being told; owned by sit
	since    time.Time // when that began
}

// lateFor is how long a validator's words may all be of an earlier start than was met: those that were under way come to an end, an older store does not.
const lateFor = 10 * time.Second

// late tells whether a validator runs on an older store than was met, and not only says so late.
func (s *seating) late(id string, m replica.Meeting) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m != replica.Late {
		delete(s.lates, id)
		return false
	}
	if s.lates == nil {
		s.lates = make(map[string]time.Time)
	}
	since, ok := s.lates[id]
	if !ok {
		s.lates[id] = time.Now()
	}
	return ok && time.Since(since) > lateFor
}

func (s *seating) set(p Place, why health.Sentence) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed = s.place != p || s.why != why
	s.place, s.why = p, why
	return changed
}

// Place tells whether the node takes part in raft, and more of why it does not.
func (n *Node) Place() (Place, health.Sentence) {
	n.seating.mu.Lock()
	defer n.seating.mu.Unlock()
	return n.seating.place, n.seating.why
}

// occupy makes the store ready for a start that will be counted here and in the seat file, the store's own count first: one that is ahead is the newest.
func (n *Node) occupy(t taking) error {
	if t.fresh {
		if _, has, err := n.store.Seat(); err != nil {
			return err
		} else if has { // of an earlier incarnation
			if err := n.store.Reset(); err != nil {
				return err
			}
		}
		seat, err := n.store.Take(t.self.ID, n.ledger.AppliedIndex(), rand.Reader)
		if err == nil { // before it is ever started: a store that was, and that the seat file does not know, is lost
			err = replica.WriteHeld(n.seating.path, replica.Held{ID: seat.ID, Store: seat.Store})
		}
		if err != nil {
			return err
		}
	}
	seat, err := n.store.CountStart()
	if err != nil {
		return err
	}
	if err := replica.WriteHeld(n.seating.path, replica.Held{ID: seat.ID, Store: seat.Store, Starts: seat.Starts}); err != nil {
		return err
	}
	mine := &peer.Seat{ID: seat.ID, Store: seat.Store, Starts: seat.Starts}
	if _, err := rand.Read(mine.Run[:]); err != nil {
		return err
	}
	if mine.Term, err = n.store.SeenTerm(); err != nil {
		return err
	}
	n.seating.mu.Lock()
	n.seating.mine = mine
	n.seating.mu.Unlock()
	return nil
}

// tellLimit is how long the others are given to hear of a store before it votes. One that does not answer by then is down, or was never to be reached.
const tellLimit = askLimit + 2*askEvery

// told waits until the others have heard of the store that is to vote: so that they know it when it comes back as an older copy, and say so if it is one.
func (n *Node) told(id string) error {
	n.seating.mu.Lock()
	mine := *n.seating.mine
	n.seating.mu.Unlock()
	others := n.peers.list()
	all := len(others) >= len(n.members.all())-1 // before the node runs it knows nobody
	for _, o := range others {
		o.mu.Lock()
		heard, at := o.told == mine.Run, o.at
		o.mu.Unlock()
		if heard && at.Shut {
			return n.loses(id, fmt.Sprintf("nút của cơ quan %v từng gặp kho raft mới hơn (raft.db) của nút này", o.Agency), fmt.Sprintf("the node of agency %v has met a newer raft store (raft.db) of this one", o.Agency))
		}
		all = all && heard
	}
	if !all && time.Since(n.seating.since) < tellLimit {
		return &waits{Asking, health.Say("đang báo cho các nút khác", "the others are being told")}
	}
	return nil
}

// seek takes the seat as soon as it may, or ends with ctx.
func (r *running) seek(ctx context.Context) {
	ticker := time.NewTicker(seatEvery)
	defer ticker.Stop()
	for {
		done, err := r.sit()
		if done {
			return
		}
		if err != nil {
			r.fail(err)
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// sit takes the seat if it may: then it is done. An error is a fault of this machine.
func (r *running) sit() (done bool, err error) {
	if r.following.wanted.Load() > r.ledger.Head().Size { // raft's log begins after what the ledger holds, and nothing has changed
		return false, nil
	}
	var t taking
	if r.seating.occupied == nil {
		if t, err = r.consider(); err == nil {
			err = r.occupy(t)
		}
		if err == nil {
			r.seating.occupied, r.seating.since = &t, time.Now()
		}
	}
	if err == nil {
		t = *r.seating.occupied
		err = r.told(t.self.ID)
	}
	if err == nil {
		err = r.takeSeat(t)
	}
	var w *waits
	var behind *replica.BehindError
	switch {
	case err == nil:
		r.seating.set(Seated, health.Sentence{})
		r.log.Info("the node takes its place in raft", "id", t.self.ID, "new_store", t.fresh)
		r.moved() // meanwhile
		return true, nil
	case errors.As(err, &behind):
		w = &waits{Behind, health.Say("nhật ký raft bắt đầu sau khối %d", "the raft log begins after block %d", behind.Mark.Height)}
		r.behind(behind.Mark)
	case errors.Is(err, replica.ErrStoreLost):
		if w = new(waits); !errors.As(r.loses(t.self.ID, "nhật ký raft cũ hơn sổ cái", "the raft log (raft.db) is older than the ledger"), &w) {
			return false, err
		}
	case !errors.As(err, &w):
		return false, err
	}
	if w.place == StoreLost { // what was told of it is over
		r.seating.occupied = nil
		r.seating.mu.Lock()
		r.seating.mine = nil
		r.seating.mu.Unlock()
	}
	if r.seating.set(w.place, w.why) {
		r.log.Warn("the node takes no part in raft, and follows", "place", string(w.place), "reason", w.why.English)
	}
	return false, nil
}

// moved ends a node that has another raft id than it took its seat with, or none any more; and shows another TLS key when the ledger names it.
func (n *Node) moved() {
	self, ok := n.members.byAgency(n.agency)
	var now string
	if ok {
		now = self.ID
	}
	if place, _ := n.Place(); place == Seated && now != n.self.Load().ID {
		n.fail(fmt.Errorf("%w: %q instead of %q", ErrReopen, now, n.self.Load().ID))
		return
	}
	if !n.isReplica() {
		if err := n.showKeys(); err != nil {
			n.fail(err)
		}
	}
}

func (r *running) takeSeat(t taking) (err error) {
	c := r.o.Config.Raft
	r.replica, err = replica.Start(replica.Options[chain.Applied]{
		Self: t.self, Voters: t.voters, Peers: r.members, Stream: raftStream{r.peer}, Store: r.store,
		Machine: &machine{marked: marked{r.ledger}, node: r.Node}, Gate: r.gate,
		Timing: replica.Timing{
			Heartbeat: time.Duration(c.Heartbeat), Commit: time.Duration(c.Commit), Request: time.Duration(c.Request), Write: time.Duration(c.Write),
		},
		LogBytes: uint64(c.LogMiB) << 20, Behind: r.behind,
		Reopen: func() {
			r.fail(fmt.Errorf("%w: raft took over a snapshot, and its log went on beyond that", ErrReopen))
		},
		Fatal: r.fail, Office: r.batch.Office, Log: r.log, Writing: func() func() { return r.monitor.writing(raftFile) },
		Committed: func(proposed time.Time) { r.monitor.metrics.Took(metrics.Order, time.Since(proposed)) },
	})
	if err != nil {
		return err
	}
	r.self.Store(&t.self)
	r.seatedAt = time.Now()
	close(r.seated)
	return nil
}
