package client

import (
	"context"
	"errors"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// submitMany is SubmitAs over a stream, for more records than a call holds. served says whether the node has streams; otherwise nothing was done.
func (c *Client) submitMany(ctx context.Context, want apiv1.Wait, envelopes [][]byte, progress func(done int)) (outcomes []*apiv1.Outcome, served bool, err error) {
	outcomes = make([]*apiv1.Outcome, len(envelopes))
	done := 0
	s := NewStream(ctx, []*Client{c}, StreamOptions{Wait: want, Receipts: want == apiv1.Wait_WAIT_CERTIFIED, Settled: func(a Acknowledgement) {
		for i := range a.Count {
			outcomes[a.First+i] = a.outcome(i)
		}
		done += int(a.Count)
		if progress != nil {
			progress(done)
		}
	}})
	for _, e := range envelopes {
		if _, err = s.Send(ctx, e); err != nil {
			break
		}
	}
	if closed := s.Close(ctx); err == nil {
		err = closed
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Reason == reason.Of(reason.NotServed).Name {
		return nil, false, nil
	}
	if err != nil && ctx.Err() != nil { // not that time has run out, but why the nodes needed more
		e, ok := errors.AsType[*Error](s.lastError())
		if !ok {
			e = unknownOutcome()
		}
		err = e
	}
	return outcomes, true, err
}

// outcome is that of the i-th record of an acknowledgement. Those of runs are without the record's id, which the sender knows.
func (a *Acknowledgement) outcome(i uint64) *apiv1.Outcome {
	if a.Outcome != nil {
		return a.Outcome
	}
	return &apiv1.Outcome{Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: a.Height, Leaf: a.Leaf + i, Time: a.Time}}}
}
