//go:build linux && amd64

package fault

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/internal/province"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	clients = 8
	readers = 4
	// submitTry is how long one submit is waited for; whoever gets no answer sends the record again, through the next node.
	submitTry = 3 * time.Second
	// tries is how often; after the last one nobody asks any more, and what became of the record stays unknown to its author.
	tries = 4
	// readTry is how long one read is waited for.
	readTry = time.Second
	// pause is what a client waits between records, on average: everything is derived anew many times, so that the ledger must stay small.
	pause = 60 * time.Millisecond
	// races is the part of accounts that two clients want: one of them is refused, at a door or on the ledger.
	races = 0.15
	// receipts is the part of submits that wait for a receipt.
	withReceipt = 0.3
)

// load is clients that submit and read, through all nodes.
type load struct {
	*book
	nodes   []*client.Client
	chain   ledger.ChainID
	account atomic.Int64 // the newest account number that somebody wants
	ends    context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	streams []*streamer
}

func startLoad(t testing.TB, b *book, chain ledger.ChainID, hosts []*host, authors []compose.Author, seed uint64) *load {
	t.Helper()
	l := &load{book: b, chain: chain}
	l.account.Store(1)
	l.ends, l.stop = context.WithCancel(context.Background())
	for _, h := range hosts {
		l.nodes = append(l.nodes, dial(t, h.public))
	}
	for i := range clients {
		l.running.Go(func() { l.submits(i, authors[i%nodes], rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	for i := range readers {
		l.running.Go(func() { l.reads(clients+i, rand.New(rand.NewPCG(seed, uint64(clients+i)))) })
	}
	l.startStreams(t, hosts, authors, seed)
	return l
}

// end waits for what is under way.
func (l *load) end() {
	l.stop()
	l.running.Wait()
}

func (l *load) rest(random *rand.Rand) {
	select {
	case <-l.ends.Done():
	case <-time.After(pause/2 + time.Duration(random.Int64N(int64(pause)))):
	}
}

// submits is one client: records of its agency, through one node after the other.
func (l *load) submits(number int, author compose.Author, random *rand.Rand) {
	for l.ends.Err() == nil {
		wanted := int(l.account.Add(1))
		rivals := 1
		if random.Float64() < races {
			rivals = 2
		}
		var racing sync.WaitGroup
		for i := range rivals {
			envelope, id, err := sign(author, wanted, time.Duration(i)*time.Second)
			if err != nil {
				l.violation("signing: %v", err)
				return
			}
			l.submitted(id, envelope)
			node, receipt := random.IntN(nodes), random.Float64() < withReceipt
			racing.Go(func() { l.submit(number+100*i, id, envelope, node, receipt) })
		}
		racing.Wait()
		l.rest(random)
	}
}

func sign(author compose.Author, account int, before time.Duration) (envelope []byte, id string, err error) {
	return signed(author, province.Registration(author.Account, account), before)
}

func signed(author compose.Author, list []*recordv1.Action, before time.Duration) (envelope []byte, id string, err error) {
	actions, err := compose.Marshal(compose.Schema, list)
	if err != nil {
		return nil, "", err
	}
	r, err := author.Sign(actions, uint64(time.Now().Add(-before).UnixMilli()), compose.AtOnce)
	if err != nil {
		return nil, "", err
	}
	return r.Envelope, r.ID.String(), nil
}

// submit sends a record until somebody says what became of it.
func (l *load) submit(number int, id string, envelope []byte, node int, receipt bool) {
	want := apiv1.Wait_WAIT_COMMITTED
	if receipt {
		want = apiv1.Wait_WAIT_CERTIFIED
	}
	for try := range tries {
		ctx, cancel := context.WithTimeout(context.Background(), submitTry) // not the load's: an answer that is on its way is waited for
		call := l.now()
		response, err := l.nodes[(node+try)%nodes].Records.Submit(ctx, &apiv1.SubmitRequest{
			Envelopes: [][]byte{envelope}, Wait: want, WaitMs: uint32((submitTry * 9 / 10).Milliseconds()),
		})
		cancel()
		var o *apiv1.Outcome
		if err == nil && len(response.GetOutcomes()) == 1 {
			o = response.GetOutcomes()[0]
		}
		text, height := outcomeOf(o)
		if text != "" {
			l.told(id, text, height, o.GetReceipt())
			l.add(number, call, question{record: id}, reply{outcome: text})
			if o.GetAccepted() != nil {
				l.count(accepted)
			} else {
				l.count(refusedOnLedger)
			}
			return
		}
		why := whyNot(o, err)
		if l.count(why); why == refusedAtDoor {
			return // nothing was done, and sending it again is its author's to decide
		}
		l.add(number, call, question{record: id}, reply{unknown: true})
		if l.ends.Err() != nil {
			return
		}
	}
}

// Outcomes of submits.
const (
	accepted        = "accepted"
	refusedOnLedger = "refused, on the ledger"
	refusedAtDoor   = "refused, at the door"
	unknown         = "unknown outcome"
	overloaded      = "overload"
	noLeader        = "no leader"
	unreachable     = "unreachable, or too late"
)

var outcomes = []string{accepted, refusedOnLedger, refusedAtDoor, unknown, overloaded, noLeader, unreachable}

// whyNot is why there is no outcome.
func whyNot(o *apiv1.Outcome, err error) string {
	name := o.GetRefused().GetRefusal().GetReason()
	if e, ok := errors.AsType[*client.Error](err); ok {
		name = e.Reason
	}
	info, _ := reason.ByName(name)
	switch info.Code {
	case reason.Overloaded:
		return overloaded
	case reason.NoLeader:
		return noLeader
	case reason.UnknownOutcome:
		return unknown
	case reason.Unavailable, reason.DeadlineExceeded, reason.Cancelled:
		return unreachable
	}
	if err != nil {
		return unreachable
	}
	return refusedAtDoor
}

// reads is one reader: records of anybody and heads, from any node, as of the newest height that anybody knows.
func (l *load) reads(number int, random *rand.Rand) {
	for ; l.ends.Err() == nil; l.rest(random) {
		node := random.IntN(nodes)
		c := l.nodes[node]
		ctx, cancel := context.WithTimeout(context.Background(), readTry)
		if random.IntN(4) == 0 {
			if head, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{}); err == nil {
				h := head.GetHead()
				l.seen(node+1, h.GetHeight(), h.GetSize(), h.GetRoot())
				if c := head.GetCertified(); c != nil {
					l.seen(node+1, c.GetHeight(), c.GetSize(), c.GetRoot())
				}
				l.count("read: head")
			} else {
				l.count("read: no answer")
			}
			cancel()
			continue
		}
		id, ok := l.some(random.IntN(1 << 20))
		if ok {
			l.read(ctx, number, c, id)
		}
		cancel()
	}
}

func (l *load) read(ctx context.Context, number int, c *client.Client, id string) {
	least := l.least()
	call := l.now()
	a, err := c.Ledger.GetRecord(ctx, &apiv1.GetRecordRequest{Record: id, MinHeight: least})
	if e, ok := errors.AsType[*client.Error](err); ok && e.Code == codes.NotFound {
		l.add(number, call, question{id, true}, reply{})
		l.count("read: not found")
		return
	}
	text, height := outcomeOf(a.GetOutcome())
	if err != nil || text == "" {
		l.count("read: no answer")
		return
	}
	l.told(id, text, height, nil)
	l.add(number, call, question{id, true}, reply{outcome: text})
	l.count("read: found")
}
