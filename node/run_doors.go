package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/peer"
)

const (
	// Limits of the public door's gRPC connections.
	maxStreams   = 256
	minKeepalive = 20 * time.Second
	// The HTTP server's limits (package door), for connections that it does not see: until HTTP/2 is spoken, and without a call.
	greetLimit     = 10 * time.Second
	idleConnection = 2 * time.Minute
	// What a client may have on its way to one call that does not read, and to all calls of a connection between two acknowledgements by HTTP/2. gRPC would let
	// the first grow to 16 MiB, and the node's memory with it; with this much a stream takes 25,000 records a second from 100 ms away.
	callWindow       = 1 << 20
	connectionWindow = 4 << 20
	// callWorkers are goroutines that serve one call after the other, with stacks that have grown to what a call needs; calls beyond have their own. Of 256 callers' calls
	// growing stacks was three hundredths of the processor time.
	callWorkers = 128
)

func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

func (r *running) listen() (err error) {
	r.doors = r.o.Listeners
	open := func(l *net.Listener, address string) {
		if *l != nil || err != nil || address == "" {
			return
		}
		network := "tcp"
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			network, address = "unix", r.o.Config.Path(path)
		}
		if *l, err = net.Listen(network, address); err != nil {
			err = fmt.Errorf("opening a door: %w", err)
		}
	}
	open(&r.doors.Peer, r.o.Config.Peer.Listen)
	open(&r.doors.Public, r.o.Config.Public.Listen)
	open(&r.doors.Operator, r.o.Config.Operator.Listen)
	return err
}

// openPeer opens the door for the other validators. A replica has none, and knows none of them in person.
func (r *running) openPeer() (err error) {
	if r.isReplica() {
		r.peers, err = newPeers(r.Node, nil)
		return err
	}
	if err := r.showKeys(); err != nil {
		return err
	}
	own := func() []tls.Certificate { return *r.showing.certificates.Load() }
	r.peer = door.NewPeer(r.doors.Peer, own, func(key ident.Ed25519Key) bool { _, ok := r.members.ByKey(key); return ok }, r.log)
	r.peers, err = newPeers(r.Node, r.peer)
	return err
}

func (r *running) servePeers() {
	if r.peer == nil {
		return
	}
	calls := r.monitor.metrics.Calls(peerDoor)
	options := append(peer.ServerOptions(), grpc.Creds(door.Credentials()), calls.Option())
	r.peerGRPC = grpc.NewServer(append(options, r.fromPeers.ServerOptions(nil)...)...)
	r.peerCalls = peer.Register(r.fromPeers.Server(r.peerGRPC), r.Node, r.identify)
	calls.Serves(r.peerGRPC)
	r.serving = make(chan struct{})
	go func() {
		defer close(r.serving)
		if err := r.peerGRPC.Serve(r.peer.GRPC()); err != nil && r.stopping.Err() == nil {
			r.log.Error("peer service", "error", err)
		}
	}()
}

// identify names the validator that calls the peer service.
func (n *Node) identify(ctx context.Context) (ledger.AccountID, bool) {
	key, ok := door.FromContext(ctx)
	if !ok {
		return 0, false
	}
	m, ok := n.members.ByKey(key)
	return m.Agency, ok
}

func (r *running) openPublic() error {
	var config *tls.Config
	named, err := r.o.Config.Public.TLS()
	if err != nil {
		return err
	}
	if len(named) > 0 {
		pairs := make([]door.Pair, len(named))
		for i, p := range named {
			pairs[i] = door.Pair{Certificate: r.o.Config.Path(p.Certificate), Key: r.o.Config.Path(p.Key)}
		}
		if config, err = door.Reloading(pairs, r.log); err != nil {
			return err
		}
	}
	calls := r.monitor.metrics.Calls(publicDoor)
	options := append([]grpc.ServerOption{
		calls.Option(),
		grpc.MaxConcurrentStreams(maxStreams), grpc.NumStreamWorkers(callWorkers),
		grpc.StaticStreamWindowSize(callWindow), grpc.StaticConnWindowSize(connectionWindow),
		grpc.ConnectionTimeout(greetLimit), grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleConnection}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minKeepalive, PermitWithoutStream: true}),
	}, r.o.Calls.Options...)
	server := r.fromClients.Server(grpc.NewServer(append(options, r.fromClients.ServerOptions(r.o.Calls.TurnAway)...)...))
	if r.o.Services != nil {
		r.o.Services(r.Node, server)
		calls.Serves(server.Server)
		r.monitor.http.Serves(server.Server)
	}
	pages := http.NotFoundHandler()
	if r.o.Pages != nil {
		pages = r.o.Pages(r.Node)
	}
	pages = door.Hygiene(pages, time.Duration(r.o.Config.Public.HSTS))
	r.public = door.NewPublic(r.doors.Public, config, server, pages, r.log)
	r.connections = r.public.Open
	if r.doors.Operator != nil {
		r.operator = r.serveOperator(r.doors.Operator)
	}
	return nil
}

// raftStream is the peer door as the stream of raft's connections.
type raftStream struct{ *door.Peer }

// Accept implements replica.Stream.
func (s raftStream) Accept() (net.Conn, ident.Ed25519Key, error) {
	c, err := s.Raft().Accept()
	if err != nil {
		return nil, ident.Ed25519Key{}, err
	}
	state := c.(*tls.Conn).ConnectionState()
	key, err := door.KeyOf(&state)
	return c, key, err
}

// Dial implements replica.Stream.
func (s raftStream) Dial(ctx context.Context, address string, key ident.Ed25519Key) (net.Conn, error) {
	return s.Peer.Dial(ctx, address, door.ProtocolRaft, key)
}

// Close implements replica.Stream: the door is closed by the node.
func (s raftStream) Close() error { return s.Raft().Close() }
