package peer

import (
	"context"

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
)

// Standing is where a node stands, by its own account.
type Standing struct {
	Clock        uint64 // Unix milliseconds
	Height, Size uint64
	Leader       ledger.AccountID // 0: none
	Term         uint64
}

// Handler is the node behind the service.
type Handler interface {
	// Order has records ordered that another validator verified. It gives one fate each, in order.
	Order(ctx context.Context, from ledger.AccountID, envelopes [][]byte) []Fate
	Standing() Standing
}

// Register serves the peer service. Identify names the validator at the other end of a call; a call of anyone else is refused.
func Register(s grpc.ServiceRegistrar, h Handler, identify func(context.Context) (ledger.AccountID, bool)) {
	peergrpc.RegisterPeerServiceServer(s, &server{handler: h, identify: identify})
}

// ServerOptions are what a gRPC server of this service needs.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(64)}
}

type server struct {
	peergrpc.UnimplementedPeerServiceServer
	handler  Handler
	identify func(context.Context) (ledger.AccountID, bool)
}

func (s *server) Forward(ctx context.Context, q *peerv1.ForwardRequest) (*peerv1.ForwardResponse, error) {
	from, ok := s.identify(ctx)
	if !ok {
		return nil, status.Error(codes.PermissionDenied, "the key of this connection is no validator's")
	}
	if n := len(q.Envelopes); n == 0 || n > MaxForward {
		return nil, status.Errorf(codes.InvalidArgument, "%d envelopes, want 1 to %d", n, MaxForward)
	}
	fates := s.handler.Order(ctx, from, q.Envelopes)
	a := &peerv1.ForwardResponse{Fates: make([]*peerv1.Fate, len(fates))}
	for i, f := range fates {
		a.Fates[i] = toProto(f)
	}
	return a, nil
}

func (s *server) Status(ctx context.Context, _ *peerv1.StatusRequest) (*peerv1.StatusResponse, error) {
	if _, ok := s.identify(ctx); !ok {
		return nil, status.Error(codes.PermissionDenied, "the key of this connection is no validator's")
	}
	at := s.handler.Standing()
	return &peerv1.StatusResponse{Clock: at.Clock, Height: at.Height, Size: at.Size, Leader: uint64(at.Leader), Term: at.Term}, nil
}

// Unknown is the refusal of a record whose fate is not known.
func Unknown() *rules.Refusal {
	return &rules.Refusal{Reason: reason.UnknownOutcome, Action: ledger.WholeRecord}
}
