package load

import (
	"context"
	"crypto/tls"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/h2"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Flood is callers without number, one record each, who call once, and when they are told to come back do so after as long as they were told, with the same
// record. That is more than a client a caller could offer from the nodes' own machine, so that calls are made with package h2.
type Flood struct {
	Stock *Stock
	Nodes []string // public doors, host:port
	TLS   *tls.Config
	Wait  apiv1.Wait
	// Lines is how many connections there are, to all nodes in turn. Each has as many calls under way as its node allows.
	Lines int
	// SignLate has records signed when those signed beforehand are used up. Without it nobody calls who has none.
	SignLate bool
}

// turn is how often a line makes the calls that are due: seldom enough that a write to the network carries several.
const turn = 50 * time.Millisecond

// comeBack is waited where a node does not say for how long.
const comeBack = time.Second

// Run has calls fall due from begun on at a rate a second until offer ends; ctx ends what is open then. A call that no connection has room for is made later, and
// counts as offered when it is made. Waiting counts from the call that was taken in. There is a tally for each line. It returns how many calls were made.
func (f *Flood) Run(ctx, offer context.Context, begun time.Time, rate float64, tallies []*Tally) (offered uint64, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range f.Lines {
		l := &line{Flood: f, calls: calls{nodes: f.Nodes, tls: f.TLS, wait: f.Wait, number: i, open: make(map[uint64]calling)}, ctx: ctx, tally: tallies[i]}
		all.Go(func() {
			// Lines take their turns one after the other.
			made, failed := l.run(offer, begun.Add(turn*time.Duration(i)/time.Duration(f.Lines)), rate/float64(f.Lines))
			mu.Lock()
			defer mu.Unlock()
			offered += made
			if err == nil {
				err = failed
			}
		})
	}
	all.Wait()
	return offered, err
}

// line is the callers of one connection.
type line struct {
	*Flood
	calls
	ctx   context.Context
	tally *Tally
	made  uint64
	again []calling // who come back, by the time; guarded by mu
}

func (l *line) run(offer context.Context, begun time.Time, rate float64) (uint64, error) {
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	defer l.end()
	for offer.Err() == nil {
		now := time.Now()
		if l.conn == nil {
			if !l.connect(offer, h2.Options{Answered: l.answered}) && offer.Err() == nil {
				l.tally.Failed(reason.Of(reason.Unreachable).Name)
			}
		}
		if err := l.call(now, uint64(max(0, now.Sub(begun).Seconds()*rate))); err != nil {
			return l.made, err
		}
		select {
		case <-offer.Done():
		case <-ticker.C:
		}
	}
	return l.made, nil
}

// call makes the calls that are due, as far as there is room and somebody has a record.
func (l *line) call(now time.Time, due uint64) error {
	for l.conn != nil && l.made < due {
		r, ok, err := l.take(now)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if ok, err = l.begin(calling{Record: r, at: now, due: now}); err != nil {
			l.lose()
		}
		if !ok {
			l.mu.Lock()
			l.again = slices.Insert(l.again, 0, calling{Record: r, at: now})
			l.mu.Unlock()
			break
		}
		l.made++
	}
	if l.conn != nil && l.conn.Flush() != nil {
		l.lose()
	}
	return nil
}

// take is the record of the next caller: of one who was told to come back about now, or of a new one.
func (l *line) take(now time.Time) (Record, bool, error) {
	l.mu.Lock()
	if len(l.again) > 0 && !l.again[0].at.After(now) {
		r := l.again[0].Record
		l.again = l.again[1:]
		l.mu.Unlock()
		return r, true, nil
	}
	l.mu.Unlock()
	if l.SignLate {
		r, err := l.Stock.Take()
		return r, err == nil, err
	}
	r, ok := l.Stock.Ready()
	return r, ok, nil
}

// answered is told of each call what came of it.
func (l *line) answered(a h2.Answer) {
	c, what, ok := l.settle(a, l.tally)
	switch {
	case !ok, what.outcome != nil:
	case a.Lost && l.ctx.Err() != nil: // given up at the end, which says nothing of the record
		l.tally.Open()
	default:
		l.tally.Failed(what.why)
		if what.again {
			l.mu.Lock()
			l.again = append(l.again, calling{Record: c.Record, at: time.Now().Add(what.pause)})
			l.mu.Unlock()
		}
	}
}

// settleLook is how often a line looks whether its last calls are answered.
const settleLook = 5 * time.Millisecond

// end waits for the answers that are open until ctx ends.
func (l *line) end() {
	if l.conn == nil {
		return
	}
	ticker := time.NewTicker(settleLook)
	defer ticker.Stop()
	for l.conn.Underway() > 0 && l.ctx.Err() == nil {
		select {
		case <-l.ctx.Done():
		case <-ticker.C:
		}
	}
	l.conn.Close()
}
