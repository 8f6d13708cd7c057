package node

import (
	"context"
	"errors"
	"time"

	"github.com/ocopledger/ocop/node/govern"
	"github.com/ocopledger/ocop/node/replica"
)

const (
	// governEvery is how often the leader compares raft's members with the ledger's.
	governEvery = 500 * time.Millisecond
	// governLimit is for one change: two rounds of the log.
	governLimit = 30 * time.Second
	// nearLeaves is how far behind a server may be that is to get a vote: some seconds of the highest load.
	nearLeaves = 4096
)

// govern has raft's membership follow the ledger's, while this node leads.
func (r *running) govern(ctx context.Context) {
	ticker := time.NewTicker(governEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if r.term() == 0 {
			continue
		}
		if err := r.governOnce(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, replica.ErrNotLeader) {
			r.log.Warn("raft's members are not as the ledger has them yet", "error", err)
		}
	}
}

// governOnce makes the next change, if there is one. What is compared is what everything committed has made of the ledger.
func (r *running) governOnce(ctx context.Context) error {
	if _, ok, err := r.nextStep(); !ok || err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, governLimit)
	defer cancel()
	if err := r.replica.Barrier(ctx); err != nil {
		return err
	}
	s, ok, err := r.nextStep()
	if !ok || err != nil {
		return err
	}
	if s.Yield {
		r.log.Info("this node has no place in raft any more: handing the office over")
		r.replica.Yield()
		return nil
	}
	c := replica.Change{Server: replica.Server{ID: s.ID, Address: s.Address, Votes: s.Votes}, Remove: s.Remove}
	if err := r.replica.Change(ctx, c, s.before); err != nil {
		return err
	}
	r.log.Info("raft's members have changed", "id", s.ID, "agency", agencyOf(s.ID), "removed", s.Remove, "votes", s.Votes)
	return nil
}

// step is a change on the configuration of an entry.
type step struct {
	govern.Step
	before uint64
}

func (r *running) nextStep() (s step, ok bool, err error) {
	servers, before, err := r.replica.Configuration()
	if err != nil {
		return s, false, err
	}
	v := govern.View{Self: r.self.Load().ID, Near: r.near, Shut: r.gate.Shut}
	for _, c := range servers {
		v.Configuration = append(v.Configuration, govern.Server(c))
	}
	for _, m := range r.members.all() {
		v.Validators = append(v.Validators, govern.Server{ID: m.ID, Address: m.Address})
	}
	s.before = before
	s.Step, ok = govern.Next(v)
	return s, ok, nil
}

// near tells whether a validator has its seat, and nearly all of the ledger.
func (r *running) near(id string) bool {
	own := r.ledger.Head().Size
	for _, o := range r.peers.list() {
		if o.ID == id {
			at, _, ok := o.known()
			return ok && at.Seated && at.Size+nearLeaves >= own
		}
	}
	return false
}
