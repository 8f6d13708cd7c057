package load

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/h2"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
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
		l := &line{Flood: f, ctx: ctx, number: i, tally: tallies[i], open: make(map[uint64]calling)}
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
	ctx    context.Context
	number int
	tally  *Tally
	conn   *h2.Conn
	made   uint64
	last   told // one refusal is like the other

	mu    sync.Mutex
	open  map[uint64]calling
	again []calling // who come back, by the time
}

// calling is a record's call: under way since a moment, or to be made again at one.
type calling struct {
	Record
	at time.Time
}

// told is what a refusal says.
type told struct {
	code    codes.Code
	details string
	reason  string
	pause   time.Duration
}

func (l *line) run(offer context.Context, begun time.Time, rate float64) (uint64, error) {
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	defer l.end()
	for offer.Err() == nil {
		now := time.Now()
		if l.conn == nil {
			l.connect(offer)
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

// connect tries the line's node, or with each failure the next one.
func (l *line) connect(ctx context.Context) {
	o := h2.Options{Method: apigrpc.SubmitService_Submit_FullMethodName, Answered: l.answered}
	if l.TLS != nil {
		o.TLS = l.TLS.Clone()
		o.TLS.NextProtos = alpn.OfCalls()
	}
	conn, err := h2.Dial(ctx, l.Nodes[l.number%len(l.Nodes)], o)
	if err != nil {
		l.number++
		if ctx.Err() == nil {
			l.tally.Failed(reason.Of(reason.Unreachable).Name)
		}
		return
	}
	l.conn = conn
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
		if ok, err = l.begin(r, now); err != nil {
			l.lose()
		}
		if !ok {
			l.mu.Lock()
			l.again = slices.Insert(l.again, 0, calling{r, now})
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

// begin makes a record's call, if the connection has room for it.
func (l *line) begin(r Record, now time.Time) (bool, error) {
	message, err := proto.Marshal(&apiv1.SubmitRequest{Envelopes: [][]byte{r.Envelope}, Wait: l.Wait})
	if err != nil {
		return false, err
	}
	l.mu.Lock()
	l.open[l.made] = calling{r, now} // before it is sent: the answer may be quick
	l.mu.Unlock()
	ok, err := l.conn.Call(l.made, message)
	if !ok {
		l.mu.Lock()
		_, ours := l.open[l.made]
		delete(l.open, l.made)
		l.mu.Unlock()
		ok = !ours // the connection broke meanwhile, and the call was told to be lost
	}
	return ok, err
}

// lose gives a connection up: the next turn makes another one, to the next node.
func (l *line) lose() {
	l.conn.Close()
	l.conn = nil
	l.number++
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
	l.mu.Lock()
	c, ok := l.open[a.Call]
	delete(l.open, a.Call)
	l.mu.Unlock()
	if !ok { // it was given up before it was made
		return
	}
	what, pause := l.judge(a)
	switch {
	case what.outcome != nil:
		l.tally.Accepted(&c.Record, c.at, what.outcome.GetAccepted().GetHeight(), what.outcome.GetReceipt())
	case a.Lost && l.ctx.Err() != nil: // given up at the end, which says nothing of the record
		l.tally.Open()
	default:
		l.tally.Failed(what.why)
		if what.again {
			l.mu.Lock()
			l.again = append(l.again, calling{c.Record, time.Now().Add(pause)})
			l.mu.Unlock()
		}
	}
}

func (l *line) judge(a h2.Answer) (attempt, time.Duration) {
	if a.Lost {
		return attempt{why: reason.Of(reason.Unreachable).Name, again: true}, comeBack
	}
	if a.Status != uint32(codes.OK) {
		if l.last.code != codes.Code(a.Status) || l.last.details != a.Details || l.last.reason == "" {
			l.last = read(codes.Code(a.Status), a.Details)
		}
		again := false
		switch codes.Code(a.Status) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted:
			again = true
		}
		return attempt{why: l.last.reason, again: again}, l.last.pause
	}
	var answer apiv1.SubmitResponse
	if proto.Unmarshal(a.Message, &answer) != nil || len(answer.GetOutcomes()) != 1 {
		return attempt{why: reason.Of(reason.UnexpectedAnswer).Name}, 0
	}
	return judged(answer.GetOutcomes()[0], l.Wait), comeBack
}

// read takes a refusal's reason, and how long to wait, from a status as gRPC sends it.
func read(code codes.Code, details string) told {
	t := told{code: code, details: details, reason: strings.ToLower(code.String()), pause: comeBack}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(details, "="))
	s := new(spb.Status)
	if err != nil || proto.Unmarshal(data, s) != nil {
		return t
	}
	for _, d := range status.FromProto(s).Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			t.reason = d.GetReason()
		case *errdetails.RetryInfo:
			t.pause = d.GetRetryDelay().AsDuration()
		}
	}
	return t
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
