package node

import (
	"os"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Examination is what a node says of itself to whoever looks for the cause of a trouble: what the ledger makes of it, and whom it reaches and is reached by.
// It is read and not acted on.
type Examination struct {
	AsRoot      bool              `json:"runs_as_root"`
	Policy      ExaminedPolicy    `json:"policy"`
	Validators  []ExaminedNode    `json:"validators"`
	KeysUsed    int               `json:"validator_keys_used"` // of subject.MaxValidatorKeys, by this agency
	ClockBound  time.Duration     `json:"clock_bound_ns"`
	Diverged    bool              `json:"diverged"`
	Leaderless  float64           `json:"leaderless_seconds"` // since the leader was last heard; 0: it is heard, or this node leads
	Refused     *RefusedLeader    `json:"refused_leader,omitempty"`
	Links       []Link            `json:"links"`
	LeavesSince map[string]uint64 `json:"leaves_since"` // "day", "week" → leaves that came since; absent: the ledger is younger
}

// ExaminedPolicy is the policy epoch in force.
type ExaminedPolicy struct {
	Epoch       uint32           `json:"epoch"`
	Began       uint64           `json:"began"` // block time, Unix milliseconds
	Quorum      int              `json:"quorum"`
	Publisher   ledger.AccountID `json:"publisher"`
	TrustPeriod uint64           `json:"trust_period_seconds"`
}

// ExaminedNode is a validator as the ledger has it.
type ExaminedNode struct {
	Agency        ledger.AccountID `json:"agency"`
	Incarnation   uint32           `json:"incarnation"`
	PeerAddress   string           `json:"peer_address"`
	PublicAddress string           `json:"public_address"`
	TLSKey        ident.Ed25519Key `json:"tls_key"`
	NodeKey       ident.Ed25519Key `json:"node_key"`
	CosignerKey   ident.Ed25519Key `json:"cosigner_key"`
}

// RefusedLeader is a leader whose time was too far in the future.
type RefusedLeader struct {
	Agency ledger.AccountID `json:"agency"`
	Term   uint64           `json:"term"`
	Ahead  time.Duration    `json:"ahead_ns"`
	At     time.Time        `json:"at"`
}

// Link is the traffic of questions between this node and another validator, in both directions.
type Link struct {
	Agency   ledger.AccountID `json:"agency"`
	Answered *time.Time       `json:"answered,omitempty"` // when it last answered this node's question; absent: never since the start
	Called   *time.Time       `json:"called,omitempty"`   // when it last asked this node; absent: never since the start
}

// callers is when other validators last called this node's peer service: the one direction that a node cannot try out by itself.
type callers struct {
	mu sync.Mutex
	at map[ledger.AccountID]time.Time
}

func (c *callers) note(from ledger.AccountID, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = make(map[ledger.AccountID]time.Time)
	}
	c.at[from] = now // validators alone come here: there are few
}

func (c *callers) last(agency ledger.AccountID) *time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.at[agency]; ok {
		return &at
	}
	return nil
}

// examination tells what the ledger and the connections say. A fault of the ledger leaves out what could not be read: the node says that fault itself.
func (n *Node) examination() Examination {
	policy := n.ledger.Policy()
	e := Examination{
		AsRoot: os.Geteuid() == 0, Diverged: n.diverged(), Validators: []ExaminedNode{}, Links: []Link{}, LeavesSince: map[string]uint64{},
		Policy: ExaminedPolicy{Epoch: policy.Number, Quorum: int(policy.Quorum), Publisher: policy.Publisher, TrustPeriod: policy.TrustPeriod},
	}
	now := n.o.Now()
	_ = n.ledger.View(func(v *chain.View) error {
		e.read(v, policy, n.agency)
		for name, ago := range map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour} {
			if since, ok := leavesSince(v, uint64(now.Add(-ago).UnixMilli())); ok {
				e.LeavesSince[name] = since
			}
		}
		return nil
	})
	return e
}

// seatedExamination adds what only a node that takes part knows.
func (n *Node) seatedExamination(e *Examination) {
	select {
	case <-n.seated:
		if r := n.replica.Status(); r.Role != "leader" && !r.LastContact.IsZero() && r.Leader == "" {
			e.Leaderless = time.Since(r.LastContact).Seconds()
		}
		if f := n.gate.Last(); !f.At.IsZero() && n.o.Now().Sub(f.At) < clockAlarm {
			e.Refused = &RefusedLeader{agencyOf(f.Leader), f.Term, f.Ahead, f.At}
		}
	default:
	}
	for _, o := range n.peers.list() {
		link := o.link()
		link.Called = n.callers.last(o.Agency)
		e.Links = append(e.Links, link)
	}
}

func (e *Examination) read(v *chain.View, policy *ledger.Policy, self ledger.AccountID) {
	if value, ok := v.Value(subject.Parameters()); ok {
		if p, err := subject.ParseParameters(value); err == nil {
			e.ClockBound = time.Duration(p.ClockBound) * time.Millisecond
		}
	}
	e.KeysUsed = 2 // until the first rotation only genesis, or who added the validator, names them: one node key, one cosigner key
	if value, ok := v.Value(subject.ValidatorKeys(self)); ok {
		if keys, err := subject.ParseValidatorKeys(value); err == nil {
			e.KeysUsed = len(keys.Keys)
		}
	}
	for _, p := range policy.Validators {
		one := ExaminedNode{Agency: p.Agency, NodeKey: p.NodeKey, CosignerKey: p.CosignerKey}
		if value, ok := v.Value(subject.Node(p.Agency)); ok {
			if at, err := subject.ParseNode(value); err == nil {
				one.Incarnation, one.PeerAddress, one.PublicAddress, one.TLSKey = at.Incarnation, at.PeerAddress, at.PublicAddress, at.TLSKey
			}
		}
		e.Validators = append(e.Validators, one)
	}
	if _, height, err := v.PolicyOf(policy.Number); err == nil {
		if b, err := v.Block(height); err == nil {
			e.Policy.Began = b.Seal.Time
		}
	}
}

// leavesSince is how many leaves came after a moment; false when the ledger is younger. Block times ascend.
func leavesSince(v *chain.View, moment uint64) (n uint64, ok bool) {
	first, err := v.Block(0)
	if err != nil || first.Seal.Time > moment {
		return 0, false
	}
	low, high, at := uint64(0), v.Head().Height, first.Seal.SizeBefore+1
	for low < high { // the newest block that is not after the moment
		middle := low + (high-low+1)/2
		b, err := v.Block(middle)
		if err != nil {
			return 0, false
		}
		if b.Seal.Time > moment {
			high = middle - 1
		} else {
			low, at = middle, b.Seal.SizeBefore+1
		}
	}
	return v.Head().Size - at, true
}

// link is what is known of the questions asked of the validator.
func (o *other) link() Link {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := Link{Agency: o.Agency}
	if !o.asked.IsZero() {
		at := o.asked
		l.Answered = &at
	}
	return l
}
