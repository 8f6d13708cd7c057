package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/batch"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/ratelimit"
	"github.com/ocopledger/ocop/node/receive"
	"github.com/ocopledger/ocop/node/replica"
)

// raftFile is raft's log in the data directory, beside the ledger's files.
const raftFile = "raft.db"

// signers is how many public keys the verifiers remember the points of: 3 MiB.
const signers = 1 << 14

// Node is a validator.
type Node struct {
	o       Options
	log     *slog.Logger
	agency  ledger.AccountID
	store   *replica.Store
	pool    *ident.Pool // nil when the verifier was given
	ledger  *chain.Ledger
	members *members
	waiting *waiting
	leaders *leaders
	intake  *intake
	clients *ratelimit.Limiter // nil: no client has a limit of its own
	// What is on its way to the doors.
	fromClients, fromPeers *receive.Room

	admit   *admit.Admitter
	batch   *batch.Batcher[chain.Outcome]
	replica *replica.Replica[chain.Applied]
	seated  chan struct{} // closed when replica is set
	peers   *peers
	heads   *heads // nil when it could not be opened
	gate    *replica.Gate
	monitor *monitor
	callers callers

	connections func() int64 // open at the public door; set before begun is closed

	seating   seating
	self      atomic.Pointer[replica.Member] // as which the node took its seat
	seatedAt  time.Time                      // set before seated is closed
	showing   showing
	begun     chan struct{} // closed when the node takes calls
	following *following
	growing   sync.Mutex // held while the ledger grows, in raft's order or by leaves, until everybody has been told: in that order

	backingUp sync.Mutex // held while a backup is made
	evidence  *suspicions
	blobs     *keptBlobs
	promises  promises
	documents atomic.Pointer[[]*ledger.Policy] // of policy epochs: see epochs

	published *published
	looked    struct { // for keys that the policy names and the node does not hold
		sync.Mutex
		public ident.Ed25519Key
		at     time.Time
	}

	leaving  context.Context // ends when the node begins to stop: it takes no new calls
	leave    context.CancelFunc
	stopping context.Context // ends when the calls under way have had their time
	stop     context.CancelFunc
	fault    chan error // the first fault that must end the node
	entering sync.Mutex
	calls    sync.WaitGroup // Submits under way
}

// New opens the node's directory: its lock, its ledger, which recovers, and checks that keys and genesis fit. Close or Run ends it. Errors wrap
// replica.ErrInUse, ErrNotValidator, *ident.SelfTestError, and those of chain.Open.
func New(ctx context.Context, o Options) (*Node, error) {
	if err := ident.SelfTest(); err != nil {
		return nil, err
	}
	n := &Node{
		o: o, log: o.Log, agency: ledger.AccountID(o.Config.Agency), members: new(members), waiting: newWaiting(), leaders: newLeaders(),
		seated: make(chan struct{}), begun: make(chan struct{}), fault: make(chan error, 1),
	}
	n.seating = seating{path: o.Config.Path(replica.SeatFile), place: Asking}
	if n.isReplica() {
		n.o.Keys = new(keys.Set)
	}
	n.published = newPublished(n)
	n.monitor = newMonitor(n)
	n.stopping, n.stop = context.WithCancel(context.Background())
	n.leaving, n.leave = context.WithCancel(n.stopping)
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// named refuses before anything is written: a ledger that was begun with the wrong genesis file would stand in the way of the right one. A node that has a ledger,
// or is told where to get it, may have keys that came after genesis.
func (n *Node) named() error {
	if _, err := os.Stat(filepath.Join(n.o.Config.Path(n.o.Config.Data), store.ChainFile)); err == nil || n.o.Config.Sync.From != "" {
		return nil
	}
	g, err := genesis.Parse(n.o.Genesis)
	if err != nil {
		return err
	}
	if ok, wrong := n.o.Keys.Held(g, n.agency); !ok && wrong != 0 {
		return fmt.Errorf("%w: the %v key is another one than agency %v's in genesis", ErrNotValidator, wrong, n.agency)
	} else if !ok {
		return fmt.Errorf("%w: agency %v has none", ErrNotValidator, n.agency)
	}
	return nil
}

func (n *Node) open(ctx context.Context) error {
	if err := n.named(); err != nil {
		return err
	}
	dir := n.o.Config.Path(n.o.Config.Data)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	var err error
	if n.store, err = replica.OpenStore(filepath.Join(dir, raftFile), rand.Reader); err != nil {
		return err
	}
	verifier := n.o.Verifier
	if verifier == nil {
		workers := n.o.Config.Limits.Workers
		if workers == 0 {
			workers = runtime.NumCPU()
		}
		if n.pool, err = ident.NewPool(workers, signers); err != nil {
			return err
		}
		verifier = n.pool
	}
	n.ledger, err = chain.Open(ctx, chain.Options{Dir: dir, Genesis: n.o.Genesis, Verifier: verifier, Unwritten: unwritten, Log: n.log, Watch: watcher{n.monitor.metrics, &n.monitor.ahead, n.monitor.writing}})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if _, err := n.members.refresh(n.ledger); err != nil {
		return fmt.Errorf("validators: %w", err)
	}
	if err := n.someoneElse(); err != nil {
		return err
	}
	if n.draftKey() == nil && !n.isReplica() { // a ledger that is behind may name keys that are gone: the node catches up and proposes nothing meanwhile
		n.log.Warn("the ledger names another node key than those held", "height", n.ledger.Head().Height, "epoch", n.ledger.Policy().Number)
	}
	n.intake = newIntake(n.o.Config.Limits.Queue)
	if rate := n.o.Config.Limits.Client; rate > 0 {
		n.clients = ratelimit.New(rate)
	}
	n.fromClients, n.fromPeers = n.publicRoom(), peerRoom()
	n.admit = admit.New(admission{n.ledger}, admitting{verifier, n.monitor.metrics})
	n.admit.Busy = n.intake.busy
	n.admit.Verifying = func() func() { return n.monitor.metrics.Begin(metrics.Verify) }
	n.admit.Waiting = func() func() { return n.monitor.metrics.Begin(metrics.Room) }
	n.admit.Judging = func() func() { return n.monitor.metrics.Begin(metrics.Judge) }
	if err := n.openEvidence(filepath.Join(dir, evidenceDir)); err != nil {
		return err
	}
	if err := n.openHeads(dir); err != nil {
		return err
	}
	if err := n.openBlobs(dir); err != nil {
		return err
	}
	return n.openFollowing()
}

// someoneElse refuses keys that the ledger names as another validator's: the directory was set up for that one.
func (n *Node) someoneElse() error {
	for _, m := range n.members.all() {
		if m.Agency != n.agency && n.o.Keys.TLSKeys(m.Key) != nil {
			return fmt.Errorf("%w: the TLS key is agency %v's, and the configuration is agency %v's", ErrNotValidator, m.Agency, n.agency)
		}
	}
	return nil
}

// isReplica tells whether the node is one by its configuration: it has no keys and no peer door.
func (n *Node) isReplica() bool { return n.o.Config.Role == config.Replica }

// close closes what open opened, last first.
func (n *Node) close() error {
	n.stop()
	var errs []error
	if n.following != nil {
		n.following.close()
	}
	if n.evidence != nil {
		n.evidence.close()
	}
	if n.blobs != nil {
		n.blobs.close()
	}
	if n.heads != nil {
		errs = append(errs, n.heads.close())
	}
	if n.ledger != nil {
		errs = append(errs, n.ledger.Close())
	}
	if n.pool != nil {
		n.pool.Close()
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}

// Close ends a node that was not run.
func (n *Node) Close() error { return n.close() }

// fail ends the node for a fault of this machine.
func (n *Node) fail(err error) {
	select {
	case n.fault <- err:
		n.monitor.failed(err)
		n.log.Error("the node stops: this machine cannot go on", "error", err)
	default:
	}
}

// enter counts a call in, unless the node is stopping.
func (n *Node) enter() bool {
	n.entering.Lock()
	defer n.entering.Unlock()
	select {
	case <-n.begun:
	default:
		return false
	}
	if n.leaving.Err() != nil {
		return false
	}
	n.calls.Add(1)
	return true
}

// Ledger is the node's ledger, for reading.
func (n *Node) Ledger() *chain.Ledger { return n.ledger }

// Agency is the agency that runs the node.
func (n *Node) Agency() ledger.AccountID { return n.agency }

// Version is the software's.
func (n *Node) Version() string { return n.o.Version }

// Stopping is closed when the node begins to stop: answers without end are to end then.
func (n *Node) Stopping() <-chan struct{} { return n.leaving.Done() }

// Leader is the agency whose node leads as far as this one knows, or 0.
func (n *Node) Leader() ledger.AccountID {
	select {
	case <-n.begun:
		return agencyOf(n.leaderID())
	default:
		return 0
	}
}
