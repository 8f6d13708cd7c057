package peer

import (
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
)

// What may be under way to the validator, of each sort. A call lasts until its records are ordered; with few of them, those that come meanwhile would wait here for a
// draft to leave without them, and so the leader could not fill one. Two full calls are more than enough: the second waits while the first is ordered.
const (
	maxUnderway = 8
	maxRecords  = 2 * MaxForward
	maxBytes    = 2 * MaxForwardBytes
)

const (
	// queueCalls bounds how many callers wait; each holds at most one draft's records.
	queueCalls = 1024
	// QueueBytes bounds the envelopes that wait in a queue, whatever their number: who gave up may have left some there, beside all that a node has in hand.
	QueueBytes = 64 << 20
)

// queue is callers who wait, and room for what is under way of them.
type queue struct {
	waiting        chan *call
	room           *semaphore.Weighted // bytes of those who wait
	held           [2]atomic.Int64     // records and bytes of those who wait
	records, bytes *semaphore.Weighted
}

func newQueue() *queue {
	return &queue{
		waiting: make(chan *call, queueCalls), room: semaphore.NewWeighted(QueueBytes), records: semaphore.NewWeighted(maxRecords), bytes: semaphore.NewWeighted(maxBytes),
	}
}

// enter and leave keep account of a call that has room, and gives it back.
func (q *queue) enter(w *call) {
	records, bytes := w.size()
	q.held[0].Add(records)
	q.held[1].Add(bytes)
}

func (q *queue) leave(w *call) {
	records, bytes := w.size()
	q.held[0].Add(-records)
	q.held[1].Add(-bytes)
	q.room.Release(min(bytes, QueueBytes))
}

// Care is what else a leader is to know of records.
type Care struct {
	// Promised: this node has promised to have them ordered.
	Promised bool
	// Certify: somebody waits until they are certified.
	Certify bool
}

type call struct {
	ctx       context.Context // ends when nobody waits any more
	envelopes [][]byte
	care      Care
	fates     chan []Fate // has room for them
}

// gone tells that nobody waits. Whoever gave up in a long queue has come back since, or will: to have his records ordered twice takes the place of somebody who waits.
func (w *call) gone() bool { return w.ctx.Err() != nil }

func (w *call) unknown() {
	fates := make([]Fate, len(w.envelopes))
	for i := range fates {
		fates[i].Refusal = Unknown()
	}
	w.fates <- fates
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
				return // Close answers who waits
			}
		}
		var together []*call
		var records, bytes int64
		if together, records, bytes, next = q.gather(first); len(together) == 0 {
			continue
		}
		if q.records.Acquire(c.ctx, records) != nil || q.bytes.Acquire(c.ctx, bytes) != nil { // the client is closed
			if next != nil {
				together = append(together, next)
			}
			for _, w := range together {
				q.leave(w)
				w.unknown()
			}
			return
		}
		for _, w := range together { // they are under way from now on
			q.leave(w)
		}
		if together = slices.DeleteFunc(together, (*call).gone); len(together) > 0 { // room may have taken its time
			c.send(together)
		}
		q.records.Release(records)
		q.bytes.Release(bytes)
	}
}

// gather takes what waits, without those who are gone, until a call is full: next did not fit.
func (q *queue) gather(first *call) (together []*call, records, bytes int64, next *call) {
	for w := first; ; {
		if !w.gone() {
			r, b := w.size()
			if len(together) > 0 && (records+r > MaxForward || bytes+b > MaxForwardBytes) {
				return together, records, bytes, w
			}
			together, records, bytes = append(together, w), records+r, bytes+b
		} else {
			q.leave(w)
		}
		select {
		case w = <-q.waiting:
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
	q := peerv1.ForwardRequest{Promised: together[0].care.Promised}
	for _, w := range together {
		q.Certify = q.Certify || w.care.Certify
		q.Envelopes = append(q.Envelopes, w.envelopes...)
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.limit)
	defer cancel()
	done := func() {}
	if c.forwarding != nil {
		done = c.forwarding()
	}
	a, err := c.service.Forward(ctx, &q)
	done()
	fates := a.GetFates()
	known := err == nil && len(fates) == len(q.Envelopes)
	for _, w := range together {
		if !known {
			w.unknown()
			continue
		}
		own := make([]Fate, len(w.envelopes))
		for i := range own {
			own[i] = fromProto(fates[i])
		}
		fates = fates[len(own):]
		w.fates <- own
	}
}
