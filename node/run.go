package node

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/batch"
	"github.com/ocopledger/ocop/node/door"
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
