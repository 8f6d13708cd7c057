package api

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Bounds of one message of a stream.
const (
	maxStreamRecords = ledger.MaxDraftRecords
	maxStreamBytes   = 512 << 10
	// maxToldBytes bounds an answer as it is encoded: a message well below gRPC's usual bound of 4 MiB, and what a client that reads nothing leaves in gRPC's hands. The
	// largest outcome, with the receipt of a record of 64 KiB, has a tenth of it.
	maxToldBytes = 1 << 20
	// mostOfRun bounds the bytes of a run, with all fields at their longest.
	mostOfRun = 2 + 4*(1+binary.MaxVarintLen64) + 1 + binary.MaxVarintLen32
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
		for len(outcomes) > 0 {
			a, n := s.acknowledge(numbers, outcomes, receipts)
			if err := stream.Send(a); err != nil {
				return err
			}
			if numbers, outcomes = numbers[n:], outcomes[n:]; receipts != nil {
				receipts = receipts[n:]
			}
		}
		return nil
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

// acknowledge makes runs of what was accepted, and tells all else one by one, as many of the first outcomes as an answer holds.
func (s *Server) acknowledge(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) (a *apiv1.SubmitStreamResponse, n int) {
	a = &apiv1.SubmitStreamResponse{AsOf: s.asOf(s.o.Node.Ledger().Head())}
	room := maxToldBytes - proto.Size(a)
	var run *apiv1.AcceptedRun
	for i := range outcomes {
		o := &outcomes[i]
		if o.Status != chain.Accepted || o.Duplicate || receipts != nil {
			told := &apiv1.NumberedOutcome{Number: numbers[i], Outcome: outcome(*o)}
			if receipts != nil {
				told.Outcome.Receipt = receipts[i]
			}
			if room -= 1 + protowire.SizeBytes(proto.Size(told)); room < 0 && i > 0 {
				return a, i
			}
			a.Outcomes = append(a.Outcomes, told)
			run = nil
			continue
		}
		if n := uint64(run.GetCount()); run != nil && run.First+n == numbers[i] && run.Leaf+n == o.Leaf && run.Height == o.Height {
			run.Count++
			continue
		}
		if room -= mostOfRun; room < 0 && i > 0 {
			return a, i
		}
		run = &apiv1.AcceptedRun{First: numbers[i], Count: 1, Height: o.Height, Leaf: o.Leaf, Time: o.Time}
		a.Runs = append(a.Runs, run)
	}
	return a, len(outcomes)
}
