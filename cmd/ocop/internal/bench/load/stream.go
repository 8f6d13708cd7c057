package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Streams submits records through streams, many on their way at once.
type Streams struct {
	Stock *Stock
	// Nodes are ways to the nodes; a client's stream begins with the one of its number, and goes on to the next when one is lost.
	Nodes []*client.Client
	Wait  apiv1.Wait
	// Window bounds the records of one stream that are not acknowledged; 0: the stream's own.
	Window int
	// Held has waiting count from when a record was handed to its stream, whenever it was due: for streams that are owed more than they are let send.
	Held bool

	handed atomic.Uint64
}

// Handed is how many records streams have taken to send. What was due and is not among them was held back.
func (s *Streams) Handed() uint64 { return s.handed.Load() }

// Run is a client with a stream, until offer ends; ctx ends what is still open then. With a rate, records are due so many a second from begun on, and
// waiting for room in the stream is part of theirs; without one (0) each is due when it is handed to the stream.
func (s *Streams) Run(ctx, offer context.Context, number int, begun time.Time, rate float64, t *Tally) error {
	nodes := make([]*client.Client, len(s.Nodes))
	for i := range nodes {
		nodes[i] = s.Nodes[(number+i)%len(s.Nodes)]
	}
	w := &window{open: make(map[uint64]sent), tally: t}
	stream := client.NewStream(ctx, nodes, client.StreamOptions{
		Wait: s.Wait, Receipts: s.Wait == apiv1.Wait_WAIT_CERTIFIED, Records: s.Window, Settled: w.settled, Lost: func(err error) { t.Failed(failed(err).why) },
	})
	err := s.offer(offer, stream, w, begun, rate)
	if closed := stream.Close(ctx); err == nil && ctx.Err() == nil {
		err = closed
	}
	for range w.open {
		t.Open()
	}
	return err
}

func (s *Streams) offer(offer context.Context, stream *client.Stream, w *window, begun time.Time, rate float64) error {
	for number := uint64(0); offer.Err() == nil; number++ {
		due := time.Now()
		if rate > 0 {
			due = begun.Add(time.Duration(float64(number) / rate * float64(time.Second)))
			if wait(offer, time.Until(due)) != nil {
				return nil
			}
		}
		r, err := s.Stock.Take()
		if err != nil {
			return err
		}
		if s.Held {
			due = time.Now()
		}
		w.hand(number, sent{r, due}) // before it is sent: the acknowledgement may be quick
		switch _, err := stream.Send(offer, r.Envelope); {
		case err == nil:
			s.handed.Add(1)
		case errors.Is(err, offer.Err()):
			w.take(number)
			s.Stock.Return(r)
			return nil
		default:
			w.take(number)
			return err
		}
	}
	return nil
}

// window is what a stream has not acknowledged.
type window struct {
	mu    sync.Mutex
	open  map[uint64]sent
	tally *Tally
}

type sent struct {
	record Record
	due    time.Time
}

func (w *window) hand(number uint64, s sent) {
	w.mu.Lock()
	w.open[number] = s
	w.mu.Unlock()
}

func (w *window) take(number uint64) sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.open[number]
	delete(w.open, number)
	return s
}

func (w *window) settled(a client.Acknowledgement) {
	for i := range a.Count {
		s := w.take(a.First + i)
		if !a.Accepted() {
			w.tally.Failed(a.Outcome.GetRefused().GetRefusal().GetReason())
			continue
		}
		height := a.Height
		if a.Outcome != nil {
			height = a.Outcome.GetAccepted().GetHeight()
		}
		w.tally.Accepted(&s.record, s.due, height, a.Outcome.GetReceipt())
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
