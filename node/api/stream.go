package api

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Bounds of one message of a stream.
const (
	maxStreamRecords = ledger.MaxDraftRecords
	maxStreamBytes   = 512 << 10
)

// SubmitStream implements SubmitService.
func (s *Server) SubmitStream(stream grpc.BidiStreamingServer[apiv1.SubmitStreamRequest, apiv1.SubmitStreamResponse]) error {
	if err := s.allowed(stream.Context()); err != nil {
		return err
	}
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	switch first.GetWait() {
	case apiv1.Wait_WAIT_UNSPECIFIED, apiv1.Wait_WAIT_COMMITTED, apiv1.Wait_WAIT_CERTIFIED:
	default:
		return invalid("wait", reason.Fault{
			Kind: "not_a_wait", Vietnamese: fmt.Sprintf("luồng không có mức chờ số %d", first.GetWait()), English: fmt.Sprintf("%d is no level of waiting of a stream", first.GetWait()),
		})
	}
	certified, receipts := first.GetWait() == apiv1.Wait_WAIT_CERTIFIED, first.GetReceipts()
	if receipts && !certified {
		return invalid("receipts", reason.Fault{
			Kind: "not_certified", Vietnamese: "chỉ có biên nhận khi chờ đến khi chứng thực", English: "there are receipts only of what is waited for until it is certified",
		})
	}
	receive := func() ([][]byte, error) {
		m := first
		if first = nil; m == nil {
			var err error
			if m, err = stream.Recv(); err != nil {
				return nil, err
			}
			if len(m.GetEnvelopes()) == 0 {
				return nil, invalid("envelopes", reason.Fault{Kind: "missing", Vietnamese: "chưa có bản ghi nào", English: "there are no records"})
			}
		}
		return m.GetEnvelopes(), measured(m.GetEnvelopes())
	}
	settled := func(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error {
		s.wrote(outcomes)
		return stream.Send(s.acknowledge(numbers, outcomes, receipts))
	}
	err = s.o.Node.SubmitStream(stream.Context(), certified, receipts, receive, settled)
	if err != nil {
		return s.failure(err)
	}
	return nil
}

// measured refuses a message that is larger than one of a stream may be.
func measured(envelopes [][]byte) error {
	total := 0
	for _, e := range envelopes {
		total += len(e)
	}
	switch {
	case len(envelopes) > maxStreamRecords:
		return fail(whole(reason.TooManyRecords, "envelopes", reason.Count("have", uint64(len(envelopes))), reason.Count("want", maxStreamRecords)))
	case total > maxStreamBytes:
		return fail(whole(reason.MessageTooLarge, "envelopes", reason.Count("have", uint64(total)), reason.Count("want", maxStreamBytes)))
	}
	return nil
}

// acknowledge makes runs of what was accepted, and tells all else one by one.
func (s *Server) acknowledge(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) *apiv1.SubmitStreamResponse {
	a := &apiv1.SubmitStreamResponse{AsOf: s.asOf(s.o.Node.Ledger().Head())}
	var run *apiv1.AcceptedRun
	for i := range outcomes {
		o := &outcomes[i]
		if o.Status != chain.Accepted || o.Duplicate || receipts != nil {
			told := outcome(*o)
			if receipts != nil {
				told.Receipt = receipts[i]
			}
			a.Outcomes = append(a.Outcomes, &apiv1.NumberedOutcome{Number: numbers[i], Outcome: told})
			run = nil
			continue
		}
		if n := uint64(run.GetCount()); run != nil && run.First+n == numbers[i] && run.Leaf+n == o.Leaf && run.Height == o.Height {
			run.Count++
			continue
		}
		run = &apiv1.AcceptedRun{First: numbers[i], Count: 1, Height: o.Height, Leaf: o.Leaf, Time: o.Time}
		a.Runs = append(a.Runs, run)
	}
	return a
}
