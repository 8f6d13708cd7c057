package load

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/h2"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Callers are clients that submit one record after the other, each when it has the answer to the one before. Several share a connection, as those behind one gateway
// do. They call with package h2, as what they take from a machine that the nodes run on, too, would otherwise be a tenth of it.
type Callers struct {
	Stock *Stock
	Nodes []string // public doors, host:port
	TLS   *tls.Config
	// Wait is how far a record must have come to be acknowledged.
	Wait apiv1.Wait
}

const (
	// firstPause is a caller's wait after his first attempt. It doubles with each one, so that whoever lost a node is soon at another.
	firstPause = 5 * time.Millisecond
	// longPause is the longest wait between two attempts of a caller: nodes that are all gone are not asked more than twice a second by each, and one that comes back
	// has its callers within that.
	longPause = 500 * time.Millisecond
	// lookAgain is how often a connection looks for calls that have taken too long.
	lookAgain = time.Second
)

// Run has so many callers on a connection until offer ends. They begin with the node of the connection's number, and go on to the next when one does not answer.
// Overload, nodes that are lost or not reached, and outcomes not known yet are counted for each caller, who tries again with the same record: its acknowledgement
// then counts from the first attempt. ctx ends what is still open.
func (c *Callers) Run(ctx, offer context.Context, number, callers int, t *Tally) error {
	now := time.Now()
	l := &circle{
		calls: calls{nodes: c.Nodes, tls: c.TLS, wait: c.Wait, number: number, open: make(map[uint64]calling)},
		ctx:   ctx, offer: offer, stock: c.Stock, tally: t, left: callers, news: make(chan struct{}, 1), again: slices.Repeat([]calling{{at: now}}, callers),
	}
	return l.run()
}

// circle is the callers of one connection: each has a call under way, waits to call again, or has ended.
type circle struct {
	calls
	ctx, offer context.Context
	stock      *Stock
	tally      *Tally
	news       chan struct{} // somebody waits to call again, or has ended

	// Guarded by mu.
	again  []calling // without a record: of who has none yet
	left   int       // callers who have not ended
	gone   bool      // the node is to be given up
	failed error
}

func (l *circle) run() error {
	defer func() {
		if l.conn != nil {
			l.conn.Close()
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-l.news:
		case <-timer.C:
		case <-l.ctx.Done():
			l.giveUp()
		}
		if ended, err := l.over(); ended {
			return err
		}
		timer.Reset(l.turn(time.Now()))
	}
}

// over tells whether all callers have ended, and of what.
func (l *circle) over() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left == 0, l.failed
}

// turn has those call whose pause is over, and returns how long until the next one's is.
func (l *circle) turn(now time.Time) time.Duration {
	if l.conn != nil && l.away(now) {
		l.drop()
	}
	due, next := l.due(now)
	if len(due) > 0 && l.conn == nil {
		l.reach()
	}
	for i := range due {
		l.call(due[i])
	}
	if l.conn != nil && l.conn.Flush() != nil {
		l.drop()
	}
	return next
}

// due takes those whose pause is over, and tells how long it is until the next one's is.
func (l *circle) due(now time.Time) (due []calling, next time.Duration) {
	next = lookAgain
	l.mu.Lock()
	defer l.mu.Unlock()
	l.again = slices.DeleteFunc(l.again, func(c calling) bool {
		if c.at.After(now) {
			next = min(next, c.at.Sub(now))
			return false
		}
		due = append(due, c)
		return true
	})
	return due, next
}

// drop gives the connection up, with whatever was said against its node.
func (l *circle) drop() {
	l.lose()
	l.mu.Lock()
	l.gone = false
	l.mu.Unlock()
}

// reach connects to a node, or has the next attempt be at the next one.
func (l *circle) reach() { l.connect(l.ctx, h2.Options{Answered: l.answered, Prompt: true}) }

// away tells whether the node does not answer, or no more.
func (l *circle) away(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		l.gone = l.gone || now.Sub(c.at) > oneCall
	}
	return l.gone
}

// call makes a caller's call, of his next record if he has none, unless the offering is over for him. Who finds no node is counted as one who lost his, and comes back.
func (l *circle) call(c calling) {
	c.at = time.Now()
	if c.Envelope == nil {
		if l.offer.Err() != nil || l.ctx.Err() != nil {
			l.end(nil)
			return
		}
		var err error
		if c.Record, err = l.stock.Take(); err != nil {
			l.end(err)
			return
		}
		c.due = c.at
	}
	ok, err := l.begin(c)
	if err != nil && !errors.Is(err, errNoNode) { // else the next node would be given up for it
		l.giveUpNode()
	}
	if ok {
		return
	}
	if err != nil && l.ctx.Err() == nil {
		l.tally.Failed(reason.Of(reason.Unreachable).Name)
	}
	l.later(c)
}

// giveUpNode has the connection be given up at the next turn.
func (l *circle) giveUpNode() {
	l.mu.Lock()
	l.gone = true
	l.mu.Unlock()
}

// later has a caller try again after a pause.
func (l *circle) later(c calling) {
	c.pause = min(max(2*c.pause, firstPause), longPause)
	c.at = time.Now().Add(c.pause)
	l.mu.Lock()
	l.again = append(l.again, c)
	l.mu.Unlock()
	l.tell()
}

// end is of a caller who does not call any more.
func (l *circle) end(err error) {
	l.mu.Lock()
	l.left--
	if l.failed == nil {
		l.failed = err
	}
	l.mu.Unlock()
	l.tell()
}

func (l *circle) tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// answered is told of each call what came of it, and makes the caller's next one.
func (l *circle) answered(a h2.Answer) {
	c, what, ok := l.settle(a, l.tally)
	switch {
	case !ok:
	case what.outcome != nil:
		l.call(calling{})
	case l.ctx.Err() != nil: // cut off by the end of the run, which says nothing of the record
		l.tally.Open()
		l.end(nil)
	default:
		l.tally.Failed(what.why)
		if !what.again {
			l.call(calling{})
			return
		}
		if what.gone {
			l.giveUpNode()
		}
		l.later(c)
	}
}

// giveUp ends everybody: those under way are told so by their connection.
func (l *circle) giveUp() {
	if l.conn != nil {
		l.lose()
	}
	l.mu.Lock()
	again := l.again
	l.again = nil
	l.mu.Unlock()
	for i := range again {
		if again[i].Envelope != nil {
			l.tally.Open()
		}
		l.end(nil)
	}
}
