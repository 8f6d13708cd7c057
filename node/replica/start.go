package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
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

// startQueue is how many committed entries raft may queue while it starts: nobody reads the queue yet, and it holds 128 batches.
const startQueue = 64 * maxAppend

// boundedCommit is the commit index that raft restores. The rest is committed anew as soon as there is a leader.
func boundedCommit(s *Store, applied uint64) (uint64, error) {
	index, err := s.GetCommitIndex()
	return min(index, applied+startQueue), err
}
