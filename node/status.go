package node

import (
	"context"
	"fmt"
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
	Cosign      CosignStatus     `json:"cosign"`
	Evidence    []EvidenceStatus `json:"evidence"`
	Alarms      []string         `json:"alarms"`
	Ready       bool             `json:"ready"` // takes records: runs, and knows who leads
	Doctor      Examination      `json:"doctor"`
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

// CosignStatus is where a node stands with certified heads.
type CosignStatus struct {
	State     string           `json:"state"` // signing, learning, behind, waiting, watching, stopped: see package cosign
	Alarm     string           `json:"alarm,omitempty"`
	Height    uint64           `json:"certified_height"` // of the newest certified head; with size 0 there is none
	Size      uint64           `json:"certified_size"`
	Age       float64          `json:"head_age_seconds"` // since a quorum last said that there is no newer head
	Agencies  []uint64         `json:"cosigned_by"`
	Signed    uint64           `json:"signed_size"` // of the largest head this node signed
	Delay     float64          `json:"delay_seconds"`
	Conflicts uint64           `json:"conflicts"`
	Signers   []CosignerStatus `json:"cosigners"`
}

// CosignerStatus is what a node has of an agency's cosigner since it started.
type CosignerStatus struct {
	Agency    ledger.AccountID `json:"agency"`
	Taken     uint64           `json:"cosignatures"`
	Bad       uint64           `json:"bad_cosignatures"`
	Conflicts int              `json:"conflicts"` // of late
	Size      uint64           `json:"newest_size"`
	Time      uint64           `json:"newest_time"` // Unix seconds
}

// cosignStatus tells where the node stands with certified heads.
func (n *Node) cosignStatus() CosignStatus {
	at := n.heads.Status()
	s := CosignStatus{State: at.State, Signed: at.Signed.Size, Delay: at.Delay.Seconds(), Conflicts: at.Conflicts, Agencies: []uint64{}}
	if h := at.Certified; h != nil {
		s.Height, s.Size, s.Age = h.Height, h.Tree.Size, h.Age(n.o.Now()).Seconds()
		for _, v := range h.Certified.Validators {
			s.Agencies = append(s.Agencies, uint64(v.Agency))
		}
	}
	switch {
	case at.Why != nil:
		s.Alarm = "cosigning has stopped: " + at.Why.Error()
	case at.Conflicts > 0:
		s.Alarm = fmt.Sprintf("%d cosignatures contradict this node's ledger", at.Conflicts)
	}
	for _, v := range at.Validators {
		s.Signers = append(s.Signers, CosignerStatus{v.Agency, v.Taken, v.Bad, v.Conflicts, v.Newest.Size, v.Time})
	}
	return s
}

// Status tells where the node stands.
func (n *Node) Status() Status {
	head := n.ledger.Head()
	s := Status{Agency: n.agency, Version: n.o.Version, Role: "starting", Height: head.Height, Size: head.Size, Root: head.Root, Cosign: n.cosignStatus(),
		Evidence: n.evidenceStatus(), Alarms: n.alarms(), Doctor: n.examination()}
	select {
	case <-n.seated:
	default:
		return s
	}
	r := n.replica.Status()
	s.Role, s.Leader, s.Term = r.Role, agencyOf(r.Leader), r.Term
	s.LastIndex, s.CommitIndex, s.Applied = r.LastIndex, r.Commit, n.ledger.AppliedIndex()
	s.ClockAhead = n.clockAhead()
	n.seatedExamination(&s.Doctor)
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
