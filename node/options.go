package node

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger/ident"
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

	// Listeners that are open already. The others are opened where the configuration says.
	Listeners Listeners

	resign time.Duration // how often an unchanged head is cosigned; 0: as cosign does. For tests
}

// Listeners are the doors' listeners. The node owns those it is given.
type Listeners struct{ Peer, Public, Operator net.Listener }

// Bounds of one Submit.
const (
	MaxSubmit      = min(admit.MaxRecords, peer.MaxForward)
	MaxSubmitBytes = peer.MaxForwardBytes
)

var (
	// ErrTooMuch: a call with more records or bytes than MaxSubmit and MaxSubmitBytes.
	ErrTooMuch = errors.New("too many records, or too many bytes, in one call")
	// ErrUnavailable: the node is starting or stopping.
	ErrUnavailable = errors.New("the node is starting or stopping")
	// ErrNotValidator: genesis names no validator of the agency, or one with other keys.
	ErrNotValidator = errors.New("not the validator that genesis names")
)
