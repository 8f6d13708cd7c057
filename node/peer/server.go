package peer

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

const (
	// MaxForward bounds the envelopes of one call, in number and in bytes.
	MaxForward      = ledger.MaxDraftRecords
	MaxForwardBytes = 3 << 20
	// maxMessage is room for them and their framing.
	maxMessage = MaxForwardBytes + MaxForward*8 + 64<<10
	// maxCosigning is room for MaxCosign cosignatures, each with those of all outside witnesses under long names.
	maxCosigning = MaxCosign * (512 + ledger.MaxWitnesses*512)
)

// Messages tells how large messages of methods may be, in bytes, that have more than some KiB, by the method's full name.
func Messages() map[string]int {
	return map[string]int{peergrpc.PeerService_Forward_FullMethodName: maxMessage, peergrpc.PeerService_Cosign_FullMethodName: maxCosigning}
}

// Standing is where a node stands, by its own account.
type Standing struct {
	Clock        uint64 // Unix milliseconds
	Height, Size uint64
	Leader       ledger.AccountID // 0: none
	Term         uint64
	Cosigned     *Cosignature // its newest; nil: none since it started
	Yours        *Cosignature // the newest it holds of whoever asked; nil: none
	EpochEnd     []byte       // signed checkpoint of the head that ended the epoch asked about; nil: not held
	Drafts       []Draft      // headers that raft has handed it since the mark, at most MaxDrafts
	DraftsMark   uint64       // to ask with next
	Evidence     []string     // names of what it keeps, at most MaxEvidence
	Diverged     bool         // its ledger contradicts what was signed
	Met          *Seat        // what it has met of the raft id that whoever asked has on the ledger; nil: nothing
	Shut         bool         // it lets no raft message of whoever asked through
	Seated       bool         // it takes part in raft
}

// Question is what a node says when it asks another where that stands.
type Question struct {
	Epoch      uint32 // newest policy epoch in which the asker may sign
	DraftsMark uint64 // of the last answer; 0: none
	Seat       *Seat  // the asker's raft store; nil: it takes no part in raft
}

// Handler is the node behind the service.
type Handler interface {
	// Order has records ordered that another validator verified. It gives one fate each, in order. Records that are promised are to be ordered whatever the
	// rules say of them by now.
	Order(ctx context.Context, from ledger.AccountID, envelopes [][]byte, care Care) []Fate
	// Standing is what the node answers to another validator.
	Standing(from ledger.AccountID, q Question) Standing
	// Cosigned takes what another validator has cosigned. It returns without waiting for others.
	Cosigned(from ledger.AccountID, signatures []Cosignature)
	// Evidence is the file of a piece of evidence; nil: none of the name is kept.
	Evidence(name string) []byte
}

// stranger is the word for who is not identified.
const stranger = "the key of this connection is no validator's"

// Service is the peer service of a gRPC server.
type Service struct{ server *server }

// Register serves the peer service. Identify names the validator at the other end of a call; a call of anyone else is refused.
func Register(s grpc.ServiceRegistrar, h Handler, identify func(context.Context) (ledger.AccountID, bool)) *Service {
	service := &Service{&server{handler: h, identify: identify, draining: make(chan struct{})}}
	peergrpc.RegisterPeerServiceServer(s, service.server)
	return service
}

// Drain ends calls that stay open, so that the server can be stopped without waiting for those who made them.
func (s *Service) Drain() { s.server.drain.Do(func() { close(s.server.draining) }) }

// Wait waits until nothing is with the handler any more, when the server has stopped.
func (s *Service) Wait() { s.server.receiving.Wait() }

// What may be on its way to one call that does not read, and to all calls of a connection. gRPC would find out by itself how much pays, and sends and answers a message of its
// own for that whenever something comes: more than the cosignature was that came.
const (
	callWindow       = 1 << 20
	connectionWindow = 4 << 20
)

// ServerOptions are what a gRPC server of this service needs.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(64), grpc.StaticStreamWindowSize(callWindow), grpc.StaticConnWindowSize(connectionWindow),
	}
}

type server struct {
	peergrpc.UnimplementedPeerServiceServer
	handler  Handler
	identify func(context.Context) (ledger.AccountID, bool)

	drain     sync.Once
	draining  chan struct{}
	receiving sync.WaitGroup // calls that stay open
}

func (s *server) Forward(ctx context.Context, q *peerv1.ForwardRequest) (*peerv1.ForwardResponse, error) {
	from, ok := s.identify(ctx)
	if !ok {
		return nil, status.Error(codes.PermissionDenied, stranger)
	}
	if n := len(q.Envelopes); n == 0 || n > MaxForward {
		return nil, status.Errorf(codes.InvalidArgument, "%d envelopes, want 1 to %d", n, MaxForward)
	}
	fates := s.handler.Order(ctx, from, q.Envelopes, Care{q.Promised, q.Certify})
	a := &peerv1.ForwardResponse{Fates: make([]*peerv1.Fate, len(fates))}
	for i, f := range fates {
		a.Fates[i] = toProto(f)
	}
	return a, nil
}

func (s *server) Status(ctx context.Context, q *peerv1.StatusRequest) (*peerv1.StatusResponse, error) {
	from, ok := s.identify(ctx)
	if !ok {
		return nil, status.Error(codes.PermissionDenied, stranger)
	}
	seat, err := seatFrom(q.Seat)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	at := s.handler.Standing(from, Question{Epoch: q.Epoch, DraftsMark: q.DraftsMark, Seat: seat})
	return &peerv1.StatusResponse{
		Clock: at.Clock, Height: at.Height, Size: at.Size, Leader: uint64(at.Leader), Term: at.Term, Cosigned: cosignatureTo(at.Cosigned), Yours: cosignatureTo(at.Yours),
		EpochEnd: at.EpochEnd, Drafts: draftsTo(at.Drafts), DraftsMark: at.DraftsMark, Evidence: at.Evidence, Diverged: at.Diverged,
		Met: seatTo(at.Met), Shut: at.Shut, Seated: at.Seated,
	}, nil
}

func (s *server) Evidence(ctx context.Context, q *peerv1.EvidenceRequest) (*peerv1.EvidenceResponse, error) {
	if _, ok := s.identify(ctx); !ok {
		return nil, status.Error(codes.PermissionDenied, stranger)
	}
	return &peerv1.EvidenceResponse{File: s.handler.Evidence(q.Name)}, nil
}

// Unknown is the refusal of a record whose fate is not known.
func Unknown() *rules.Refusal {
	return &rules.Refusal{Reason: reason.UnknownOutcome, Action: ledger.WholeRecord}
}
