package cosign

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// Resign is how often an unchanged head is signed again, so that its age says how long ago a quorum knew of nothing newer.
	Resign = 30 * time.Second
	// maxBacklog is how many points may wait to be signed. Of more, the newest and those that end an epoch are: a validator that catches up
	// does not sign what the others certified long ago.
	maxBacklog = 16
	// maxHeads is how many of the newest points take cosignatures: 12 seconds of them under load.
	maxHeads = 256
	// maxEarly is how many cosignatures of one validator are kept for points that this one has not applied yet.
	maxEarly = 64
	// maxConflicts is how many conflicting cosignatures of one validator are kept, and how many are reported. A liar makes as many as he likes.
	maxConflicts = 64
	// maxPolicies is how many of the newest policy epochs are remembered.
	maxPolicies = 8
)

// Point is a cosign point: a head that all validators sign.
type Point struct {
	Tree   checkpoint.Tree
	Height uint64
	Policy *ledger.Policy // epoch of the head's block
	Ends   bool           // the block is the last of its epoch
}

// Head is a certified head.
type Head struct {
	Point
	Signed    *checkpoint.Signed
	Certified *checkpoint.Certified
}

// Age is how long ago a quorum said that there is no newer head.
func (h *Head) Age(now time.Time) time.Duration {
	return max(0, now.Sub(time.Unix(int64(h.Certified.Time), 0)))
}

// Cosignature is a validator's signature of a head on its way to the others.
type Cosignature struct {
	Mark
	Epoch       uint32 // number of the policy epoch whose key signed
	Cosignature ident.Cosignature
	Log         *ident.NodeSignature // the log key's signature of the same head; of the publisher alone, and nil until it has signed
	Witnesses   []Witness            // outside witnesses' cosignatures of the same head; of the publisher alone, in the policy's order
}

// Witness is what an outside witness that the policy pins has signed of a head.
type Witness struct {
	Name        string
	Cosignature ident.Cosignature
}

// Options is what a cosigner needs. Its functions may call the Cosigner, except for Key.
type Options struct {
	Chain  ledger.ChainID
	Agency ledger.AccountID
	Slot   *Slot
	// Policies are of the newest epochs, oldest first, as far as the ledger has come.
	Policies []*ledger.Policy
	// Key gives the private key to a policy's cosigner key: after a rotation it is another one.
	Key func(ident.Ed25519Key) (*ident.Ed25519PrivateKey, bool)
	// RootAt is the root of the own log's first leaves. false: the log is shorter. An error is a fault of the disk.
	RootAt func(size uint64) (ledger.Hash, bool, error)
	// Send hands a cosignature to every other validator. It returns at once.
	Send func(Cosignature)
	// Keep stores a certified head, or more signatures of one. It returns at once, except for a head that ends its epoch: that one is on disk then.
	Keep func(Head) error
	// Conflict is told of cosignatures that contradict each other or the own log.
	Conflict func(Conflict)
	// Fault is told of an error of the disk, after which nothing is signed.
	Fault func(error)
	// Writing is told when a write to the slot file begins, and by done when the disk has it. nil: nobody is.
	Writing func() (done func())
	// Certified is told once of each head that is certified here: how long after its point. It returns at once and does not call the Cosigner. nil: nobody is.
	Certified func(delay time.Duration)
	Now       func() time.Time
	Resign    time.Duration // 0: Resign
	Log       *slog.Logger
}

// Cosigner signs and collects. Its methods may be called from anywhere; those without a context return without waiting for disk or network, except where
// they say so.
type Cosigner struct {
	o    Options
	wake chan struct{} // has room for one

	mu         sync.Mutex
	queue      []Point // to be signed, ascending by size
	heads      []*head // that take cosignatures, ascending by size
	applied    uint64  // size of the newest point
	policies   []*ledger.Policy
	validators map[ledger.AccountID]*validator
	late       []received // were early, and are not any more

	epoch   uint32  // newest whose points may be signed
	mark    Mark    // largest head signed
	claims  []claim // heads that this validator has signed, by the slot file or by what others hold, not found in the own log yet
	floor   uint64  // nothing smaller is signed
	learned map[ledger.AccountID]struct{}
	ready   bool                     // enough others have answered, and the own log contains all claims
	stopped error                    // why nothing is signed any more
	keyless *ledger.Policy           // for which there is no key, as was logged
	own     *ident.Cosigner          // newest signer
	ownKey  *ident.Ed25519PrivateKey // its key

	newest    *Head
	changed   chan struct{} // closed when newest changes, and made anew
	delay     time.Duration // from the point to its certification
	conflicts uint64
}

// head is a point with what is signed of it.
type head struct {
	Point
	fed       time.Time
	votes     map[ledger.AccountID]ident.Cosignature // verified, the newest of each
	log       *ident.NodeSignature
	witnesses map[string]ident.Cosignature // verified, the newest of each; by name
	certified bool
}

// validator is what is known of another validator's cosignatures.
type validator struct {
	newest    *Cosignature  // verified
	early     []Cosignature // neither verified nor compared; ascending by size
	conflicts []Cosignature // verified, oldest first
	taken     uint64
	bad       uint64
	reported  int
}

type received struct {
	from ledger.AccountID
	Cosignature
}

// claim is a head that this validator has signed according to someone who can prove it.
type claim struct {
	Mark
	line *checkpoint.Line // nil: the slot file says so
}

var (
	// ErrDiverged: the own log contradicts a head this validator signed, or a quorum contradicts the own head.
	ErrDiverged = errors.New("this node's ledger has diverged: it contradicts what was signed")
	// ErrAhead: the own log does not contain the head yet.
	ErrAhead = errors.New("a certified head that is larger than this node's ledger")
)

// New makes a cosigner. It signs nothing before Run.
func New(o Options) *Cosigner {
	if o.Resign == 0 {
		o.Resign = Resign
	}
	c := &Cosigner{
		o: o, wake: make(chan struct{}, 1), validators: make(map[ledger.AccountID]*validator), learned: make(map[ledger.AccountID]struct{}), changed: make(chan struct{}),
	}
	for _, p := range o.Policies {
		c.remember(p)
	}
	c.mark = o.Slot.Mark()
	if c.mark.Size > 0 {
		c.claims = append(c.claims, claim{Mark: c.mark})
	}
	return c
}

// Begin tells what the ledger holds as the node starts: its head, and before it the ends of epochs that it does not hold certified. It comes before Run.
func (c *Cosigner) Begin(points ...Point) {
	if head := points[len(points)-1].Tree.Size; !c.o.Slot.Sure() {
		c.o.Log.Warn("the slot file is new or damaged: nothing smaller than this node's ledger is cosigned", "size", head)
		c.floor = head
	}
	c.Points(points...)
}

// Run signs until ctx ends.
func (c *Cosigner) Run(ctx context.Context) {
	timer := time.NewTimer(c.o.Resign)
	defer timer.Stop()
	for {
		again := false
		select {
		case <-c.wake:
		case <-timer.C:
			again = true
		case <-ctx.Done():
			return
		}
		c.takeLate()
		if c.sign(again) || again {
			timer.Reset(c.o.Resign)
		}
	}
}

func (c *Cosigner) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Points feeds cosign points in the order in which they were applied.
func (c *Cosigner) Points(points ...Point) {
	if len(points) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range points {
		if p.Tree.Size <= c.applied {
			continue // an empty draft has made the head a point again
		}
		c.applied = p.Tree.Size
		c.remember(p.Policy)
		c.add(p)
		c.queue = append(c.queue, p)
	}
	c.queue = newestOf(c.queue)
	for agency, v := range c.validators {
		n := 0
		for n < len(v.early) && v.early[n].Size <= c.applied {
			c.late = append(c.late, received{agency, v.early[n]})
			n++
		}
		v.early = v.early[n:]
	}
	c.rouse()
}

// newestOf leaves out what is not worth signing when too much waits.
func newestOf(queue []Point) []Point {
	if len(queue) <= maxBacklog {
		return queue
	}
	var few []Point
	for i, p := range queue {
		if p.Ends || i == len(queue)-1 {
			few = append(few, p)
		}
	}
	return few
}

func (c *Cosigner) remember(p *ledger.Policy) {
	for _, known := range c.policies {
		if known.Number == p.Number {
			return
		}
	}
	if c.policies = append(c.policies, p); len(c.policies) > maxPolicies {
		c.policies = c.policies[1:]
	}
}

func (c *Cosigner) policy(epoch uint32) *ledger.Policy {
	for _, p := range c.policies {
		if p.Number == epoch {
			return p
		}
	}
	return nil
}
