package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/tap"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/peer"
)

// Options is what a node is made of.
type Options struct {
	Config  config.Config
	Genesis []byte // the genesis file; an existing ledger must begin with it
	Keys    *keys.Set
	Version string
	Log     *slog.Logger
	Now     func() time.Time // the machine's clock

	// Verifier verifies the signatures of records; nil: a pool of as many workers as the configuration says.
	Verifier ident.Verifier

	// Services registers what the public door serves over gRPC, Pages is what it serves over HTTP. Both are asked once, when the node runs.
	Services func(*Node, grpc.ServiceRegistrar)
	Pages    func(*Node) http.Handler
	// Calls is how the public door's gRPC server reads and answers, beside its limits, which are the node's.
	Calls Calls

	// Listeners that are open already. The others are opened where the configuration says.
	Listeners Listeners

	resign time.Duration // how often an unchanged head is cosigned; 0: as cosign does. For tests
}

// Calls is how calls are read and answered. Nothing of it must be there.
type Calls struct {
	Options  []grpc.ServerOption
	Codec    encoding.CodecV2           // which the options name, too
	Refusal  func(*rules.Refusal) error // the answer to a call that is refused as a whole
	TurnAway tap.ServerInHandle         // may refuse a call before it is received
}

// Listeners are the doors' listeners. The node owns those it is given.
type Listeners struct{ Peer, Public, Operator net.Listener }

// Bounds of one Submit.
const (
	MaxSubmit      = min(admit.MaxRecords, peer.MaxForward)
	MaxSubmitBytes = peer.MaxForwardBytes
)

// TooMuchError: a call with more records than MaxSubmit, or more bytes than MaxSubmitBytes.
type TooMuchError struct{ Records, Bytes int }

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("%d records of %d bytes in one call, at most %d of %d", e.Records, e.Bytes, MaxSubmit, MaxSubmitBytes)
}

var (
	// ErrUnavailable: the node is starting or stopping.
	ErrUnavailable = errors.New("the node is starting or stopping")
	// ErrNotValidator: genesis names no validator of the agency, or one with another TLS key.
	ErrNotValidator = errors.New("not the validator that genesis names")
)
