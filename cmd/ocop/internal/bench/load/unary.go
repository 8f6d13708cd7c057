package load

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Unary submits one record a call, at a rate.
type Unary struct {
	Stock *Stock
	// Nodes are ways to the nodes; a client begins with the one of its number, and goes on to the next when one does not answer.
	Nodes []*client.Client
	// Wait is how far a record must have come to be acknowledged.
	Wait apiv1.Wait
}

// oneCall bounds an attempt, so that a node that went away is given up.
const oneCall = 10 * time.Second

// Open submits records as they fall due, from begun on at a rate a second, and no more than so many at once: beyond that, those that are due wait, which
// counts as their waiting. What a node does not take in is not tried again, and offered later as another record. It returns how many were offered.
func (u *Unary) Open(ctx, offer context.Context, begun time.Time, rate float64, inFlight int, tallies []*Tally) (offered uint64, err error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	due := make(chan time.Time)
	var workers sync.WaitGroup
	for i := range inFlight {
		workers.Go(func() {
			for moment := range due {
				if err := u.once(ctx, i, moment, tallies[i%len(tallies)]); err != nil {
					giveUp(err)
				}
			}
		})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ; offer.Err() == nil && ctx.Err() == nil; offered++ {
		moment := begun.Add(time.Duration(float64(offered) / rate * float64(time.Second)))
		if early := time.Until(moment); early > 0 {
			timer.Reset(early)
			select {
			case <-timer.C:
			case <-offer.Done():
				continue
			}
		}
		select {
		case due <- moment:
		case <-offer.Done():
			offered-- // it is not
		}
	}
	close(due)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return offered, cause
	}
	return offered, nil
}

func (u *Unary) once(ctx context.Context, number int, due time.Time, t *Tally) error {
	r, err := u.Stock.Take()
	if err != nil {
		return err
	}
	if a := u.submit(ctx, u.Nodes[number%len(u.Nodes)], &r); !u.settle(ctx, t, &r, due, a) {
		u.Stock.Return(r)
	}
	return nil
}

// attempt is what came of a call.
type attempt struct {
	outcome *apiv1.Outcome // nil: why has the reason
	why     string
	again   bool          // a later attempt may end otherwise
	gone    bool          // the node does not answer, or no more
	pause   time.Duration // to wait before that attempt, as a node says; of a [Flood]
}

func (u *Unary) submit(ctx context.Context, c *client.Client, r *Record) attempt {
	ctx, cancel := context.WithTimeout(ctx, oneCall)
	defer cancel()
	answer, err := c.Records.Submit(ctx, &apiv1.SubmitRequest{Envelopes: [][]byte{r.Envelope}, Wait: u.Wait})
	if err != nil {
		return failed(err)
	}
	if len(answer.GetOutcomes()) != 1 {
		return attempt{why: reason.Of(reason.UnexpectedAnswer).Name}
	}
	return judged(answer.GetOutcomes()[0], u.Wait)
}

func failed(err error) attempt {
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		return attempt{why: "unknown"}
	}
	return attempt{why: e.Reason, again: e.Unreachable(), gone: e.Code == codes.Unavailable || e.Code == codes.DeadlineExceeded}
}

// judged tells an outcome from an answer that there is none yet.
func judged(o *apiv1.Outcome, wait apiv1.Wait) attempt {
	if o.GetAccepted() != nil {
		if wait == apiv1.Wait_WAIT_CERTIFIED && len(o.GetReceipt()) == 0 {
			return attempt{why: "not_certified", again: true}
		}
		return attempt{outcome: o}
	}
	name := o.GetRefused().GetRefusal().GetReason()
	info, _ := reason.ByName(name)
	switch info.Code {
	case reason.UnknownOutcome, reason.Overloaded, reason.NoLeader, reason.Unavailable:
		return attempt{why: name, again: true}
	}
	return attempt{why: name}
}

// settle counts an attempt, and tells whether the record is done with. One that was cut off by the end of the run says nothing of the record.
func (u *Unary) settle(ctx context.Context, t *Tally, r *Record, due time.Time, a attempt) bool {
	switch {
	case a.outcome != nil:
		t.Accepted(r, due, a.outcome.GetAccepted().GetHeight(), a.outcome.GetReceipt())
	case ctx.Err() != nil:
		t.Open()
	default:
		t.Failed(a.why)
		return !a.again
	}
	return true
}
