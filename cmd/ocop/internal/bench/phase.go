package bench

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// offering is a way to offer records in a phase.
type offering struct {
	mode     Mode
	clients  int
	rate     float64 // 0: closed loop
	inFlight int
	window   int
	wait     apiv1.Wait
	callers  *load.Callers // wait for their answers
	flood    *load.Flood   // offers the calls of an overload; nil: callers or clients do
	held     bool          // streams are owed more than they may send
}

// measured is what came of a phase.
type measured struct {
	*load.Result
	offered       uint64 // calls in an open loop, records that streams took in an overload; the warm-up included
	begun         time.Time
	before, after moment        // at the ends of the window
	seen          time.Duration // since the beginning: when nothing was waited for any more
	window        time.Duration
}

// settleIn is how long records that are under way when the offering ends may take.
const settleIn = 30 * time.Second

// shards is how many tallies an open loop's workers share: enough that they do not wait for each other.
const shards = 16

// phase offers records, first for a while that does not count. during, if given, is called at the beginning of the window.
func phase(ctx context.Context, how offering, clients []*client.Client, stock *load.Stock, w *watch,
	warmup, duration time.Duration, during func(context.Context) error,
) (*measured, error) {
	m := &measured{begun: time.Now(), window: duration}
	w.forget()
	offer, stop := context.WithDeadline(ctx, m.begun.Add(warmup+duration))
	defer stop()
	settle, giveUp := context.WithDeadline(ctx, m.begun.Add(warmup+duration+settleIn))
	defer giveUp()
	n := how.clients
	switch {
	case how.flood != nil:
		n = how.flood.Lines
	case how.rate > 0 && how.mode == Unary:
		n = shards
	case how.mode == Unary:
		n = min(n, mostConnections)
	}
	tallies := make([]*load.Tally, n)
	for i := range tallies {
		tallies[i] = load.NewTally(m.begun, warmup, warmup+duration)
	}
	group, offerAll := errgroup.WithContext(offer)
	group.Go(func() error { return m.watched(ctx, offerAll, w, warmup, during) })
	streams := how.start(group, settle, offerAll, m, clients, stock, tallies)
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	m.seen = time.Since(m.begun)
	if how.mode != Unary {
		m.offered = streams.Handed()
	}
	m.Result = load.Join(tallies)
	return m, nil
}

// start has every client run; what streams are used, if there are any, is returned.
func (how offering) start(group *errgroup.Group, settle, offer context.Context, m *measured, clients []*client.Client, stock *load.Stock, tallies []*load.Tally) *load.Streams {
	unary := &load.Unary{Stock: stock, Nodes: clients, Wait: how.wait}
	n := len(tallies)
	streams := &load.Streams{Stock: stock, Nodes: clients, Wait: how.wait, Window: how.window, Held: how.held}
	switch {
	case how.flood != nil:
		group.Go(func() (err error) {
			m.offered, err = how.flood.Run(settle, offer, m.begun, how.rate, tallies)
			return err
		})
	case how.mode == Unary && how.rate > 0:
		group.Go(func() (err error) {
			m.offered, err = unary.Open(settle, offer, m.begun, how.rate, how.inFlight, tallies)
			return err
		})
	case how.mode == Unary:
		for i, t := range tallies {
			callers := (how.clients + n - 1 - i) / n // as even as can be
			group.Go(func() error { return how.callers.Run(settle, offer, i, callers, t) })
		}
	default:
		for i, t := range tallies {
			group.Go(func() error { return streams.Run(settle, offer, i, m.begun, how.rate/float64(how.clients), t) })
		}
	}
	return streams
}

// watched looks at the nodes at both ends of the window and in between.
func (m *measured) watched(ctx, offer context.Context, w *watch, warmup time.Duration, during func(context.Context) error) error {
	timer := time.NewTimer(time.Until(m.begun.Add(warmup)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-offer.Done():
		return nil
	}
	failed := make(chan error, 1)
	go func() {
		if during == nil {
			during = func(context.Context) error { return nil }
		}
		failed <- during(offer)
	}()
	m.before = w.look(ctx)
	w.peaks(offer)
	m.after = w.look(ctx)
	if err := <-failed; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
