package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/replica"
)

// Status is where a node stands, for its operator.
type Status struct {
	Agency      ledger.AccountID `json:"agency"`
	Version     string           `json:"version"`
	Role        string           `json:"role"` // leader, follower, candidate, starting, stopping, following: without a place in raft
	Place       Place            `json:"place"`
	PlaceWhy    *health.Sentence `json:"place_why,omitempty"`
	Leader      ledger.AccountID `json:"leader"`
	Term        uint64           `json:"term"`
	Height      uint64           `json:"height"`
	Size        uint64           `json:"size"`
	Root        ledger.Hash      `json:"root"`
	FirstIndex  uint64           `json:"raft_first_index"` // that raft's log still holds
	LastIndex   uint64           `json:"raft_last_index"`
	CommitIndex uint64           `json:"raft_commit_index"`
	Applied     uint64           `json:"raft_applied_index"`
	Servers     []RaftServer     `json:"raft_servers"`   // raft's members as this node's log has them; empty without a seat
	ClockAhead  time.Duration    `json:"clock_ahead_ns"` // of the median of the validators that can be seen
	Held        float64          `json:"held_seconds"`   // that this node, as leader, has waited with drafts: for others that are behind, or for its clock
	Peers       []PeerStatus     `json:"peers"`
	Cosign      CosignStatus     `json:"cosign"`
	Evidence    []EvidenceStatus `json:"evidence"`
	Alarms      []string         `json:"alarms"`
	Ready       bool             `json:"ready"` // can serve: every required check of /readyz holds
	Blobs       blobs.Counts     `json:"blobs"`
	Disk        DiskStatus       `json:"disk"`
	Doctor      Examination      `json:"doctor"`

	started     bool          // it has its seat among the validators
	lastContact time.Duration // since the leader was heard; 0 on the leader
}

// DiskStatus is the disk of the data directory.
type DiskStatus struct {
	Free       uint64           `json:"free_bytes"` // for this node; 0 with Total 0: not known
	Total      uint64           `json:"total_bytes"`
	FreeInodes uint64           `json:"free_inodes"`      // 0: the file system has no bound, or does not tell
	Files      map[string]int64 `json:"files"`            // bytes, by name
	Growth     float64          `json:"growth_bytes_day"` // of the last hours; 0 also while it is not known
	DaysLeft   float64          `json:"days_left"`        // until it is full at that rate; 0: not known, or it does not grow
}

// RaftServer is a member of raft's configuration.
type RaftServer struct {
	ID    string `json:"id"` // agency and incarnation
	Votes bool   `json:"votes"`
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

	RoundTrip time.Duration     `json:"round_trip_ns"`      // of the newest answer
	Error     string            `json:"error,omitempty"`    // why it did not answer when it was asked last
	ErrorAt   time.Time         `json:"error_at,omitzero"`  // of Error
	Errors    map[string]uint64 `json:"errors,omitempty"`   // questions not answered since the start, by kind: refused, timeout, key, network, call
	Cosigned  uint64            `json:"cosigned,omitempty"` // leaves of the newest head it has cosigned
	Shut      bool              `json:"shut"`               // this node listens to no raft message of it: its store is not the one that was met
	ShutsUs   bool              `json:"shuts_us"`           // it listens to none of this node's
	Holds     bool              `json:"holds"`              // this node, as leader, waits for it at present
	Held      float64           `json:"held_seconds"`       // how long it has; waits for several at one time count for each
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
	Queue     int              `json:"queue"` // heads that wait to be signed by this node
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
	s := CosignStatus{State: at.State, Signed: at.Signed.Size, Delay: at.Delay.Seconds(), Conflicts: at.Conflicts, Queue: at.Queue, Agencies: []uint64{}}
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

// Status tells where the node stands, and what the operator is told of it.
func (n *Node) Status() Status {
	s := n.stands()
	ready := n.monitor.board.Ready(time.Now())
	s.Ready, s.Alarms = ready.OK, []string{}
	for _, a := range ready.Alarms {
		s.Alarms = append(s.Alarms, a.English)
	}
	return s
}

// stands is where the node stands.
func (n *Node) stands() Status {
	head := n.ledger.Head()
	s := Status{Agency: n.agency, Version: n.o.Version, Role: "starting", Height: head.Height, Size: head.Size, Root: head.Root, Cosign: n.cosignStatus(),
		Evidence: n.evidenceStatus(), Blobs: n.blobs.Counts(), Disk: n.diskStatus(), Doctor: n.examination()}
	var why health.Sentence
	if s.Place, why = n.Place(); s.Place != Seated {
		s.PlaceWhy = &why
	}
	select {
	case <-n.begun:
	default:
		return s
	}
	s.started = true
	s.Role, s.Leader, s.Applied = "following", n.Leader(), n.ledger.AppliedIndex()
	var r replica.Status
	select {
	case <-n.seated:
		r = n.replica.Status()
		s.Role, s.Term, s.FirstIndex, s.LastIndex, s.CommitIndex = r.Role, r.Term, r.FirstIndex, r.LastIndex, r.Commit
		servers, _, err := n.replica.Configuration()
		if err != nil {
			n.fail(err)
		}
		for _, one := range servers {
			s.Servers = append(s.Servers, RaftServer{one.ID, one.Votes})
		}
	default:
	}
	s.ClockAhead = n.clockAhead()
	n.seatedExamination(&s.Doctor)
	waited := n.peers.pace.tell(time.Now())
	s.Held = waited.total.Seconds()
	for _, o := range n.peers.list() {
		at, ahead, ok := o.known()
		p := PeerStatus{Agency: o.Agency, Address: o.Address, Seen: ok, Height: at.Height, Size: at.Size, Term: at.Term, Ahead: ahead, Cosigned: s.Cosign.newest(o.Agency)}
		p.Shut, p.ShutsUs = n.gate.Shut(o.ID), ok && at.Shut
		p.Holds, p.Held = slices.Contains(waited.now, o.Agency), waited.held[o.Agency].Seconds()
		o.contact.tell(&p)
		s.Peers = append(s.Peers, p)
	}
	if s.Role == "follower" && !r.LastContact.IsZero() {
		s.lastContact = time.Since(r.LastContact)
	}
	if n.leaving.Err() != nil {
		s.Role = "stopping"
	}
	return s
}

// newest is how many leaves the newest head has that an agency has cosigned; 0: none is known.
func (s *CosignStatus) newest(agency ledger.AccountID) uint64 {
	for i := range s.Signers {
		if s.Signers[i].Agency == agency {
			return s.Signers[i].Size
		}
	}
	return 0
}

func (n *Node) diskStatus() DiskStatus {
	w := n.monitor.watch(time.Now())
	const day = 24 * time.Hour
	return DiskStatus{
		Free: w.disk.room.Free, Total: w.disk.room.Total, FreeInodes: w.disk.room.FreeInodes, Files: w.disk.files,
		Growth: w.rate * day.Seconds(), DaysLeft: w.left().Hours() / day.Hours(),
	}
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
