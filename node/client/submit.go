package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// Bounds of one request, as the API states them.
const (
	maxRecords = 1024
	maxBytes   = 3 << 20
)

// Waits between attempts, and what a single attempt may take.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 2 * time.Second
	oneAttempt = 20 * time.Second
)

// Submit is SubmitAs that waits until records are committed. When ctx ends first, a record whose outcome is not known has none (nil), promised or not.
func (c *Client) Submit(ctx context.Context, envelopes [][]byte, progress func(done int)) ([]*apiv1.Outcome, error) {
	outcomes, err := c.SubmitAs(ctx, apiv1.Wait_WAIT_COMMITTED, envelopes, progress)
	for i, o := range outcomes {
		if !isKnown(o) {
			outcomes[i] = nil
		}
	}
	return outcomes, err
}

// SubmitAs hands records to the ledger and waits until each has come as far as is wanted: has an acceptance promise or an outcome (admitted), an outcome
// (committed), an outcome with a receipt (certified). They come in the records' order. Overload, lost connections, outcomes not known yet and receipts that had no room in
// an answer are tried again until ctx ends: a record has one outcome, however often it is sent. progress, if given, is called with the number of records that are done. When ctx ends first,
// what is known so far is returned, promises included (nil where there is nothing), with the last error. More records than a call holds go over a stream, where the
// node has that.
func (c *Client) SubmitAs(ctx context.Context, want apiv1.Wait, envelopes [][]byte, progress func(done int)) ([]*apiv1.Outcome, error) {
	if len(envelopes) > maxRecords && want != apiv1.Wait_WAIT_ADMITTED {
		if outcomes, served, err := c.submitMany(ctx, want, envelopes, progress); served {
			return outcomes, err
		}
	}
	outcomes := make([]*apiv1.Outcome, len(envelopes))
	open := make([]int, len(envelopes))
	for i := range open {
		open[i] = i
	}
	done := make([]bool, len(envelopes))
	pause := firstPause
	for len(open) > 0 {
		chunk := take(envelopes, open)
		settled, err := c.submit(ctx, want, envelopes, chunk, outcomes, done)
		if err != nil && !again(err) {
			return outcomes, err
		}
		rest := open[:0:0]
		for _, i := range open {
			if !done[i] {
				rest = append(rest, i)
			}
		}
		if len(rest) < len(open) {
			pause = firstPause
		}
		open = rest
		if progress != nil {
			progress(len(envelopes) - len(open))
		}
		if settled {
			continue
		}
		if err == nil {
			err = unknownOutcome()
		}
		if wait(ctx, pause) != nil {
			return outcomes, err
		}
		pause = min(2*pause, longPause)
	}
	return outcomes, nil
}

// take chooses the first open records that fit one request.
func take(envelopes [][]byte, open []int) []int {
	total := 0
	for n, i := range open {
		total += len(envelopes[i])
		if n == maxRecords || n > 0 && total > maxBytes {
			return open[:n]
		}
	}
	return open
}

// untold is a context whose deadline ends the call here and is not told to the node, which is told how long it may wait by the request: of a call that it turns away
// unread, gRPC would have it run the clock until then.
type untold struct{ context.Context }

// Deadline implements context.Context.
func (untold) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// submit sends a chunk once. settled says that every record of it is done.
func (c *Client) submit(ctx context.Context, want apiv1.Wait, envelopes [][]byte, chunk []int, outcomes []*apiv1.Outcome, done []bool) (settled bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, oneAttempt)
	defer cancel()
	request := &apiv1.SubmitRequest{Envelopes: make([][]byte, len(chunk)), Wait: want, WaitMs: answerIn(ctx)}
	for n, i := range chunk {
		request.Envelopes[n] = envelopes[i]
	}
	response, err := c.Records.Submit(untold{carries.Tell(ctx, request.Envelopes)}, request)
	if err != nil {
		return false, err
	}
	if len(response.GetOutcomes()) != len(chunk) {
		return false, c.unexpected(codes.Internal, outcomeCount(len(response.GetOutcomes()), len(chunk)))
	}
	settled = true
	for n, i := range chunk {
		o := response.GetOutcomes()[n]
		known := isKnown(o)
		if was := outcomes[i]; known && was != nil && isKnown(was) {
			recall(o, was)
		}
		if known || len(o.GetPromise()) > 0 {
			outcomes[i] = o
		}
		done[i] = isDone(want, o, known)
		settled = settled && done[i]
	}
	return settled, nil
}

// recall gives an outcome that was asked for again, for the sake of its receipt, what only the first answer says: whether it was known before, and why it was refused, with
// the values of the sentence.
func recall(o, was *apiv1.Outcome) {
	o.Duplicate = was.GetDuplicate()
	if now, then := o.GetRefused(), was.GetRefused(); now.GetRefusal().GetReason() == then.GetRefusal().GetReason() && now != nil {
		now.Refusal = then.GetRefusal()
	}
}

// answerIn is how long a node may wait, milliseconds, so that its answer still arrives: when it is that nothing is known, a promise comes with it.
func answerIn(ctx context.Context) uint32 {
	end, _ := ctx.Deadline()
	return uint32(max(time.Until(end)*9/10, time.Millisecond).Milliseconds())
}

// isKnown tells an outcome from the answer that nobody knows it yet.
func isKnown(o *apiv1.Outcome) bool {
	return o.GetRefused() == nil || !unsettled(o.GetRefused().GetRefusal().GetReason())
}

// isDone tells whether a record has come as far as is wanted. What is refused at the door has no leaf, and so no receipt.
func isDone(want apiv1.Wait, o *apiv1.Outcome, known bool) bool {
	switch {
	case !known:
		return want == apiv1.Wait_WAIT_ADMITTED && len(o.GetPromise()) > 0
	case want != apiv1.Wait_WAIT_CERTIFIED:
		return true
	}
	return len(o.GetReceipt()) > 0 || o.GetAccepted() == nil && o.GetRefused().GetHeight() == 0
}

// unsettled reasons say nothing about the record: sent again, it has an outcome.
func unsettled(name string) bool {
	info, ok := reason.ByName(name)
	if !ok {
		return false
	}
	switch info.Code {
	case reason.UnknownOutcome, reason.Overloaded, reason.NoLeader, reason.Unavailable:
		return true
	}
	return false
}

func unknownOutcome() *Error { return because(codes.DeadlineExceeded, reason.UnknownOutcome, "") }

func outcomeCount(have, want int) reason.Fault {
	return reason.Fault{
		Kind: "outcome_count", Vietnamese: fmt.Sprintf("có %d kết quả cho %d bản ghi", have, want), English: fmt.Sprintf("%d outcomes for %d records", have, want),
	}
}

// again tells errors that a second attempt may not meet.
func again(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Unreachable()
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
