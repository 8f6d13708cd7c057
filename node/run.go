package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/batch"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

const (
	// drainLimit is how long requests under way may take when the node stops.
	drainLimit = 5 * time.Second
	// leaveLimit is for handing over the office and ending raft.
	leaveLimit = 10 * time.Second
	// giveUpLimit: after a fault of the disk nothing may ever return from it. The process ends then without having closed everything.
	giveUpLimit = 15 * time.Second
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

// ErrStuck: a fault left something hanging, and the node ended without closing it.
var ErrStuck = errors.New("not everything could be closed")

// Run takes part until ctx ends, or until a fault of this machine, which it returns. In the end everything is closed. It is called once.
func (n *Node) Run(ctx context.Context) error {
	r := &running{Node: n}
	if err := r.start(); err != nil {
		return errors.Join(err, r.end())
	}
	n.monitor.started.Store(true)
	n.tellRecovery()
	n.log.Info("node runs", "agency", n.agency, "chain", n.ledger.Chain(), "peer", addressOf(r.doors.Peer), "public", r.doors.Public.Addr().String())
	var fault error
	select {
	case <-ctx.Done():
		n.log.Info("node stops")
	case fault = <-n.fault:
	}
	if fault == nil {
		return r.end()
	}
	r.stop() // nothing under way can be finished here
	ended := make(chan error, 1)
	go func() { ended <- r.end() }()
	select {
	case err := <-ended:
		return errors.Join(fault, err)
	case <-time.After(giveUpLimit):
		return errors.Join(fault, ErrStuck)
	}
}

// running is what a node has while it runs, in the order in which it is made.
type running struct {
	*Node
	doors     Listeners
	peer      *door.Peer
	peerGRPC  *grpc.Server
	peerCalls *peer.Service
	serving   chan struct{} // peerGRPC has ended
	public    *door.Public
	operator  *http.Server
	seeking   sync.WaitGroup
	unseek    context.CancelFunc
}

func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

func (r *running) start() (err error) {
	if err := r.listen(); err != nil {
		return err
	}
	if err := r.openPeer(); err != nil {
		return err
	}
	r.batch = batch.New(batch.Options[chain.Outcome]{
		Chain: r.ledger.Chain(), Proposer: r.agency, Key: r.draftKey, Now: r.o.Now, Propose: r.propose, Hold: r.peers.hold, Queue: r.o.Config.Limits.Queue,
		Drafted: r.monitor.metrics.Drafted,
	})
	r.gate = replica.NewGate(r.o.Now, r.clockBound)
	seated, err := r.sit()
	if err != nil {
		return err
	}
	r.peers.start()
	r.heads.start()
	r.following.start()
	r.evidence.start()
	r.blobs.start()
	r.monitor.start()
	r.servePeers()
	if err := r.openPublic(); err != nil {
		return err
	}
	close(r.begun)
	var ctx context.Context
	ctx, r.unseek = context.WithCancel(r.leaving)
	if !seated {
		r.seeking.Go(func() { r.seek(ctx) })
	}
	r.seeking.Go(func() { r.govern(ctx) })
	r.seeking.Go(func() { r.watchLeader(ctx) })
	return nil
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

func (r *running) takeSeat(t taking) (err error) {
	c := r.o.Config.Raft
	r.replica, err = replica.Start(replica.Options[chain.Applied]{
		Self: t.self, Voters: t.voters, Peers: r.members, Stream: raftStream{r.peer}, Store: r.store,
		Machine: &machine{marked: marked{r.ledger}, node: r.Node}, Gate: r.gate,
		Timing: replica.Timing{
			Heartbeat: time.Duration(c.Heartbeat), Commit: time.Duration(c.Commit), Request: time.Duration(c.Request), Write: time.Duration(c.Write),
		},
		LogBytes: uint64(c.LogMiB) << 20, Behind: r.behind,
		Reopen: func() {
			r.fail(fmt.Errorf("%w: raft took over a snapshot, and its log went on beyond that", ErrReopen))
		},
		Fatal: r.fail, Office: r.batch.Office, Log: r.log, Writing: func() func() { return r.monitor.writing(raftFile) },
		Committed: func(proposed time.Time) { r.monitor.metrics.Took(metrics.Order, time.Since(proposed)) },
	})
	if err != nil {
		return err
	}
	r.self.Store(&t.self)
	r.seatedAt = time.Now()
	close(r.seated)
	return nil
}

// grew tells everybody who wants to know that the ledger has grown, in raft's order or by leaves.
func (n *Node) grew(applied []chain.Applied) error {
	changed, err := n.members.refresh(n.ledger)
	if err != nil {
		return err
	}
	if changed {
		n.peers.refresh()
		n.moved()
	}
	n.applied(applied)
	return nil
}

// applied passes on what the ledger has become.
func (n *Node) applied(applied []chain.Applied) {
	n.heads.Points(n.pointsOf(applied)...)
	n.waiting.tell(applied)
}

// clockBound is how far ahead of the clock a draft may be, from the ledger's parameters.
func (n *Node) clockBound() (bound time.Duration) {
	err := n.ledger.View(func(v *chain.View) error {
		value, _ := v.Value(subject.Parameters())
		p, err := subject.ParseParameters(value)
		bound = time.Duration(p.ClockBound) * time.Millisecond
		return err
	})
	if err != nil {
		n.fail(fmt.Errorf("the ledger's parameters: %w", err))
	}
	return bound
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
	if r.doors.Operator != nil {
		r.operator = r.serveOperator(r.doors.Operator)
	}
	return nil
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

// end closes everything, in an order that loses nothing: no new calls, those under way, the office, the peers, the files.
func (r *running) end() error {
	r.entering.Lock()
	r.leave()
	r.entering.Unlock()
	if r.unseek != nil {
		r.unseek()
	}
	r.seeking.Wait()
	r.following.close()
	r.blobs.close()
	errs := []error{r.drain()}
	r.monitor.close()
	if r.peers != nil {
		r.peers.close()
	}
	if r.replica == nil && r.batch != nil {
		r.batch.Close()
	}
	if r.replica != nil {
		leave, cancel := context.WithTimeout(context.Background(), leaveLimit)
		defer cancel()
		closed := make(chan struct{})
		go func() { // drafts under way end with the replica at the latest
			r.batch.Close()
			close(closed)
		}()
		errs = append(errs, r.replica.Close(leave))
		<-closed
	}
	if r.peer != nil {
		r.peer.Close()
	} else if r.doors.Peer != nil {
		r.doors.Peer.Close()
	}
	if r.operator != nil {
		r.operator.Close()
	} else if r.doors.Operator != nil {
		r.doors.Operator.Close()
	}
	return errors.Join(append(errs, r.close())...)
}

// drain lets calls under way finish, for some time.
func (r *running) drain() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	defer context.AfterFunc(ctx, r.stop)()
	if r.public != nil {
		err = r.public.Close(ctx)
	} else if r.doors.Public != nil {
		r.doors.Public.Close()
	}
	r.calls.Wait()
	if r.peerGRPC == nil {
		return err
	}
	r.peerCalls.Drain()
	drained := make(chan struct{})
	go func() {
		r.peerGRPC.GracefulStop()
		close(drained)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
		r.peerGRPC.Stop()
		<-drained
	}
	<-r.serving
	r.peerCalls.Wait()
	return err
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
