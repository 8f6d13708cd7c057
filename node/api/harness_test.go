package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// alone is a node that orders records by itself: a ledger without raft.
type alone struct {
	t      testing.TB
	world  *chaintest.World
	ledger *chain.Ledger

	mu       sync.Mutex
	policy   *ledger.Policy // of the newest block
	grown    chan struct{}
	stopping chan struct{}
	needed   context.Context                                          // ends when somebody needs the place of who follows
	moved    atomic.Int64                                             // runs that were sent to who follows
	submit   func(context.Context, [][]byte) ([]chain.Outcome, error) // instead of ordering
	certify  bool                                                     // of the newest Submit

	receipts  func([]chain.Outcome) ([][]byte, error) // nil: they never come
	certified *checkpoint.Signed                      // nil: no head is
	promised  func(i int) bool                        // of which record of a call there is a promise; nil: of none
	check     func(*ledger.SignedPromise) (*chain.Outcome, []byte, ledger.Head, error)
}

// CheckPromise says what check says.
func (n *alone) CheckPromise(_ context.Context, s *ledger.SignedPromise) (*chain.Outcome, []byte, ledger.Head, error) {
	if n.check == nil {
		return nil, nil, n.ledger.Head(), nil
	}
	return n.check(s)
}

// Promise promises and never keeps it.
func (n *alone) Promise(_ context.Context, envelopes [][]byte) ([]chain.Outcome, []*ledger.SignedPromise, error) {
	outcomes, promises := unknown(envelopes), make([]*ledger.SignedPromise, len(envelopes))
	for i := range promises {
		if n.promised != nil && n.promised(i) {
			promises[i] = &ledger.SignedPromise{Promise: ledger.Promise{Size: uint64(i)}}
		}
	}
	return outcomes, promises, nil
}

func newAlone(t testing.TB, w *chaintest.World) *alone {
	t.Helper()
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer pool.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &alone{t: t, world: w, ledger: l, grown: make(chan struct{}), stopping: make(chan struct{}), needed: context.Background()}
}

// apply applies a draft as raft would hand it over.
func (n *alone) apply(d chaintest.Draft) []chain.Outcome {
	applied, err := n.ledger.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
	if err != nil || applied[0].Bad != nil {
		n.t.Errorf("draft %d: %v, %v", d.Index, err, applied)
		return nil
	}
	n.mu.Lock()
	n.policy = applied[0].Policy
	close(n.grown)
	n.grown = make(chan struct{})
	n.mu.Unlock()
	return applied[0].Outcomes
}

func (n *alone) Ledger() *chain.Ledger { return n.ledger }

func (n *alone) Submit(ctx context.Context, envelopes [][]byte, certify bool) ([]chain.Outcome, error) {
	n.mu.Lock()
	n.certify = certify
	n.mu.Unlock()
	if n.submit != nil {
		return n.submit(ctx, envelopes)
	}
	n.world.Tick(time.Second)
	data := n.world.DraftOf(0, envelopes...)
	return n.apply(chaintest.Draft{Index: n.world.Index, Term: n.world.Term, Data: data}), nil
}

// SubmitStream orders one message after the other.
func (n *alone) SubmitStream(ctx context.Context, _, receipts bool, receive func() ([][]byte, error), settled func([]uint64, []chain.Outcome, [][]byte) error) error {
	for next := uint64(0); ; {
		envelopes, err := receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(envelopes) == 0 {
			continue
		}
		outcomes, err := n.Submit(ctx, envelopes, false)
		if err != nil {
			return err
		}
		var made [][]byte
		if receipts {
			if made, err = n.receipts(outcomes); err != nil {
				return err
			}
		}
		numbers := make([]uint64, len(outcomes))
		for i := range numbers {
			numbers[i] = next
			next++
		}
		if err := settled(numbers, outcomes, made); err != nil {
			return err
		}
	}
}

func (n *alone) Simulate(_ context.Context, author ledger.AccountID, schema uint32, actions [][]byte) (refusals []*rules.Refusal, head ledger.Head, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		head = v.Head()
		refusals = rules.Simulate(v.Context(), v, author, schema, actions)
		return nil
	})
	return refusals, head, err
}

func (n *alone) WaitHeight(ctx context.Context, height uint64) error {
	for {
		grown := n.Grown()
		if n.ledger.Head().Height >= height {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *alone) Grown() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.grown
}

// Receipts are those of as many outcomes as there is room for.
func (n *alone) Receipts(ctx context.Context, outcomes []chain.Outcome, room int) ([][]byte, error) {
	if n.receipts == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	receipts, err := n.receipts(outcomes)
	for i := range receipts {
		if room -= len(receipts[i]); room < 0 {
			clear(receipts[i:])
			break
		}
	}
	return receipts, err
}

// Follow has a place for everybody, until somebody else needs it.
func (n *alone) Follow(ctx context.Context) (following context.Context, moved, leave func(), err error) {
	following, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(n.needed, func() { cancel(context.Cause(n.needed)) })
	return following, func() { n.moved.Add(1) }, func() { stop(); cancel(nil) }, nil
}

func (n *alone) Certified() (uint64, *ledger.Policy, *checkpoint.Signed, *checkpoint.Certified) {
	if n.certified == nil {
		return 0, nil, nil, nil
	}
	c, err := n.certified.Verify(n.ledger.Policy())
	if err != nil {
		n.t.Error(err)
	}
	return 7, n.ledger.Policy(), n.certified, c
}

func (n *alone) Stopping() <-chan struct{} { return n.stopping }
func (n *alone) Agency() ledger.AccountID  { return chaintest.Province }
func (n *alone) Leader() ledger.AccountID  { return chaintest.Ministry }
func (n *alone) Version() string           { return "test" }

// clients speak to a server on loopback.
type clients struct {
	apigrpc.SubmitServiceClient
	apigrpc.LedgerServiceClient
	apigrpc.QueryServiceClient
	conn *grpc.ClientConn
}

func serve(t testing.TB, n *alone, change func(*Options)) *clients {
	t.Helper()
	c, _ := serveBy(t, n, change, ServerOptions(), (*grpc.Server).Serve)
	return c
}

// serveBy serves by a server of other options, or by another way, and gives the services, too.
func serveBy(t testing.TB, n *alone, change func(*Options), options []grpc.ServerOption, serve func(*grpc.Server, net.Listener) error) (*clients, *Server) {
	t.Helper()
	c, err := query.Open(t.Context(), func(f func(query.Source) error) error {
		return n.ledger.View(func(v *chain.View) error { return f(v) })
	})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Node: n, Catalog: c, Now: func() time.Time { return time.UnixMilli(int64(n.world.Now)) }, Log: slog.New(slog.DiscardHandler),
		Explain: func(error) *rules.Refusal { return nil },
	}
	if change != nil {
		change(&o)
	}
	server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(8<<20))...)
	services := Register(server, o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serve(server, listener)
	t.Cleanup(func() {
		server.Stop()
		listener.Close()
	})
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &clients{apigrpc.NewSubmitServiceClient(conn), apigrpc.NewLedgerServiceClient(conn), apigrpc.NewQueryServiceClient(conn), conn}, services
}

// told is a node with the whole story on its ledger.
func told(t testing.TB) (*alone, []chaintest.Draft) {
	w := chaintest.New()
	story := w.Story()
	n := newAlone(t, w)
	for _, d := range story {
		n.apply(d)
	}
	return n, story
}

// newMessage makes a message by its name.
func newMessage(name protoreflect.FullName) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		return nil, err
	}
	return t.New().Interface(), nil
}
