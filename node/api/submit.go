package api

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Submit implements SubmitService.
func (s *Server) Submit(ctx context.Context, q *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	if err := s.allowed(ctx); err != nil {
		return nil, err
	}
	if len(q.GetEnvelopes()) == 0 {
		return nil, invalid("envelopes", reason.Fault{Kind: "missing", Vietnamese: "chưa có bản ghi nào", English: "there are no records"})
	}
	if _, ok := apiv1.Wait_name[int32(q.GetWait())]; !ok {
		return nil, invalid("wait", reason.Fault{
			Kind: "not_a_wait", Vietnamese: fmt.Sprintf("không có mức chờ nào mang số %d", q.GetWait()), English: fmt.Sprintf("%d is no level of waiting", q.GetWait()),
		})
	}
	if q.GetWait() == apiv1.Wait_WAIT_ADMITTED {
		return s.admitted(ctx, q.GetEnvelopes())
	}
	waiting := ctx
	if ms := q.GetWaitMs(); ms > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
	}
	outcomes, err := s.o.Node.Submit(waiting, q.GetEnvelopes(), q.GetWait() == apiv1.Wait_WAIT_CERTIFIED)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil {
		outcomes, err = unknown(q.GetEnvelopes()), nil
	}
	if err != nil {
		return nil, s.failure(err)
	}
	if turnedAway(outcomes) { // as a whole: who sends one record at a time is to see it in the status
		return nil, busy(retryHint)
	}
	a := &apiv1.SubmitResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Outcomes: make([]*apiv1.Outcome, len(outcomes))}
	for i, o := range outcomes {
		a.Outcomes[i] = outcome(o)
	}
	if q.GetWait() == apiv1.Wait_WAIT_CERTIFIED {
		// The outcomes stand, whether or not somebody waits for their certification.
		receipts, err := s.o.Node.Receipts(waiting, outcomes, receiptRoom(a))
		if err != nil && ctx.Err() == nil && waiting.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, s.failure(err)
		}
		for i := range receipts {
			a.Outcomes[i].Receipt = receipts[i]
		}
		a.AsOf = s.asOf(s.o.Node.Ledger().Head()) // it is certified by now
	}
	s.wrote(outcomes)
	s.promise(ctx, q.GetEnvelopes(), outcomes, a)
	return a, nil
}

// maxSubmitAnswer bounds an answer to Submit as it is encoded, so that clients that have gRPC's usual bound of 4 MiB read it: the receipts of as many records as a call
// brings have more than twice their bytes.
const maxSubmitAnswer = 3 << 20

// receiptRoom is how many bytes of receipts an answer has room for, beside its outcomes, and a promise for each that may have one.
func receiptRoom(a *apiv1.SubmitResponse) int {
	const (
		frame  = 2 * (1 + binary.MaxVarintLen32) // of a receipt or a promise, and of an outcome that grows by it
		growth = 4 * binary.MaxVarintLen64       // of what it is as of, until it is sent
	)
	room := maxSubmitAnswer - growth - proto.Size(a) - len(a.GetOutcomes())*frame
	for _, o := range a.GetOutcomes() {
		if o.GetAccepted() == nil {
			room -= ledger.SignedPromiseSize
		}
	}
	return room
}

// turnedAway tells whether none of the records was taken, as the leader has too much to do.
func turnedAway(outcomes []chain.Outcome) bool {
	for i := range outcomes {
		if o := &outcomes[i]; o.Status != chain.Rejected || o.Refusal.Reason != reason.Overloaded {
			return false
		}
	}
	return true
}

// admitted answers without waiting for outcomes.
func (s *Server) admitted(ctx context.Context, envelopes [][]byte) (*apiv1.SubmitResponse, error) {
	outcomes, promises, err := s.o.Node.Promise(ctx, envelopes)
	if err != nil {
		return nil, s.failure(err)
	}
	s.wrote(outcomes)
	a := &apiv1.SubmitResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Outcomes: make([]*apiv1.Outcome, len(outcomes))}
	for i := range outcomes {
		if a.Outcomes[i] = outcome(outcomes[i]); promises[i] != nil {
			a.Outcomes[i].Promise = promises[i].Append(nil)
		}
	}
	return a, nil
}

// promise adds promises to outcomes that are not known after the wait, where the node can make them: it goes on looking after those records.
func (s *Server) promise(ctx context.Context, envelopes [][]byte, outcomes []chain.Outcome, a *apiv1.SubmitResponse) {
	var open [][]byte
	var places []int
	for i := range outcomes {
		if f := outcomes[i].Refusal; outcomes[i].Status == chain.Rejected && f != nil && f.Reason == reason.UnknownOutcome {
			open, places = append(open, envelopes[i]), append(places, i)
		}
	}
	if len(open) == 0 {
		return
	}
	_, promises, err := s.o.Node.Promise(ctx, open)
	if err != nil { // the answer is as good without
		return
	}
	for k, i := range places {
		if promises[k] != nil {
			a.Outcomes[i].Promise = promises[k].Append(nil)
		}
	}
}

// wrote lets whoever wrote something read it from this node at once, certified or not.
func (s *Server) wrote(outcomes []chain.Outcome) {
	height := uint64(0)
	for i := range outcomes {
		height = max(height, outcomes[i].Height)
	}
	if s.o.Raise != nil && height > 0 {
		s.o.Raise(height)
	}
}

// unknown are the outcomes of records that nobody waited for long enough.
func unknown(envelopes [][]byte) []chain.Outcome {
	outcomes := make([]chain.Outcome, len(envelopes))
	for i, data := range envelopes {
		outcomes[i] = chain.Outcome{Status: chain.Rejected, Refusal: whole(reason.UnknownOutcome, "")}
		if e, err := ledger.ParseEnvelope(data); err == nil {
			outcomes[i].Record = e.ID
		}
	}
	return outcomes
}

// Simulate implements SubmitService.
func (s *Server) Simulate(ctx context.Context, q *apiv1.SimulateRequest) (*apiv1.SimulateResponse, error) {
	if n := len(q.GetActions()); n == 0 || n > ledger.MaxActions {
		return nil, invalid("actions", reason.Fault{
			Kind: "count_out_of_range", Vietnamese: fmt.Sprintf("có %d hành động, phải từ 1 đến %d", n, ledger.MaxActions), English: fmt.Sprintf("%d actions, want 1 to %d", n, ledger.MaxActions),
		})
	}
	if err := s.wait(ctx, q.GetMinHeight()); err != nil {
		return nil, err
	}
	refusals, head, err := s.o.Node.Simulate(ctx, ledger.AccountID(q.GetAuthor()), q.GetSchema(), q.GetActions())
	if err != nil {
		return nil, s.failure(err)
	}
	a := &apiv1.SimulateResponse{AsOf: s.asOf(head)}
	for _, r := range refusals {
		a.Refusals = append(a.Refusals, refusal(r, false))
	}
	return a, nil
}
