package load

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
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

// calls are the calls of one connection, with a record each.
type calls struct {
	nodes  []string // public doors, host:port
	tls    *tls.Config
	wait   apiv1.Wait
	number int // of the node that is connected to
	conn   *h2.Conn
	last   told // one refusal is like the other

	making  sync.Mutex // is taken before mu; guards what a call is made with
	request apiv1.SubmitRequest
	message []byte

	mu    sync.Mutex
	tried uint64 // calls, those included that came to nothing
	open  map[uint64]calling
}

// calling is a record's call: under way since a moment, or to be made again at one.
type calling struct {
	Record
	at    time.Time
	due   time.Time     // since when the answer is waited for
	pause time.Duration // and how long the last one between two attempts was
}

// told is what a refusal says.
type told struct {
	code    codes.Code
	details string
	reason  string
	pause   time.Duration
}

// oneConnection bounds an attempt to connect: callers who share a connection all wait for it, and a node that is there takes milliseconds.
const oneConnection = 3 * time.Second

// errNoNode: no node is connected to.
var errNoNode = errors.New("no node is connected to")

// connect tries a node, and the next one the next time if it fails.
func (l *calls) connect(ctx context.Context, o h2.Options) bool {
	ctx, cancel := context.WithTimeout(ctx, oneConnection)
	defer cancel()
	o.Method = apigrpc.SubmitService_Submit_FullMethodName
	if l.tls != nil {
		o.TLS = l.tls.Clone()
		o.TLS.NextProtos = alpn.OfCalls()
	}
	conn, err := h2.Dial(ctx, l.nodes[l.number%len(l.nodes)], o)
	if err != nil {
		l.number++
		return false
	}
	l.conn = conn
	return true
}

// begin makes a call, if the connection has room for it. With an error the connection takes no more, or there is none.
func (l *calls) begin(c calling) (bool, error) {
	if l.conn == nil {
		return false, errNoNode
	}
	l.making.Lock()
	defer l.making.Unlock()
	l.request.Wait, l.request.Envelopes = l.wait, append(l.request.Envelopes[:0], c.Envelope)
	var err error
	if l.message, err = (proto.MarshalOptions{}).MarshalAppend(l.message[:0], &l.request); err != nil {
		return false, err
	}
	l.mu.Lock()
	number := l.tried
	l.tried++
	l.open[number] = c // before it is sent: the answer may be quick
	l.mu.Unlock()
	ok, err := l.conn.Call(number, l.message)
	if !ok {
		_, ours := l.ended(number)
		ok = !ours // the connection broke meanwhile, and the call was told to be lost
	}
	return ok, err
}

// ended takes a call that is answered, unless it was given up before it was made.
func (l *calls) ended(number uint64) (calling, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.open[number]
	delete(l.open, number)
	return c, ok
}

// lose gives the connection up. The next one is to the next node.
func (l *calls) lose() {
	l.conn.Close()
	l.conn = nil
	l.number++
}

// settle takes the call that an answer is of, says what came of it, and counts what is accepted. It is false for a call that was given up before it was made.
func (l *calls) settle(a h2.Answer, t *Tally) (calling, attempt, bool) {
	c, ok := l.ended(a.Call)
	if !ok {
		return c, attempt{}, false
	}
	what := l.judge(a)
	if what.outcome != nil {
		t.Accepted(&c.Record, c.due, what.outcome.GetAccepted().GetHeight(), what.outcome.GetReceipt())
	}
	return c, what, true
}

// judge says what came of a call.
func (l *calls) judge(a h2.Answer) attempt {
	if a.Lost {
		return attempt{why: reason.Of(reason.Unreachable).Name, again: true, pause: comeBack}
	}
	if a.Status != uint32(codes.OK) {
		if l.last.code != codes.Code(a.Status) || l.last.details != a.Details || l.last.reason == "" {
			l.last = read(codes.Code(a.Status), a.Details)
		}
		what := attempt{why: l.last.reason, pause: l.last.pause}
		switch codes.Code(a.Status) {
		case codes.Unavailable, codes.DeadlineExceeded:
			what.again, what.gone = true, true
		case codes.ResourceExhausted, codes.Aborted:
			what.again = true
		}
		return what
	}
	var answer apiv1.SubmitResponse
	if proto.Unmarshal(a.Message, &answer) != nil || len(answer.GetOutcomes()) != 1 {
		return attempt{why: reason.Of(reason.UnexpectedAnswer).Name}
	}
	what := judged(answer.GetOutcomes()[0], l.wait)
	what.pause = comeBack
	return what
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
