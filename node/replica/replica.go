package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// Replica is this node's seat in raft.
type Replica[R any] struct {
	raft      *raft.Raft
	fsm       *fsm[R]
	transport *Transport
	term      atomic.Uint64 // that this node leads; 0
	office    func(uint64)
	underway  sync.WaitGroup // proposals
	closing   sync.RWMutex
	closed    bool
	watching  sync.WaitGroup
	ended     <-chan struct{} // raft has ended
	stop      context.CancelFunc
	halt      func() raft.Future // ends raft, once
	log       *slog.Logger
	store     *Store
}

func (r *Replica[R]) took(term uint64) {
	r.term.Store(term)
	r.office(term)
}

func (r *Replica[R]) watch(ctx context.Context, notify <-chan bool) {
	for {
		select {
		case leads := <-notify:
			if !leads {
				r.term.Store(0)
				r.office(0)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Pending is a draft under way.
type Pending[R any] struct {
	future raft.ApplyFuture
	ended  <-chan struct{}
	done   func()
	err    error
}

// Propose hands a draft to raft, in the order of the calls. It blocks while raft's main loop is busy.
func (r *Replica[R]) Propose(draft []byte) *Pending[R] {
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed {
		return &Pending[R]{err: ErrStopped}
	}
	r.underway.Add(1)
	return &Pending[R]{future: r.raft.Apply(draft, 0), ended: r.ended, done: sync.OnceFunc(r.underway.Done)}
}

// Wait waits until the draft is applied here: what the machine made of it, or ErrNotLeader, ErrUnknownOutcome, ErrStopped. It is called once.
func (p *Pending[R]) Wait() (made R, err error) {
	if p.err != nil {
		return made, p.err
	}
	defer p.done()
	answer := make(chan error, 1)
	go func() { answer <- p.future.Error() }() // raft may end without answering what it had queued
	select {
	case err = <-answer:
	case <-p.ended:
		return made, ErrUnknownOutcome
	}
	if err != nil {
		return made, outcomeError(err)
	}
	made, ok := p.future.Response().(R)
	if !ok { // the machine failed, or had applied the index before
		return made, ErrUnknownOutcome
	}
	return made, nil
}

func outcomeError(err error) error {
	switch {
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress), errors.Is(err, raft.ErrEnqueueTimeout):
		return fmt.Errorf("%w: %w", ErrNotLeader, err)
	default: // leadership lost, shut down, storage: the entry may be on a disk somewhere
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
}

// Term is the term this node leads, or 0.
func (r *Replica[R]) Term() uint64 {
	if r.raft.State() != raft.Leader {
		return 0
	}
	return r.term.Load()
}

// Leader is the raft id of the validator that leads as far as this node knows, or "".
func (r *Replica[R]) Leader() string {
	_, id := r.raft.LeaderWithID()
	return string(id)
}

// Status is where the replica stands.
type Status struct {
	Role                       string // "leader", "follower", "candidate", "shutdown"
	Leader                     string
	Term                       uint64
	FirstIndex                 uint64 // that the log still holds; 0: none
	LastIndex, Commit, Applied uint64
	LastContact                time.Time // with the leader; zero on the leader
}

// Status tells where the replica stands.
func (r *Replica[R]) Status() Status {
	first, _ := r.store.FirstIndex() // an error of the disk ends the node elsewhere
	return Status{
		FirstIndex: first,
		Role:       strings.ToLower(r.raft.State().String()), Leader: r.Leader(), Term: r.raft.CurrentTerm(),
		LastIndex: r.raft.LastIndex(), Commit: r.raft.CommitIndex(), Applied: r.fsm.seen.Load(), LastContact: r.raft.LastContact(),
	}
}

// Close leaves the seat: it hands the office over, waits for proposals under way, and ends raft. ctx bounds the first two.
func (r *Replica[R]) Close(ctx context.Context) error {
	r.closing.Lock()
	first := !r.closed
	r.closed = true
	r.closing.Unlock()
	if !first {
		return nil
	}
	done := make(chan struct{})
	go func() {
		r.underway.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	r.handOver(ctx)
	err := r.halt().Error() // closes the transport
	r.stop()
	r.watching.Wait()
	<-done
	return err
}

// Yield begins to hand the office over, if the node holds it. Drafts proposed meanwhile fail with ErrNotLeader.
func (r *Replica[R]) Yield() {
	if r.raft.State() == raft.Leader {
		r.raft.LeadershipTransfer()
	}
}

// handOver spares the others the wait for a heartbeat timeout. It may fail, as when nobody else is there.
func (r *Replica[R]) handOver(ctx context.Context) {
	if r.raft.State() != raft.Leader || ctx.Err() != nil {
		return
	}
	ended := make(chan struct{})
	f := r.raft.LeadershipTransfer()
	go func() {
		f.Error()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}
