package api

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// Node is what the API needs of its node.
type Node interface {
	Ledger() *chain.Ledger
	// Submit has records ordered, and waits for the outcome of each.
	Submit(ctx context.Context, envelopes [][]byte, certify bool) ([]chain.Outcome, error)
	// SubmitStream has records ordered as receive gives them, until io.EOF, and tells what became of each, by its number from 0, with a receipt when those are
	// wanted. It asks receive only when there is room for more.
	SubmitStream(ctx context.Context, certified, receipts bool, receive func() ([][]byte, error), settled func(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error) error
	// Simulate tells which actions of a draft, written in a protocol version (0: the one in force), would be refused now.
	Simulate(ctx context.Context, author ledger.AccountID, schema uint32, actions [][]byte) ([]*rules.Refusal, ledger.Head, error)
	// Promise takes records in without waiting for their order, and makes an acceptance promise of each for which one can be made; nil: none. Records
	// with a promise have the outcome unknown.
	Promise(ctx context.Context, envelopes [][]byte) ([]chain.Outcome, []*ledger.SignedPromise, error)
	// CheckPromise tells what became of a promise as of a certified head: the outcome of its record, evidence that it is broken, or neither.
	CheckPromise(ctx context.Context, s *ledger.SignedPromise) (kept *chain.Outcome, broken []byte, at ledger.Head, err error)
	// Receipts waits until a certified head covers outcomes, and makes a record receipt of each that has a leaf: of the first ones, as far as so many bytes of them reach.
	Receipts(ctx context.Context, outcomes []chain.Outcome, room int) ([][]byte, error)
	// Certified is the newest certified head, with its height and the policy it is certified under; nil: none yet.
	Certified() (height uint64, policy *ledger.Policy, signed *checkpoint.Signed, certified *checkpoint.Certified)
	WaitHeight(ctx context.Context, height uint64) error
	// Follow takes a place for a stream that waits for leaves, until leave. The context that it gives ends with a cause when another needs the place; moved says that
	// the stream's client was sent something.
	Follow(ctx context.Context) (following context.Context, moved, leave func(), err error)
	// Grown is closed when the ledger has grown since the call.
	Grown() <-chan struct{}
	// Stopping is closed when the node stops.
	Stopping() <-chan struct{}
	Agency() ledger.AccountID
	Leader() ledger.AccountID
	Version() string
}

// Options are what the services are made of.
type Options struct {
	Node    Node
	Catalog *query.Catalog
	Proofs  Proofs // nil: the node serves no receipts
	Blobs   Blobs  // nil: the node serves no public blobs
	// Reach waits until queries show a height that the ledger has reached. nil: they show what the ledger holds.
	Reach func(ctx context.Context, height uint64)
	// Raise has queries show a height at once. nil: they do.
	Raise func(height uint64)
	// URL is where a browser finds the node of an agency whose public address on the ledger is this; empty: nowhere. nil: it is not said.
	URL func(agency ledger.AccountID, address string) string
	Now func() time.Time // decides which day "today" is
	Log *slog.Logger
	// Explain says what a client is told of an error of the node's. nil: it says nothing to clients, and is answered as an internal fault.
	Explain func(error) *rules.Refusal
	// Allow may turn a call away whose client asks too often, with the time after which to try again. It is asked once for each call. nil: nobody is turned away.
	Allow func(context.Context) (wait time.Duration, ok bool)
}

// Server answers.
type Server struct {
	apigrpc.UnimplementedSubmitServiceServer
	apigrpc.UnimplementedLedgerServiceServer
	apigrpc.UnimplementedQueryServiceServer
	apigrpc.UnimplementedProofServiceServer
	apigrpc.UnimplementedBlobServiceServer
	o        Options
	receipts *prove.Cache
}

// New makes the services.
func New(o Options) *Server {
	return &Server{o: o, receipts: prove.NewCache(receiptBytes)}
}

// Register makes the services and registers them.
func Register(registrar reflection.GRPCServer, o Options) *Server {
	s := New(o)
	s.Register(registrar)
	return s
}

// Register registers the services, with reflection and health.
func (s *Server) Register(registrar reflection.GRPCServer) {
	apigrpc.RegisterSubmitServiceServer(typed{registrar}, s)
	apigrpc.RegisterLedgerServiceServer(typed{registrar}, s)
	apigrpc.RegisterQueryServiceServer(typed{registrar}, marshalled{s, new(buffers)})
	apigrpc.RegisterProofServiceServer(typed{registrar}, s)
	apigrpc.RegisterBlobServiceServer(typed{registrar}, s)
	alive := health.NewServer()
	for name := range registrar.GetServiceInfo() {
		alive.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	healthv1.RegisterHealthServer(registrar, alive)
	reflection.Register(registrar)
	go func() {
		<-s.o.Node.Stopping()
		alive.Shutdown()
	}()
}

// asOf says what an answer speaks of.
func (s *Server) asOf(h ledger.Head) *apiv1.AsOf {
	g := s.o.Node.Ledger().Genesis()
	certified, _, signed, _ := s.o.Node.Certified()
	return &apiv1.AsOf{
		Height: h.Height, Time: h.Time, ChainId: g.Chain[:], Sample: g.Body.GetSample(), Notice: g.Notice(), Certified: signed != nil && certified >= h.Height,
	}
}

// stamp sets as_of, which every answer has.
func (s *Server) stamp(answer proto.Message, h ledger.Head) {
	m := answer.ProtoReflect()
	field := m.Descriptor().Fields().ByName("as_of")
	value := s.asOf(h).ProtoReflect()
	m.Set(field, protoValue(value))
}

// today is the clock's day, or the ledger's when the clock is behind it.
func (s *Server) today(h ledger.Head) ledger.Date {
	return max(ledger.DateAt(uint64(s.o.Now().UnixMilli())), ledger.DateAt(h.Time))
}

// allowed turns a call away when it is to be.
func (s *Server) allowed(ctx context.Context) error {
	if s.o.Allow == nil {
		return nil
	}
	if wait, ok := s.o.Allow(ctx); !ok {
		return later(reason.TooManyCalls, wait)
	}
	return nil
}

// longestWait bounds how long a request that gives no end waits for a height.
const longestWait = 30 * time.Second

// at waits for a height and reads the ledger as it is then.
func (s *Server) at(ctx context.Context, height uint64, read func(*chain.View) error) error {
	if err := s.wait(ctx, height); err != nil {
		return err
	}
	if err := s.o.Node.Ledger().View(read); err != nil {
		return s.failure(err)
	}
	return nil
}

func (s *Server) wait(ctx context.Context, height uint64) error {
	if err := s.allowed(ctx); err != nil {
		return err
	}
	if s.o.Node.Ledger().Head().Height >= height {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	err := s.o.Node.WaitHeight(waiting, height)
	if err != nil && waiting.Err() != nil {
		return fail(&rules.Refusal{Reason: reason.HeightNotReached, Action: ledger.WholeRecord, Field: "min_height", Args: []reason.Arg{
			reason.Count("have", s.o.Node.Ledger().Head().Height), reason.Count("want", height),
		}})
	}
	if err != nil {
		return s.failure(err)
	}
	return nil
}
