package sync

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline bounds every wait of these tests; none depends on how long anything takes.
const deadline = 60 * time.Second

// truth is a node that orders and certifies by itself, behind the real API.
type truth struct {
	api.Node // what is not asked for here
	t        testing.TB
	world    *chaintest.World
	ledger   *chain.Ledger
	address  string
	stopping chan struct{}
	clock    atomic.Int64 // Unix milliseconds

	mu        sync.Mutex
	grown     chan struct{} // closed when the ledger has grown or a head was certified
	policy    *ledger.Policy
	certified *checkpoint.Signed
	height    uint64
	under     *ledger.Policy
	handovers [][]byte
}

func openLedger(t testing.TB, file []byte) *chain.Ledger {
	t.Helper()
	return openLedgerAt(t, t.TempDir(), file)
}

func openLedgerAt(t testing.TB, dir string, file []byte) *chain.Ledger {
	t.Helper()
	l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: file, Verifier: verifier(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func verifier(t testing.TB) ident.Verifier {
	t.Helper()
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// newTruth makes a node whose ledger begins with the world's genesis, and serves it.
func newTruth(t testing.TB, w *chaintest.World) *truth {
	t.Helper()
	n := &truth{t: t, world: w, ledger: openLedger(t, w.Genesis.Bytes()), grown: make(chan struct{}), stopping: make(chan struct{})}
	n.policy = n.ledger.Policy()
	n.tick(0)
	c, err := query.Open(t.Context(), func(f func(query.Source) error) error {
		return n.ledger.View(func(v *chain.View) error { return f(v) })
	})
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(api.ServerOptions()...)
	api.Register(server, api.Options{
		Node: n, Catalog: c, Proofs: proofs{n}, Now: n.now, Log: slog.New(slog.DiscardHandler), Explain: func(error) *rules.Refusal { return nil },
	})
	n.address = serve(t, server)
	t.Cleanup(func() { close(n.stopping) })
	return n
}

// serve serves on loopback.
func serve(t testing.TB, server *grpc.Server) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// Follow has a place for everybody.
func (n *truth) Follow(ctx context.Context) (following context.Context, moved, leave func(), err error) {
	following, cancel := context.WithCancel(ctx)
	return following, func() {}, cancel, nil
}

// now is the world's clock as it was when the node was told something last: drafts are made ahead of it.
func (n *truth) now() time.Time { return time.UnixMilli(n.clock.Load()) }

// tick moves the world's clock.
func (n *truth) tick(d time.Duration) {
	n.world.Tick(d)
	n.clock.Store(int64(n.world.Now))
}

// tell applies drafts, and certifies the heads that end a policy epoch, as validators would.
func (n *truth) tell(drafts ...chaintest.Draft) {
	n.t.Helper()
	n.tick(0)
	for _, d := range drafts {
		applied, err := n.ledger.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
		if err != nil || applied[0].Bad != nil {
			n.t.Fatalf("draft %d: %v, %v", d.Index, err, applied)
		}
		n.mu.Lock()
		n.policy = applied[0].Policy
		n.mu.Unlock()
		if applied[0].Ends {
			n.certify()
			n.handover()
		}
		n.wake()
	}
}

func (n *truth) wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.grown)
	n.grown = make(chan struct{})
}

// certify has all validators cosign the newest head.
func (n *truth) certify(agencies ...ledger.AccountID) {
	n.tick(0)
	head := n.ledger.Head()
	n.mu.Lock()
	n.certified, n.height, n.under = chaintest.Cosign(n.policy, head, n.world.Now/1000, agencies...), head.Height, n.policy
	n.mu.Unlock()
	n.wake()
}

func (n *truth) handover() {
	n.t.Helper()
	err := n.ledger.View(func(v *chain.View) error {
		seal, path, err := prove.Seal(v, n.certified)
		h := checkpoint.Handover{Policy: n.ledger.Policy(), Path: path, Checkpoint: n.certified}
		if err == nil {
			h.Seal = seal.Append(nil)
			n.mu.Lock()
			n.handovers = append(n.handovers, h.Append(nil))
			n.mu.Unlock()
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *truth) Ledger() *chain.Ledger     { return n.ledger }
func (n *truth) Agency() ledger.AccountID  { return chaintest.Province }
func (n *truth) Leader() ledger.AccountID  { return chaintest.Province }
func (n *truth) Version() string           { return "test" }
func (n *truth) Stopping() <-chan struct{} { return n.stopping }

func (n *truth) Grown() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.grown
}

func (n *truth) Certified() (uint64, *ledger.Policy, *checkpoint.Signed, *checkpoint.Certified) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.certified == nil {
		return 0, nil, nil, nil
	}
	c, _ := n.certified.Verify(n.under)
	return n.height, n.under, n.certified, c
}

func (n *truth) WaitHeight(ctx context.Context, height uint64) error {
	return n.wait(ctx, func() bool { return n.ledger.Head().Height >= height })
}

func (n *truth) wait(ctx context.Context, holds func() bool) error {
	for {
		grown := n.Grown()
		if holds() {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type proofs struct{ *truth }

func (p proofs) Certified() (*checkpoint.Signed, uint64, *ledger.Policy, bool) {
	height, policy, signed, _ := p.truth.Certified()
	return signed, height, policy, signed != nil
}

func (p proofs) WaitCertified(ctx context.Context, height uint64) error {
	return p.wait(ctx, func() bool {
		have, _, signed, _ := p.truth.Certified()
		return signed != nil && have >= height
	})
}

func (p proofs) Handovers(from uint32) ([][]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.handovers[min(int(from), len(p.handovers)):], nil
}

// follower is one that follows, with what it was told.
type follower struct {
	*Follower
	t      testing.TB
	ledger *chain.Ledger

	mu      sync.Mutex
	points  []Point
	sources []Source
}

// quick is a pace for tests.
func quick() pace {
	p := defaultPace
	p.answer, p.patience, p.rate = 10*time.Second, 10*time.Second, 1
	p.idle, p.settle, p.others = time.Millisecond, 20*time.Millisecond, 200*time.Millisecond
	p.first, p.most, p.liar, p.look, p.expired = 5*time.Millisecond, 20*time.Millisecond, time.Hour, 5*time.Millisecond, 5*time.Millisecond
	return p
}

// newFollower makes a follower of a ledger, which believes genesis. now is its clock.
func newFollower(t testing.TB, l *chain.Ledger, g *genesis.Genesis, now func() time.Time, sources ...Source) *follower {
	t.Helper()
	f := &follower{t: t, ledger: l, sources: sources}
	begun, world := time.Now(), now
	now = func() time.Time { return world().Add(time.Since(begun)) } // the world's clock stands still
	w := io.Discard
	if testing.Verbose() {
		w = os.Stderr
	}
	f.Follower = New(Options{
		Ledger: l, Sources: f.list, Epoch: f.epoch, Certified: f.tell, Now: now, Verifier: verifier(t),
		Trust: func() (verify.Trust, error) { return verify.NewTrust(g.Policy(), g.Body.Time/1000, 0) },
		Log:   slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	f.pace = quick()
	return f
}

func (f *follower) list() []Source {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sources
}

func (f *follower) tell(p Point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.points = append(f.points, p)
}

// told are the heads that the follower was told of.
func (f *follower) told() []Point {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.points
}

// epoch is the newest epoch whose beginning it was shown.
func (f *follower) epoch() (epoch uint32) {
	for _, p := range f.told() {
		if p.Ends {
			epoch = p.Policy.Number + 1
		}
	}
	return epoch
}

// to brings the ledger to a size.
func (f *follower) to(size uint64) error {
	ctx, stop := context.WithTimeout(f.t.Context(), deadline)
	defer stop()
	return f.To(ctx, size)
}

// run follows until the test ends.
func (f *follower) run() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	f.t.Cleanup(func() { stop() })
	return stop
}

// eventually waits for what must come to be.
func (f *follower) eventually(what string, holds func() bool) {
	f.t.Helper()
	for end := time.Now().Add(deadline); !holds(); {
		if time.Now().After(end) {
			f.t.Fatalf("not reached in %v: %s: %+v", deadline, what, f.Status())
		}
		time.Sleep(time.Millisecond)
	}
}

func dialed(t testing.TB, address string) *Remote {
	t.Helper()
	r, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}
