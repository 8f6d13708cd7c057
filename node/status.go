package node

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/rules"
)

// Status is where a node stands, for its operator.
type Status struct {
	Agency      ledger.AccountID `json:"agency"`
	Version     string           `json:"version"`
	Role        string           `json:"role"` // leader, follower, candidate, starting, stopping
	Leader      ledger.AccountID `json:"leader"`
	Term        uint64           `json:"term"`
	Height      uint64           `json:"height"`
	Size        uint64           `json:"size"`
	Root        ledger.Hash      `json:"root"`
	LastIndex   uint64           `json:"raft_last_index"`
	CommitIndex uint64           `json:"raft_commit_index"`
	Applied     uint64           `json:"raft_applied_index"`
	ClockAhead  time.Duration    `json:"clock_ahead_ns"` // of the median of the validators that can be seen
	Peers       []PeerStatus     `json:"peers"`
	Ready       bool             `json:"ready"` // takes records: runs, and knows who leads
}

// PeerStatus is what a node knows of another validator.
type PeerStatus struct {
	Agency  ledger.AccountID `json:"agency"`
	Address string           `json:"address"`
	Seen    bool             `json:"seen"` // it has answered lately; otherwise the rest is old, or zero
	Height  uint64           `json:"height"`
	Size    uint64           `json:"size"`
	Term    uint64           `json:"term"`
	Ahead   time.Duration    `json:"clock_ahead_ns"` // of this node's clock
}

// Status tells where the node stands.
func (n *Node) Status() Status {
	head := n.ledger.Head()
	s := Status{Agency: n.agency, Version: n.o.Version, Role: "starting", Height: head.Height, Size: head.Size, Root: head.Root}
	select {
	case <-n.seated:
	default:
		return s
	}
	r := n.replica.Status()
	s.Role, s.Leader, s.Term = r.Role, agencyOf(r.Leader), r.Term
	s.LastIndex, s.CommitIndex, s.Applied = r.LastIndex, r.Commit, n.ledger.AppliedIndex()
	s.ClockAhead = n.clockAhead()
	for _, o := range n.peers.list() {
		at, ahead, ok := o.known()
		s.Peers = append(s.Peers, PeerStatus{Agency: o.Agency, Address: o.Address, Seen: ok, Height: at.Height, Size: at.Size, Term: at.Term, Ahead: ahead})
	}
	if n.leaving.Err() != nil {
		s.Role = "stopping"
		return s
	}
	s.Ready = s.Leader != 0
	return s
}

// Simulate tells what would become of a record with these actions of an author, written in a protocol version (0: the one in force), if it were ordered
// now: a refusal for each action that fails. Nobody's signature is needed, and nothing is changed.
func (n *Node) Simulate(ctx context.Context, author ledger.AccountID, schema uint32, actions [][]byte) (refusals []*rules.Refusal, at ledger.Head, err error) {
	if err := ctx.Err(); err != nil {
		return nil, at, err
	}
	err = n.ledger.View(func(v *chain.View) error {
		c := v.Context()
		c.Time = max(c.Time, uint64(n.o.Now().UnixMilli()))
		at = v.Head()
		refusals = rules.Simulate(c, v, author, schema, actions)
		return nil
	})
	return refusals, at, err
}
