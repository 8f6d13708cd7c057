package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/replica"
)

// unwritten bounds the leaves that only raft's log has on the disk, in bytes: it has them on the disks of a majority before the ledger gets them. Between cosign points at full
// load there is half as much. After a crash so much is applied again, in a fraction of a second.
const unwritten = 1 << 20

// marked is the ledger as a raft snapshot stands for it.
type marked struct{ *chain.Ledger }

// Mark implements replica.Machine.
func (m marked) Mark() (replica.Mark, error) {
	if err := m.Ledger.Sync(); err != nil {
		return replica.Mark{}, err
	}
	h := m.Ledger.Head()
	return replica.Mark{Height: h.Height, Size: h.Size, Root: h.Root}, nil
}

// Holds implements replica.Machine. What it says is here, raft's log may let go of.
func (m marked) Holds(mark replica.Mark) error {
	if err := m.Ledger.Sync(); err != nil {
		return err
	}
	return m.Ledger.View(func(v *chain.View) error {
		if v.Head().Size < mark.Size {
			return &replica.BehindError{Mark: mark}
		}
		root, err := v.RootAt(mark.Size)
		if err == nil && root != mark.Root {
			err = fmt.Errorf("a snapshot of %d leaves has the root %v, this ledger %v", mark.Size, mark.Root, root)
		}
		return err
	})
}

// apply hands drafts to the ledger.
func (m marked) apply(ctx context.Context, entries []replica.Entry) ([]chain.Applied, error) {
	drafts := make([]chain.Entry, len(entries))
	for i, e := range entries {
		drafts[i] = chain.Entry(e)
	}
	return m.Ledger.Apply(ctx, drafts)
}

// machine is the ledger as a replica drives it, with those told who want to know.
type machine struct {
	marked
	node *Node
}

// Preverify implements replica.Machine: it is told of every entry that raft stores, also of those that are never committed.
func (m *machine) Preverify(data []byte) {
	m.node.evidence.see(data)
	m.Ledger.Preverify(data)
}

// Apply implements replica.Machine.
func (m *machine) Apply(ctx context.Context, entries []replica.Entry) ([]chain.Applied, error) {
	var applied []chain.Applied
	done := m.node.monitor.applying()
	defer func() { done(applied) }()
	m.node.growing.Lock()
	defer m.node.growing.Unlock()
	applied, err := m.apply(ctx, entries)
	if err != nil {
		return nil, err
	}
	return applied, m.node.grew(applied)
}

// admission is the ledger as an admitter asks it.
type admission struct{ *chain.Ledger }

// Admission implements admit.Ledger.
func (a admission) Admission(look func(admit.View)) error {
	return a.View(func(v *chain.View) error {
		look(v)
		return nil
	})
}

// waiting is who waits for outcomes, and for the ledger to grow.
type waiting struct {
	mu    sync.Mutex
	byID  map[ledger.RecordID]map[*waiter]struct{}
	grown chan struct{} // closed when the ledger has grown, and made anew
}

// waiter waits for the outcomes of some records.
type waiter struct {
	all  *waiting
	ids  []ledger.RecordID
	mu   sync.Mutex
	got  map[ledger.RecordID]chain.Outcome
	news chan struct{} // has room for one: something was added to got
}

func newWaiting() *waiting {
	return &waiting{byID: make(map[ledger.RecordID]map[*waiter]struct{}), grown: make(chan struct{})}
}

// tell passes outcomes on to those who wait for them.
func (w *waiting) tell(applied []chain.Applied) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range applied {
		for _, o := range applied[i].Outcomes {
			for one := range w.byID[o.Record] {
				one.add(o)
			}
		}
	}
	close(w.grown)
	w.grown = make(chan struct{})
}

// next is closed when the ledger has grown.
func (w *waiting) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.grown
}

// wait begins to wait for records, until end.
func (w *waiting) wait(ids []ledger.RecordID) *waiter {
	one := &waiter{all: w, ids: ids, got: make(map[ledger.RecordID]chain.Outcome), news: make(chan struct{}, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if w.byID[id] == nil {
			w.byID[id] = make(map[*waiter]struct{}, 1)
		}
		w.byID[id][one] = struct{}{}
	}
	return one
}

func (one *waiter) add(o chain.Outcome) {
	one.mu.Lock()
	one.got[o.Record] = o
	one.mu.Unlock()
	select {
	case one.news <- struct{}{}:
	default:
	}
}

// take is what became of a record, if that was told.
func (one *waiter) take(id ledger.RecordID) (chain.Outcome, bool) {
	one.mu.Lock()
	defer one.mu.Unlock()
	o, ok := one.got[id]
	return o, ok
}

func (one *waiter) end() {
	w := one.all
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range one.ids {
		delete(w.byID[id], one)
		if len(w.byID[id]) == 0 {
			delete(w.byID, id)
		}
	}
}

// grew tells everybody who wants to know that the ledger has grown, in raft's order or by leaves.
func (n *Node) grew(applied []chain.Applied) error {
	changed, err := n.members.refresh(n.ledger)
	if err != nil {
		return err
	}
	if changed {
		n.peers.refresh()
		n.moved()
	}
	n.applied(applied)
	return nil
}

// applied passes on what the ledger has become.
func (n *Node) applied(applied []chain.Applied) {
	n.heads.Points(n.pointsOf(applied)...)
	n.waiting.tell(applied)
}

// clockBound is how far ahead of the clock a draft may be, from the ledger's parameters.
func (n *Node) clockBound() (bound time.Duration) {
	err := n.ledger.View(func(v *chain.View) error {
		value, _ := v.Value(subject.Parameters())
		p, err := subject.ParseParameters(value)
		bound = time.Duration(p.ClockBound) * time.Millisecond
		return err
	})
	if err != nil {
		n.fail(fmt.Errorf("the ledger's parameters: %w", err))
	}
	return bound
}
