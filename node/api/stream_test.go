package api

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// streamed sends messages and gives all answers up to the end of the stream.
func streamed(t *testing.T, c *clients, messages ...*apiv1.SubmitStreamRequest) (answers []*apiv1.SubmitStreamResponse, err error) {
	t.Helper()
	stream, err := c.SubmitStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if stream.Send(m) != nil {
			break // why, Recv says
		}
	}
	_ = stream.CloseSend()
	for {
		a, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return answers, nil
		}
		if err != nil {
			return answers, err
		}
		answers = append(answers, a)
	}
}

// What follows each other on the ledger is told as runs, everything else by itself, each with its number in the stream.
func TestStreamAcknowledgements(t *testing.T) {
	n := newAlone(t, chaintest.New())
	n.submit = func(_ context.Context, envelopes [][]byte) ([]chain.Outcome, error) {
		at := func(height, leaf uint64) chain.Outcome {
			return chain.Outcome{Status: chain.Accepted, Height: height, Leaf: leaf, Time: height * 10}
		}
		known := at(1, 3)
		known.Duplicate = true
		return []chain.Outcome{
			at(5, 50), at(5, 51), known, at(5, 52), at(5, 53), {Status: chain.Rejected, Refusal: whole(reason.UnknownAccount, "")}, at(5, 55), at(6, 56), at(6, 57),
		}[:len(envelopes)], nil
	}
	raised := uint64(0)
	c := serve(t, n, func(o *Options) { o.Raise = func(height uint64) { raised = max(raised, height) } })
	answers, err := streamed(t, c, &apiv1.SubmitStreamRequest{}, &apiv1.SubmitStreamRequest{Envelopes: make([][]byte, 9)})
	if err != nil || len(answers) != 1 {
		t.Fatalf("%v, %v", answers, err)
	}
	want := []*apiv1.AcceptedRun{
		{First: 0, Count: 2, Height: 5, Leaf: 50, Time: 50}, {First: 3, Count: 2, Height: 5, Leaf: 52, Time: 50}, {First: 6, Count: 1, Height: 5, Leaf: 55, Time: 50},
		{First: 7, Count: 2, Height: 6, Leaf: 56, Time: 60},
	}
	same := func(a, b *apiv1.AcceptedRun) bool { return proto.Equal(a, b) }
	if !slices.EqualFunc(answers[0].Runs, want, same) {
		t.Errorf("runs %v", answers[0].Runs)
	}
	o := answers[0].Outcomes
	if len(o) != 2 || o[0].Number != 2 || !o[0].Outcome.Duplicate || o[0].Outcome.GetAccepted().GetLeaf() != 3 || o[1].Number != 5 || o[1].Outcome.GetRefused().GetRefusal().GetReason() != "unknown_account" {
		t.Errorf("outcomes %v", o)
	}
	if answers[0].AsOf == nil || raised != 6 {
		t.Errorf("as of %v, raised to %d", answers[0].AsOf, raised)
	}

	n.receipts = func(outcomes []chain.Outcome) ([][]byte, error) {
		return slices.Repeat([][]byte{{7}}, len(outcomes)), nil
	}
	answers, err = streamed(t, c, &apiv1.SubmitStreamRequest{Envelopes: make([][]byte, 2), Wait: apiv1.Wait_WAIT_CERTIFIED, Receipts: true}, &apiv1.SubmitStreamRequest{Envelopes: make([][]byte, 1)})
	if err != nil || len(answers) != 2 || len(answers[0].Runs) != 0 || len(answers[0].Outcomes) != 2 || answers[0].Outcomes[1].Number != 1 || len(answers[0].Outcomes[1].Outcome.Receipt) != 1 {
		t.Errorf("with receipts: %v, %v", answers, err)
	}
	if len(answers) == 2 && answers[1].Outcomes[0].Number != 2 {
		t.Errorf("the second message: %v", answers[1])
	}
}

// A stream that asks for what there is not, or sends too much at once, is told why; what came before keeps its acknowledgements.
func TestStreamRefused(t *testing.T) {
	n := newAlone(t, chaintest.New())
	n.submit = func(_ context.Context, envelopes [][]byte) ([]chain.Outcome, error) {
		return slices.Repeat([]chain.Outcome{{Status: chain.Accepted}}, len(envelopes)), nil
	}
	good := &apiv1.SubmitStreamRequest{Envelopes: [][]byte{{1}}}
	for name, c := range map[string]struct {
		messages []*apiv1.SubmitStreamRequest
		reason   string
		answers  int
	}{
		"to be admitted":     {[]*apiv1.SubmitStreamRequest{{Wait: apiv1.Wait_WAIT_ADMITTED}}, "invalid_request", 0},
		"no level":           {[]*apiv1.SubmitStreamRequest{{Wait: 9}}, "invalid_request", 0},
		"receipts of what":   {[]*apiv1.SubmitStreamRequest{{Receipts: true}}, "invalid_request", 0},
		"nothing":            {[]*apiv1.SubmitStreamRequest{good, {}}, "invalid_request", 1},
		"too many at first":  {[]*apiv1.SubmitStreamRequest{{Envelopes: make([][]byte, 1025)}}, "too_many_records", 0},
		"too many":           {[]*apiv1.SubmitStreamRequest{good, {Envelopes: make([][]byte, 1025)}}, "too_many_records", 1},
		"too large":          {[]*apiv1.SubmitStreamRequest{good, {Envelopes: [][]byte{make([]byte, 512<<10), {1}}}}, "message_too_large", 1},
		"as large as may be": {[]*apiv1.SubmitStreamRequest{{Envelopes: [][]byte{make([]byte, 512<<10)}}}, "", 1},
		"as many as may be":  {[]*apiv1.SubmitStreamRequest{{Envelopes: make([][]byte, 1024)}}, "", 1},
		"an end at once":     {nil, "", 0},
	} {
		answers, err := streamed(t, serve(t, n, nil), c.messages...)
		if len(answers) != c.answers || (err == nil) != (c.reason == "") || err != nil && reasonOf(t, err) != c.reason {
			t.Errorf("%s: %d answers, %v", name, len(answers), err)
		}
	}
}

// Whatever is told at once, no answer is larger than it may be, and everything is told: receipts of all lengths, refusals with all they say, runs of one record each.
func TestAcknowledgementsAreBounded(t *testing.T) {
	n := newAlone(t, chaintest.New())
	var outcomes []chain.Outcome
	n.submit = func(context.Context, [][]byte) ([]chain.Outcome, error) { return outcomes, nil }
	c := serve(t, n, nil)
	const most, records = 1 << 20, 4096
	for name, made := range map[string]struct {
		outcome func(i int) chain.Outcome
		receipt func(i int) []byte
		atLeast int // bytes of all together
	}{
		"receipts": {
			func(i int) chain.Outcome {
				return chain.Outcome{Record: ledger.RecordID{1}, Status: chain.Accepted, Leaf: uint64(i), Height: 7, Time: 1 << 40}
			}, func(i int) []byte { return make([]byte, 1100+i) }, 12 << 20,
		},
		"refusals": {
			func(i int) chain.Outcome {
				return chain.Outcome{Record: ledger.RecordID{2}, Status: chain.Refused, Leaf: 3, Height: 7, Refusal: whole(reason.MessageTooLarge, "envelopes", reason.Count("have", uint64(i)), reason.Count("want", 5))}
			}, nil, 3 << 19,
		},
		"runs of one": {
			func(i int) chain.Outcome {
				return chain.Outcome{Status: chain.Accepted, Leaf: 1<<63 + 2*uint64(i), Height: 1 << 63, Time: 1 << 63}
			}, nil, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			outcomes = nil
			for i := range records {
				outcomes = append(outcomes, made.outcome(i))
			}
			first := &apiv1.SubmitStreamRequest{Envelopes: make([][]byte, 1)}
			if n.receipts = nil; made.receipt != nil {
				first.Wait, first.Receipts = apiv1.Wait_WAIT_CERTIFIED, true
				n.receipts = func(of []chain.Outcome) (all [][]byte, err error) {
					for i := range of {
						all = append(all, made.receipt(i))
					}
					return all, nil
				}
			}
			answers, err := streamed(t, c, first)
			if err != nil {
				t.Fatal(err)
			}
			next, total := uint64(0), 0
			for _, a := range answers {
				size := proto.Size(a)
				if total += size; size > most {
					t.Errorf("an answer of %d bytes", size)
				}
				for _, o := range a.Outcomes {
					if o.Number != next || made.receipt != nil && len(o.Outcome.Receipt) != len(made.receipt(int(next))) {
						t.Fatalf("record %d is told of where %d is due, with a receipt of %d bytes", o.Number, next, len(o.Outcome.Receipt))
					}
					next++
				}
				for _, r := range a.Runs {
					if r.First != next || r.Count != 1 {
						t.Fatalf("%v where %d is due", r, next)
					}
					next++
				}
			}
			t.Logf("%d answers of %d bytes", len(answers), total)
			if next != records || total < made.atLeast || len(answers) < total/most || len(answers) > total/most+2 {
				t.Errorf("%d records told of by %d answers of %d bytes", next, len(answers), total)
			}
		})
	}
}

// Who sends records one by one to a node that has too much to do sees it in the status, with the time after which to try again; among several, one by one.
func TestOverloadIsAStatus(t *testing.T) {
	n := newAlone(t, chaintest.New())
	busy := chain.Outcome{Status: chain.Rejected, Refusal: whole(reason.Overloaded, "", reason.Span("wait", 1000))}
	n.submit = func(_ context.Context, envelopes [][]byte) ([]chain.Outcome, error) {
		return []chain.Outcome{busy, busy, {Status: chain.Accepted}}[:len(envelopes)], nil
	}
	c := serve(t, n, nil)
	for records := 1; records <= 2; records++ {
		_, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: make([][]byte, records)})
		if status.Code(err) != codes.ResourceExhausted || reasonOf(t, err) != "overloaded" {
			t.Errorf("%d records: %v", records, err)
		}
		retry := func(d any) bool {
			info, ok := d.(*errdetails.RetryInfo)
			return ok && info.GetRetryDelay().AsDuration() > 0
		}
		if s, _ := status.FromError(err); !slices.ContainsFunc(s.Details(), retry) {
			t.Errorf("no time to try again: %v", s.Details())
		}
	}
	a, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: make([][]byte, 3)})
	if err != nil || a.GetOutcomes()[0].GetRefused().GetRefusal().GetReason() != "overloaded" || a.GetOutcomes()[2].GetAccepted() == nil {
		t.Errorf("some of them: %v, %v", a, err)
	}
}
