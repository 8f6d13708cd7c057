package peer

import (
	"context"

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
	fates     chan []Fate // has room for them
}

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
		together, records, bytes, next = q.gather(first)
		if q.records.Acquire(c.ctx, records) != nil || q.bytes.Acquire(c.ctx, bytes) != nil { // the client is closed
			if next != nil {
				together = append(together, next)
			}
			for _, w := range together {
				w.unknown()
			}
			return
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
