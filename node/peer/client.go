package peer

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
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
}

// Client speaks to one validator. Records of several callers travel together.
type Client struct {
	conn    *grpc.ClientConn
	service peergrpc.PeerServiceClient
	limit   time.Duration
	queues  [2]*queue // of records, and of promised ones: a call is of one sort
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// What may be under way to the validator, of each sort. A call lasts until its records are ordered; with few of them, those that come meanwhile would wait here for a
// draft to leave without them, and so the leader could not fill one. Two full calls are more than enough: the second waits while the first is ordered.
const (
	maxUnderway = 8
	maxRecords  = 2 * MaxForward
	maxBytes    = 2 * MaxForwardBytes
)

// queueCalls bounds how many callers wait; each holds at most one draft's records.
const queueCalls = 1024

// queue is callers who wait, and room for what is under way of them.
type queue struct {
	waiting        chan *call
	records, bytes *semaphore.Weighted
}

type call struct {
	envelopes [][]byte
	promised  bool
	fates     []Fate
	done      chan struct{}
}

// NewClient makes a client; it connects when it is first used, and again when the connection is lost.
func NewClient(o Options) (*Client, error) {
	conn, err := grpc.NewClient("passthrough:///peer",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return o.Dial(ctx) }),
		grpc.WithTransportCredentials(o.Credentials),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithConnectParams(reconnect()),
	)
	if err != nil {
		return nil, fmt.Errorf("peer client: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{conn: conn, service: peergrpc.NewPeerServiceClient(conn), limit: o.Limit, ctx: ctx, cancel: cancel}
	for i := range c.queues {
		c.queues[i] = &queue{make(chan *call, queueCalls), semaphore.NewWeighted(maxRecords), semaphore.NewWeighted(maxBytes)}
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
	return err
}

// Forward hands records, at most MaxForward of MaxForwardBytes, to the validator and waits for their fates, one each. When ctx ends first, nothing
// is known of them. Promised records are those that this node has promised to have ordered.
func (c *Client) Forward(ctx context.Context, envelopes [][]byte, promised bool) ([]Fate, error) {
	w := &call{envelopes: envelopes, promised: promised, done: make(chan struct{})}
	q := c.queues[0]
	if promised {
		q = c.queues[1]
	}
	select {
	case q.waiting <- w:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
	select {
	case <-w.done:
		return w.fates, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
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

// Cosign hands the validator this node's cosignatures, at most MaxCosign.
func (c *Client) Cosign(ctx context.Context, signatures []Cosignature) error {
	q := &peerv1.CosignRequest{Cosignatures: make([]*peerv1.Cosignature, len(signatures))}
	for i := range signatures {
		q.Cosignatures[i] = cosignatureTo(&signatures[i])
	}
	_, err := c.service.Cosign(ctx, q)
	return err
}

// run is one of maxUnderway that send what waits in a queue, as much at once as a call holds.
func (c *Client) run(q *queue) {
	var next *call // did not fit the call before
	for {
		first := next
		if next = nil; first == nil {
			select {
			case first = <-q.waiting:
			case <-c.ctx.Done():
				return
			}
		}
		var together []*call
		var records, bytes int64
		together, records, bytes, next = q.gather(first)
		if q.records.Acquire(c.ctx, records) != nil || q.bytes.Acquire(c.ctx, bytes) != nil {
			return // who waits is told that the client is closed
		}
		c.send(together)
		q.records.Release(records)
		q.bytes.Release(bytes)
	}
}

func (q *queue) gather(first *call) (together []*call, records, bytes int64, next *call) {
	together = []*call{first}
	records, bytes = first.size()
	for {
		select {
		case w := <-q.waiting:
			r, b := w.size()
			if records+r > MaxForward || bytes+b > MaxForwardBytes {
				return together, records, bytes, w
			}
			together, records, bytes = append(together, w), records+r, bytes+b
		default:
			return together, records, bytes, nil
		}
	}
}

func (w *call) size() (records, bytes int64) {
	for _, e := range w.envelopes {
		bytes += int64(len(e))
	}
	return int64(len(w.envelopes)), bytes
}

// send makes one call for several callers. When it fails, the fate of all of them is unknown: it may have arrived.
func (c *Client) send(together []*call) {
	q := peerv1.ForwardRequest{Promised: together[0].promised}
	for _, w := range together {
		q.Envelopes = append(q.Envelopes, w.envelopes...)
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.limit)
	defer cancel()
	a, err := c.service.Forward(ctx, &q)
	fates := a.GetFates()
	known := err == nil && len(fates) == len(q.Envelopes)
	for _, w := range together {
		w.fates = make([]Fate, len(w.envelopes))
		for i := range w.fates {
			w.fates[i] = Fate{Refusal: Unknown()}
			if known {
				w.fates[i] = fromProto(fates[0])
				fates = fates[1:]
			}
		}
		close(w.done)
	}
}
