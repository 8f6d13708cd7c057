package peer

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/ocopledger/ocop/ledger"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

// Options is how a client reaches a validator.
type Options struct {
	Dial        func(context.Context) (net.Conn, error) // gives a connection whose other end has proved who it is
	Credentials credentials.TransportCredentials        // over such connections
	Limit       time.Duration                           // for one call
	// Forwarding is told that a call with records begins, and by done that there are their fates, or none. nil: nobody is.
	Forwarding func() (done func())
}

// Client speaks to one validator. Records of several callers travel together.
type Client struct {
	conn    *grpc.ClientConn
	service peergrpc.PeerServiceClient
	limit   time.Duration
	queues  [2]*queue // of records, and of promised ones: a call is of one sort

	forwarding func() (done func())
	ctx        context.Context
	cancel     context.CancelFunc
	running    sync.WaitGroup

	entering sync.RWMutex // held by who puts something into a queue
}

// NewClient makes a client; it connects when it is first used, and again when the connection is lost.
func NewClient(o Options) (*Client, error) {
	conn, err := grpc.NewClient("passthrough:///peer",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return o.Dial(ctx) }),
		grpc.WithTransportCredentials(o.Credentials),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithConnectParams(reconnect()), grpc.WithStaticStreamWindowSize(callWindow), grpc.WithStaticConnWindowSize(connectionWindow),
	)
	if err != nil {
		return nil, fmt.Errorf("peer client: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{conn: conn, service: peergrpc.NewPeerServiceClient(conn), limit: o.Limit, forwarding: o.Forwarding, ctx: ctx, cancel: cancel}
	for i := range c.queues {
		c.queues[i] = newQueue()
		for range maxUnderway {
			c.running.Go(func() { c.run(c.queues[i]) })
		}
	}
	return c, nil
}

// reconnect: a validator that comes back is wanted soon; one handshake a second harms nobody.
func reconnect() grpc.ConnectParams {
	p := grpc.ConnectParams{MinConnectTimeout: 5 * time.Second}
	p.Backoff.BaseDelay, p.Backoff.Multiplier, p.Backoff.Jitter, p.Backoff.MaxDelay = 50*time.Millisecond, 1.6, 0.2, time.Second
	return p
}

// Close ends what is under way; its fate is unknown.
func (c *Client) Close() error {
	c.cancel()
	err := c.conn.Close()
	c.running.Wait()
	c.entering.Lock()
	defer c.entering.Unlock()
	for _, q := range c.queues {
		for len(q.waiting) > 0 {
			w := <-q.waiting
			q.leave(w)
			w.unknown()
		}
	}
	return err
}

// Forward hands records, at most MaxForward of MaxForwardBytes, to the validator and waits for their fates, one each. When ctx ends first, nothing
// is known of them.
func (c *Client) Forward(ctx context.Context, envelopes [][]byte, care Care) ([]Fate, error) {
	w := newCall(ctx, envelopes, care)
	if err := c.put(ctx, w); err != nil {
		return nil, err
	}
	select {
	case fates := <-w.fates:
		return fates, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}

// Begin is Forward for who has other things to wait for, too: the fates come over the channel, also when the client is closed, unless ctx ends before the records leave.
// It does not wait; false: too many do already, or the client is closed, and nothing was handed on.
func (c *Client) Begin(ctx context.Context, envelopes [][]byte, care Care) (<-chan []Fate, bool) {
	w := newCall(ctx, envelopes, care)
	c.entering.RLock()
	defer c.entering.RUnlock()
	q := c.queueOf(w)
	_, bytes := w.size()
	if c.ctx.Err() != nil || !q.room.TryAcquire(min(bytes, QueueBytes)) {
		return nil, false
	}
	q.enter(w) // before it can be taken, so that it is left after
	select {
	case q.waiting <- w:
		return w.fates, true
	default:
		q.leave(w)
		return nil, false
	}
}

// Waiting is how many records wait to be sent, and their bytes.
func (c *Client) Waiting() (records, bytes int64) {
	for _, q := range c.queues {
		records, bytes = records+q.held[0].Load(), bytes+q.held[1].Load()
	}
	return records, bytes
}

func newCall(ctx context.Context, envelopes [][]byte, care Care) *call {
	return &call{ctx: ctx, envelopes: envelopes, care: care, fates: make(chan []Fate, 1)}
}

func (c *Client) queueOf(w *call) *queue {
	if w.care.Promised {
		return c.queues[1]
	}
	return c.queues[0]
}

// put waits for a place in the queue.
func (c *Client) put(ctx context.Context, w *call) error {
	c.entering.RLock()
	defer c.entering.RUnlock()
	q := c.queueOf(w)
	_, bytes := w.size()
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	if q.room.Acquire(waiting, min(bytes, QueueBytes)) != nil {
		return cmp.Or(ctx.Err(), c.ctx.Err())
	}
	q.enter(w)
	select {
	case q.waiting <- w:
		return nil
	case <-waiting.Done():
		q.leave(w)
		return cmp.Or(ctx.Err(), c.ctx.Err())
	}
}

// Standing asks where the validator stands.
func (c *Client) Standing(ctx context.Context, q Question) (Standing, error) {
	a, err := c.service.Status(ctx, &peerv1.StatusRequest{Epoch: q.Epoch, DraftsMark: q.DraftsMark, Seat: seatTo(q.Seat)})
	if err != nil {
		return Standing{}, err
	}
	at := Standing{
		Clock: a.Clock, Height: a.Height, Size: a.Size, Leader: ledger.AccountID(a.Leader), Term: a.Term, EpochEnd: a.EpochEnd,
		DraftsMark: a.DraftsMark, Evidence: a.Evidence, Diverged: a.Diverged, Shut: a.Shut, Seated: a.Seated,
	}
	if at.Met, err = seatFrom(a.Met); err == nil {
		at.Drafts, err = draftsFrom(a.Drafts)
	}
	if err == nil && len(a.Evidence) > MaxEvidence {
		err = fmt.Errorf("%d names of evidence, at most %d", len(a.Evidence), MaxEvidence)
	}
	if err != nil {
		return Standing{}, fmt.Errorf("standing of a validator: %w", err)
	}
	for _, c := range []struct {
		to **Cosignature
		m  *peerv1.Cosignature
	}{{&at.Cosigned, a.Cosigned}, {&at.Yours, a.Yours}} {
		if c.m == nil {
			continue
		}
		made, err := cosignatureFrom(c.m)
		if err != nil {
			return Standing{}, fmt.Errorf("standing of a validator: %w", err)
		}
		*c.to = &made
	}
	return at, nil
}

// Evidence fetches a piece of evidence that the validator says it keeps. Nothing of it is verified here.
func (c *Client) Evidence(ctx context.Context, name string) ([]byte, error) {
	a, err := c.service.Evidence(ctx, &peerv1.EvidenceRequest{Name: name})
	return a.GetFile(), err
}
