package reads

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/h2"
	"github.com/ocopledger/ocop/ledger/receipt"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Callers ask a node, one question after the other each.
type Callers struct {
	Node      string      // public door, host:port
	TLS       *tls.Config // its NextProtos are what is offered
	Questions []Question
	Callers   int // at least one
	Lines     int // connections, which callers share: at most as many as callers, and MaxCallers each
	// Rate is how many questions are due a second, whatever the answers; waiting counts from then. 0: each caller asks when it has its answer.
	Rate float64

	next     atomic.Uint64
	protocol atomic.Pointer[string]
}

const (
	// comeBack is how long who was refused, or has no connection, waits.
	comeBack = 100 * time.Millisecond
	// MaxCallers share a connection: half of the calls that a node allows on it. Their questions, of some 100 bytes, are few enough to be asked by who reads the answers.
	MaxCallers = 128
	// maxAnswer is the largest receipt with what else is in an answer: who produced the ledger, and its notice.
	maxAnswer = receipt.MaxSize + 64<<10
)

// Run asks from begun on until offer ends; ctx ends what is open then.
func (c *Callers) Run(ctx, offer context.Context, begun time.Time, t *Tally) {
	var all sync.WaitGroup
	for i := range c.Lines {
		n := c.Callers/c.Lines + min(1, max(0, c.Callers%c.Lines-i)) // the first have one more
		l := &line{Callers: c, ctx: ctx, offer: offer, tally: t, free: make(chan int, n), open: make([]asked, n)}
		for caller := range n {
			l.free <- caller
		}
		all.Go(func() { l.run(begun, c.Rate*float64(n)/float64(c.Callers)) })
	}
	all.Wait()
}

// Protocol is the ALPN name that the node has chosen; empty without TLS, or before there was a connection.
func (c *Callers) Protocol() string {
	if p := c.protocol.Load(); p != nil {
		return *p
	}
	return ""
}

// line is the callers of one connection. Without a rate a caller who has an answer asks on at once, where answers are read, since to wake somebody up for it takes as long
// as all the rest. Its own goroutine begins, connects anew, and makes the calls that are due at a rate.
type line struct {
	*Callers
	ctx   context.Context
	offer context.Context
	tally *Tally
	conn  *h2.Conn
	free  chan int // callers who wait for the line's goroutine; there is room for all of them

	mu   sync.Mutex
	open []asked // by caller
}

// asked is a caller's question that is under way; nil: none.
type asked struct {
	question *Question
	due      time.Time
}

func (l *line) run(begun time.Time, rate float64) {
	defer l.end()
	for made := uint64(0); ; {
		caller, ok := l.await()
		if !ok {
			return
		}
		due := time.Now()
		if rate > 0 {
			due = begun.Add(time.Duration(float64(made) / rate * float64(time.Second)))
			if time.Until(due) > 0 && (!l.flush() || wait(l.offer, time.Until(due)) != nil) {
				l.free <- caller
				continue
			}
		}
		made++
		if !l.ask(caller, due) {
			l.lose()
		}
	}
}

// await is the next caller who has nothing under way; what was asked goes out before anybody is waited for. It is false when the offering has ended.
func (l *line) await() (int, bool) {
	for l.offer.Err() == nil {
		if l.conn == nil && !l.connect(l.offer) {
			continue
		}
		select {
		case caller := <-l.free:
			return caller, true
		default:
		}
		if !l.flush() {
			continue
		}
		select {
		case caller := <-l.free:
			return caller, true
		case <-l.offer.Done():
		}
	}
	return 0, false
}

func (l *line) connect(ctx context.Context) bool {
	conn, err := h2.Dial(ctx, l.Node, h2.Options{TLS: l.TLS, MaxAnswer: maxAnswer, Answered: l.answered, Prompt: true})
	if err != nil {
		if ctx.Err() == nil {
			l.tally.failed(unreachable)
			_ = wait(ctx, comeBack)
		}
		return false
	}
	l.conn = conn
	protocol := conn.Protocol()
	l.protocol.Store(&protocol)
	return true
}

// flush sends what was asked; false: the connection is gone.
func (l *line) flush() bool {
	if l.conn.Flush() != nil {
		l.lose()
		return false
	}
	return true
}

// lose gives a connection up. Whoever was waiting is told.
func (l *line) lose() {
	l.conn.Close()
	l.conn = nil
}

// ask makes a caller's call of the next question; false: the connection is gone.
func (l *line) ask(caller int, due time.Time) bool {
	q := &l.Questions[(l.next.Add(1)-1)%uint64(len(l.Questions))]
	l.mu.Lock()
	l.open[caller] = asked{q, due} // before it is sent: the answer may be quick
	l.mu.Unlock()
	ok, err := l.conn.CallOf(q.Method, uint64(caller), q.Message)
	if !ok && l.take(caller).question != nil { // else the connection broke meanwhile, and the call was told to be lost
		l.tally.failed(unreachable)
		l.rest(caller)
	}
	return err == nil
}

func (l *line) take(caller int) asked {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.open[caller]
	l.open[caller] = asked{}
	return a
}

// rest has a caller come back later.
func (l *line) rest(caller int) { time.AfterFunc(comeBack, func() { l.free <- caller }) }

// answered is told of each call what came of it.
func (l *line) answered(a h2.Answer) {
	caller := int(a.Call)
	was := l.take(caller)
	if was.question == nil { // it was given up before it was made
		return
	}
	switch {
	case a.Lost && l.ctx.Err() != nil: // given up at the end
		l.tally.lost()
	case a.Lost:
		l.tally.failed(unreachable)
	case a.Status != 0:
		l.tally.failed(why(a.Status, a.Details))
	default:
		if file := fileOf(a.Message); len(file) > 0 {
			now := l.tally.answered(was.question, was.due, file)
			if l.Rate > 0 || l.offer.Err() != nil {
				l.free <- caller
			} else {
				l.ask(caller, now)
			}
			return
		}
		l.tally.failed(unexpected)
	}
	l.rest(caller)
}

// fileOf is the file in an answer: the last of its fields of that number, as protobuf has it; nil: there is none, or it is no answer.
func fileOf(message []byte) (file []byte) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil
		}
		message = message[n:]
		if number == fileField && kind == protowire.BytesType {
			file, n = protowire.ConsumeBytes(message)
		} else {
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return nil
		}
		message = message[n:]
	}
	return file
}

// fileField is the number of the field with the file, in the answers of both methods.
var fileField = (&apiv1.GetSubjectReceiptResponse{}).ProtoReflect().Descriptor().Fields().ByName("file").Number()

// settleLook is how often a line looks whether its last calls are answered.
const settleLook = 5 * time.Millisecond

// end waits for the answers that are open until ctx ends.
func (l *line) end() {
	if l.conn == nil || !l.flush() { // what was asked last is on its way, too
		return
	}
	for l.conn.Underway() > 0 && wait(l.ctx, settleLook) == nil {
		continue
	}
	l.conn.Close()
}

// wait waits, or ends with ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
