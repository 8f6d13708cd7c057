package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// Options is what a replica needs. All fields are required unless they say otherwise.
type Options[R any] struct {
	Self Member
	// Voters found the cluster, when the store is empty: those of genesis, the same on every node. Without them an empty store waits to be let in by the leader.
	Voters  []Member
	Peers   Directory
	Stream  Stream
	Store   *Store // not closed by the replica
	Machine Machine[R]
	Gate    *Gate
	Timing  Timing
	// LogBytes bounds the log: when it has more, a mark takes the place of its older half. 0: no bound.
	LogBytes uint64
	// Behind is told of a mark that a leader wants to install and the machine has not come to; returns at once. The leader asks again.
	Behind func(Mark)
	// Reopen is told that raft must be closed and started again: see fsm.Restore. It returns at once.
	Reopen  func()
	Fatal   func(error)       // told once or more when the node must end; returns at once
	Office  func(term uint64) // told when the node takes office for a term, and with 0 when it has left office; returns at once
	Log     *slog.Logger
	Writing func() (done func()) // told when a write to the log begins, and when the disk has it; nil: nobody is
	// Committed is told of each draft that this node proposed in its present term, as the machine is about to get it: when it was proposed. nil: nobody is.
	Committed func(proposed time.Time)
}

// Timing is how patient a replica is.
type Timing struct {
	Heartbeat time.Duration // a follower that hears nothing for so long stands for election; also the time between elections
	Commit    time.Duration // a leader tells followers so soon that an entry is committed
	Request   time.Duration // for a message between replicas and its answer
	Write     time.Duration // a disk write that takes longer ends the node
}

// leasePart: a leader that reaches no quorum for this part of the heartbeat timeout steps down, before anyone else can have been elected.
const leasePart = 2.0 / 3

// Snapshots are taken by bytes (see bound), and never by raft's own count of entries.
const (
	snapshotInterval = 24 * time.Hour
	noThreshold      = math.MaxUint64
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

// Start takes the seat: it founds the cluster when the log is empty and Voters are given, or continues. Entries known to be committed are applied soon after.
// Errors wrap ErrStoreLost, *BehindError, and those of the store.
func Start[R any](o Options[R]) (*Replica[R], error) {
	applied := o.Machine.AppliedIndex()
	commit, err := boundedCommit(o.Store, applied)
	if err != nil {
		return nil, fmt.Errorf("raft log: %w", err)
	}
	if err := notLost(o.Store, applied); err != nil {
		return nil, err
	}
	expelled, err := o.Store.Expelled()
	if err != nil {
		return nil, err
	}
	for _, id := range expelled {
		o.Gate.SetShut(id, true)
	}
	if err := dropContradicted(o.Store); err != nil {
		return nil, err
	}
	at, err := positionOf(o.Store, applied, commit, o.Machine.Holds)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	notify := make(chan bool)     // without buffer: raft waits until the loss of an office is told before it can win the next
	seated := make(chan struct{}) // raft runs before NewRaft returns it
	r := &Replica[R]{
		office: o.Office, ended: ctx.Done(), stop: stop, log: o.Log, store: o.Store,
	}
	r.fsm = &fsm[R]{ctx: ctx, machine: o.Machine, store: o.Store, reopen: o.Reopen}
	r.fsm.committed = func(l *raft.Log) { // of another term, the time is another machine's, or of before a restart
		if o.Committed != nil && l.Term == r.term.Load() {
			o.Committed(l.AppendedAt)
		}
	}
	r.halt = sync.OnceValue(func() raft.Future { return r.raft.Shutdown() })
	fatal := func(err error) {
		o.Fatal(err)
		select {
		case <-seated:
			r.halt() // at once: raft would go on, and panic when it cannot write the next term
			r.stop() // and it may end without answering what it had queued
		default:
		}
	}
	r.fsm.fatal = fatal
	logs := &guard{
		Store: o.Store, limit: o.Timing.Write, preverify: o.Machine.Preverify, fatal: fatal, store: o.Store.StoreLogs, applied: o.Machine.AppliedIndex, leads: r.took, restored: commit, writing: o.Writing,
		leading: func() bool {
			<-seated
			return r.raft.State() == raft.Leader
		},
	}
	mark := &marks{store: o.Store, start: at.meta, write: logs.watched}
	r.transport = NewTransport(o.Self, o.Peers, o.Stream, o.Gate, o.Timing.Request, o.Log)
	r.transport.holds, r.transport.behind = o.Machine.Holds, o.Behind
	r.fsm.told = r.transport.notices.committed
	r.transport.listen()
	config := raftConfig(o.Self.ID, o.Timing, notify, o.Log)
	if err := found(config, logs, mark, r.transport, o.Voters); err != nil {
		return nil, errors.Join(err, r.transport.Close())
	}
	r.raft, err = newRaft(config, r.fsm, logs, mark, r.transport)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("raft: %w", err), r.transport.Close())
	}
	close(seated)
	mark.started.Store(true)
	r.watching.Go(func() { r.watch(ctx, notify) })
	if o.LogBytes > 0 {
		r.watching.Go(func() { r.bound(ctx, o.Store, o.LogBytes) })
	}
	return r, nil
}

// newRaft begins raft, which panics when it cannot read its log or write its term.
func newRaft(c *raft.Config, f raft.FSM, logs *guard, snaps raft.SnapshotStore, t raft.Transport) (r *raft.Raft, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &StorageError{"start raft", fmt.Errorf("%v", p)}
		}
	}()
	return raft.NewRaft(c, f, logs, logs, snaps, t)
}

func raftConfig(id string, t Timing, notify chan<- bool, log *slog.Logger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(id)
	c.HeartbeatTimeout, c.ElectionTimeout = t.Heartbeat, t.Heartbeat
	c.LeaderLeaseTimeout = time.Duration(float64(t.Heartbeat) * leasePart)
	c.CommitTimeout = t.Commit
	c.MaxAppendEntries = maxAppend
	c.ShutdownOnRemove = false
	c.SnapshotThreshold, c.SnapshotInterval, c.TrailingLogs = noThreshold, snapshotInterval, noThreshold
	c.NoSnapshotRestoreOnStart = true // see marks
	c.RestoreCommittedLogs = true
	c.NoLegacyTelemetry = true
	c.NotifyCh = notify
	c.Logger = newBridge(log)
	return c
}

// notLost refuses a ledger that has applied entries which the store cannot show: it is not the store that the ledger grew with.
func notLost(s *Store, applied uint64) error {
	last, err := s.LastIndex()
	if err != nil {
		return err
	}
	b, err := s.base()
	if err != nil {
		return err
	}
	seat, _, err := s.Seat()
	if err != nil {
		return err
	}
	if b != nil {
		last = max(last, b.index)
	}
	if last = max(last, seat.Origin); applied > last {
		return fmt.Errorf("%w: ledger at entry %d, raft log ends at %d", ErrStoreLost, applied, last)
	}
	return nil
}

// found writes the first configuration into an empty log. Every validator of genesis writes the same.
func found(config *raft.Config, s *guard, snaps raft.SnapshotStore, t raft.Transport, voters []Member) error {
	exists, err := raft.HasExistingState(s, s, snaps)
	if err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	if len(voters) == 0 || exists && !halfFounded(s) {
		return nil
	}
	var c raft.Configuration
	for _, m := range voters {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Address)})
	}
	slices.SortFunc(c.Servers, func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if exists {
		err = s.StoreLog(&raft.Log{Index: 1, Term: foundingTerm, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(c)})
	} else {
		err = raft.BootstrapCluster(config, s, s, snaps, t, c)
	}
	if err != nil {
		return fmt.Errorf("raft: founding the cluster: %w", err)
	}
	return nil
}

// foundingTerm is the term of the first entry. Nobody is elected in it.
const foundingTerm = 1

// halfFounded tells that the power went between the two writes of a founding: raft stores the term, and then the entry. The term alone counts as a state, so that
// raft would never found the cluster, and the validators would wait for each other for ever. The entry is the same on all of them: writing it late is no other history.
func halfFounded(s *guard) bool {
	last, err := s.LastIndex()
	if err != nil || last != 0 {
		return false
	}
	term, err := s.GetUint64(keyCurrentTerm)
	return err == nil && term == foundingTerm
}

// startQueue is how many committed entries raft may queue while it starts: nobody reads the queue yet, and it holds 128 batches.
const startQueue = 64 * maxAppend

// boundedCommit is the commit index that raft restores. The rest is committed anew as soon as there is a leader.
func boundedCommit(s *Store, applied uint64) (uint64, error) {
	index, err := s.GetCommitIndex()
	return min(index, applied+startQueue), err
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
