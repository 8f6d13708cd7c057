package replica

import (
	"context"
	"errors"

	"github.com/hashicorp/raft"
)

// Server is a member of raft's configuration. One without a vote gets the log and decides nothing.
type Server struct {
	ID, Address string
	Votes       bool
}

// Configuration is who takes part in raft as this node's log has it, committed or not, and the entry that says so. raft's own answer does not say which.
func (r *Replica[R]) Configuration() (servers []Server, index uint64, err error) {
	last, err := r.store.LastIndex()
	if err != nil {
		return nil, 0, err
	}
	c, index, err := r.store.latest(last)
	if errors.Is(err, errNoConfiguration) { // a new store, which nobody has let in yet
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	for _, s := range c.Servers {
		servers = append(servers, Server{ID: string(s.ID), Address: string(s.Address), Votes: s.Suffrage == raft.Voter})
	}
	return servers, index, nil
}

// Change is one change of the configuration: a server is added without a vote, given one, moved, or removed.
type Change struct {
	Server
	Remove bool
}

// Change makes a change, on the leader, unless the configuration is another one than that of the entry before by now. It returns when the change is committed.
func (r *Replica[R]) Change(ctx context.Context, c Change, before uint64) error {
	var f raft.IndexFuture
	switch id, address := raft.ServerID(c.ID), raft.ServerAddress(c.Address); {
	case c.Remove:
		f = r.raft.RemoveServer(id, before, 0)
	case c.Votes:
		f = r.raft.AddVoter(id, address, before, 0)
	default:
		f = r.raft.AddNonvoter(id, address, before, 0)
	}
	return r.settled(ctx, f)
}

// Barrier returns when everything that was committed before is applied here, on the leader.
func (r *Replica[R]) Barrier(ctx context.Context) error { return r.settled(ctx, r.raft.Barrier(0)) }

// settled waits for a future, which raft may leave without an answer when it ends.
func (r *Replica[R]) settled(ctx context.Context, f raft.Future) error {
	answer := make(chan error, 1)
	go func() { answer <- f.Error() }()
	select {
	case err := <-answer:
		if err != nil {
			return outcomeError(err)
		}
		return nil
	case <-r.ended:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Verified tells on the leader whether a quorum still follows it: what it has applied was then the newest, the moment it was asked.
func (r *Replica[R]) Verified(ctx context.Context) error {
	return r.settled(ctx, r.raft.VerifyLeader())
}
