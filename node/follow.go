package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/replica"
	follow "github.com/ocopledger/ocop/node/sync"
)

const (
	// leaderless is how many heartbeat timeouts a node of raft hears of no leader before it looks for leaves elsewhere: an election takes one or two. Its pins
	// may be those of a year ago, and then no validator talks to it before its ledger has come to the new ones.
	leaderless = 4
	// followEvery is how often is looked whether the node should follow.
	followEvery = 250 * time.Millisecond
)

// following is how the node gets leaves beside raft's order.
type following struct {
	*follow.Follower
	node    *Node
	running sync.WaitGroup
	stop    context.CancelFunc
	ctx     context.Context
	wanted  atomic.Uint64             // leaves that raft's log begins after
	led     atomic.Pointer[time.Time] // when somebody led raft, as was last seen

	mu      sync.Mutex
	sources map[string]follow.Source
	pinned  *ledger.Policy // by the operator; nil: none
	since   uint64         // when the operator pinned it
}

// openFollowing prepares to follow. Nothing is dialled yet.
func (n *Node) openFollowing() error {
	f := &following{node: n, sources: make(map[string]follow.Source)}
	f.ctx, f.stop = context.WithCancel(context.Background())
	if path := n.o.Config.Sync.Policy; path != "" {
		if err := f.pin(n.o.Config.Path(path)); err != nil {
			return fmt.Errorf("pinned policy: %w", err)
		}
	}
	o := follow.Options{
		Ledger: extending{n.ledger, n}, Sources: f.list, Trust: f.trust, Epoch: n.heads.Epoch, Certified: f.certified, Now: n.o.Now, Log: n.log,
	}
	if n.pool != nil {
		o.Verifier = n.pool
	}
	f.Follower = follow.New(o)
	n.following = f
	return nil
}

// pin reads the policy file that the operator believes. It is believed to have been current when the file was written there.
func (f *following) pin(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	p, err := checkpoint.ParsePolicy(data)
	if err != nil {
		return err
	}
	if p.Chain != f.node.ledger.Chain() {
		return fmt.Errorf("it is of chain %v, this ledger is %v", p.Chain, f.node.ledger.Chain())
	}
	f.pinned, f.since = p, uint64(info.ModTime().Unix())
	return nil
}

// extending is the ledger as a follower extends it.
type extending struct {
	*chain.Ledger
	node *Node
}

// Extend implements follow.Ledger.
func (e extending) Extend(ctx context.Context, from uint64, leaves [][]byte) ([]chain.Applied, error) {
	var applied []chain.Applied
	done := e.node.monitor.applying()
	defer func() { done(applied) }()
	e.node.growing.Lock()
	defer e.node.growing.Unlock()
	applied, err := e.Ledger.Extend(ctx, from, leaves)
	if err != nil {
		return nil, err
	}
	return applied, e.node.grew(applied)
}

// trust is what the node believes of its own ledger's policy epochs, of all it has reason to.
func (f *following) trust() (verify.Trust, error) {
	n := f.node
	now := uint64(n.o.Now().Unix())
	g := n.ledger.Genesis()
	trusts := []verify.Trust{{Policy: g.Policy(), Since: g.Body.GetTime() / 1000, Now: now}}
	if f.pinned != nil {
		trusts = append(trusts, verify.Trust{Policy: f.pinned, Since: f.since, Now: now})
	}
	if h := n.heads.Certified(); h != nil {
		trusts = append(trusts, verify.Trust{Policy: h.Policy, Since: h.Certified.Time, Now: now})
	}
	return follow.Newest(trusts...), nil
}

// certified takes over a certified head that the ledger has come to, by raft perhaps, and with no cosign point there: what is signed and kept as certified is on the disk.
func (f *following) certified(p follow.Point) {
	if err := f.node.ledger.Sync(); err != nil {
		f.node.fail(err)
		return
	}
	point := cosign.Point{Tree: p.Signed.Tree, Height: p.Height, Policy: p.Policy, Ends: p.Ends}
	if err := f.node.heads.Adopt(point, p.Signed); err != nil && !errors.Is(err, cosign.ErrAhead) {
		f.node.log.Error("a certified head that the ledger holds is not taken over", "height", p.Height, "error", err)
	}
}

// list are those who can be asked: whom the configuration names, and the public doors of the validators that the ledger names.
func (f *following) list() []follow.Source {
	names, err := f.node.o.Config.Sync.Sources()
	policy := f.node.ledger.Policy() // not from within the view: a ledger that is about to grow waits for one reader, and lets no second in
	if err == nil {
		err = f.node.ledger.View(func(v *chain.View) error {
			for _, validator := range policy.Validators {
				data, ok := v.Value(subject.Node(validator.Agency))
				if !ok || validator.Agency == f.node.agency {
					continue
				}
				node, err := subject.ParseNode(data)
				if err != nil {
					return err
				}
				names = append(names, node.PublicAddress)
			}
			return nil
		})
	}
	if err != nil {
		f.node.log.Error("the validators' public doors", "error", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []follow.Source
	seen := make(map[string]bool)
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		s, ok := f.sources[name]
		if !ok {
			if s, err = follow.Open(name); err != nil {
				f.node.log.Error("a source of leaves", "source", name, "error", err)
				continue
			}
			f.sources[name] = s
		}
		list = append(list, s)
	}
	return list
}

func (f *following) start() {
	f.running.Go(func() {
		ticker := time.NewTicker(followEvery)
		defer ticker.Stop()
		for {
			if f.wants() {
				f.run()
			}
			select {
			case <-ticker.C:
			case <-f.ctx.Done():
				return
			}
		}
	})
}

// wants tells whether the node is to follow: it has no seat, hears of no leader, or raft's log begins after what it holds.
func (f *following) wants() bool {
	n := f.node
	if f.ctx.Err() != nil {
		return false
	}
	select {
	case <-n.seated:
	default:
		return true
	}
	if f.wanted.Load() > n.ledger.Head().Size {
		return true
	}
	now := time.Now()
	if n.replica.Leader() != "" {
		f.led.Store(&now)
		return false
	}
	since := n.seatedAt
	if led := f.led.Load(); led != nil && led.After(since) {
		since = *led
	}
	return now.Sub(since) > leaderless*time.Duration(n.o.Config.Raft.Heartbeat)
}

// run follows as long as that is wanted.
func (f *following) run() {
	if len(f.list()) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(followEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if !f.wants() {
					cancel()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	err := f.Run(ctx)
	cancel()
	watching.Wait()
	if f.ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	var offChain *follow.OffChainError
	if errors.Is(err, chain.ErrFault) {
		f.node.fail(err)
		return
	}
	f.node.log.Error("the ledger cannot follow", "error", err, "off_chain", errors.As(err, &offChain))
	select { // what is wrong does not go away soon
	case <-time.After(askLimit):
	case <-f.ctx.Done():
	}
}

// behind is told of a mark that the ledger has not come to.
func (n *Node) behind(m replica.Mark) {
	if most := n.reported(); most > 0 && m.Size > most+beyondReported {
		n.log.Warn("a snapshot stands for more than any validator has: it is passed over", "height", m.Height, "size", m.Size)
		return
	}
	for {
		old := n.following.wanted.Load()
		if old >= m.Size {
			return
		}
		if n.following.wanted.CompareAndSwap(old, m.Size) {
			n.log.Info("raft's log begins after what this ledger holds: the leaves between are fetched", "height", m.Height, "size", m.Size)
			return
		}
	}
}

// beyondReported is how far a snapshot may be beyond what validators say they have: minutes of the highest load.
const beyondReported = 1 << 20

// reported is the most leaves that a validator says it has; 0: nobody says anything.
func (n *Node) reported() (most uint64) {
	for _, o := range n.peers.list() {
		if at, _, ok := o.known(); ok {
			most = max(most, at.Size)
		}
	}
	return most
}

func (f *following) close() {
	f.stop()
	f.running.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sources {
		if c, ok := s.(interface{ Close() error }); ok {
			c.Close()
		}
	}
}
