package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// node is a server that answers as told: it shows what the client makes of answers a healthy node seldom gives.
type node struct {
	apigrpc.UnimplementedSubmitServiceServer
	apigrpc.UnimplementedLedgerServiceServer
	apigrpc.UnimplementedQueryServiceServer

	mu     sync.Mutex
	submit func(attempt int, envelopes [][]byte) (*apiv1.SubmitResponse, error)
	asked  int
	told   int // calls to Submit that came with a deadline
	untrue int // calls to Submit that carried something else than they said

	leaves [][]byte
	breaks int // the stream fails after so many leaves
}

func (n *node) Submit(ctx context.Context, r *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	if _, ok := ctx.Deadline(); ok {
		n.told++
	}
	total := 0
	for _, e := range r.GetEnvelopes() {
		total += len(e)
	}
	md, _ := metadata.FromIncomingContext(ctx)
	if records, bytes := carries.Told(md); len(r.GetEnvelopes()) > 1 && (records != int64(len(r.GetEnvelopes())) || bytes != int64(total)) || len(r.GetEnvelopes()) == 1 && records != 1 {
		n.untrue++
	}
	return n.submit(n.asked, r.GetEnvelopes())
}

func (n *node) StreamLeaves(r *apiv1.StreamLeavesRequest, s grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
	for i := r.GetFrom(); i < uint64(len(n.leaves)); i++ {
		if n.breaks > 0 && i == uint64(n.breaks) {
			return status.Error(codes.DataLoss, "broken")
		}
		if err := s.Send(&apiv1.StreamLeavesResponse{First: i, Leaves: n.leaves[i : i+1], Size: uint64(len(n.leaves))}); err != nil {
			return err
		}
	}
	return nil
}

func dial(t *testing.T, n *node) *Client {
	t.Helper()
	return serveOn(t, func(server *grpc.Server) {
		apigrpc.RegisterSubmitServiceServer(server, n)
		apigrpc.RegisterLedgerServiceServer(server, n)
		apigrpc.RegisterQueryServiceServer(server, n)
	})
}

func serveOn(t *testing.T, register func(*grpc.Server)) *Client {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(4 << 20))
	register(server)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c, err := New("node", Options{Dial: grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) })})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func accepted(envelope []byte) *apiv1.Outcome {
	return &apiv1.Outcome{Record: string(envelope), Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: 1}}}
}

func refused(reason string) *apiv1.Outcome {
	return &apiv1.Outcome{Result: &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: &apiv1.Refusal{Reason: reason}}}}
}

func numbered(n, size int) (envelopes [][]byte) {
	for i := range n {
		e := make([]byte, size)
		copy(e, fmt.Sprintf("%08d", i))
		envelopes = append(envelopes, e)
	}
	return envelopes
}

// TestSubmitTriesAgain: overload, lost answers and outcomes not known yet; each record ends with one outcome, in order.
func TestSubmitTriesAgain(t *testing.T) {
	n := &node{submit: func(attempt int, envelopes [][]byte) (*apiv1.SubmitResponse, error) {
		switch attempt {
		case 1:
			return nil, status.Error(codes.Unavailable, "starting")
		case 2:
			return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{accepted(envelopes[0]), refused("unknown_outcome"), refused("overloaded")}}, nil
		case 3:
			if len(envelopes) != 2 {
				return nil, status.Errorf(codes.Internal, "%d records sent again", len(envelopes))
			}
			return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{refused("more_than_holding"), refused("no_leader")}}, nil
		}
		return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{accepted(envelopes[0])}}, nil
	}}
	c := dial(t, n)
	var done []int
	outcomes, err := c.Submit(t.Context(), numbered(3, 16), func(n int) { done = append(done, n) })
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].GetAccepted() == nil || outcomes[1].GetRefused().GetRefusal().GetReason() != "more_than_holding" || outcomes[2].GetAccepted() == nil {
		t.Errorf("%v", outcomes)
	}
	if !slices.Equal(done, []int{0, 1, 2, 3}) {
		t.Errorf("progress %v", done)
	}
}

// TestSubmitSplits: requests stay within the bounds of the API, and order is kept across them.
func TestSubmitSplits(t *testing.T) {
	for _, c := range []struct{ records, size, requests int }{{2500, 16, 3}, {100, 60_000, 2}, {1, 65_535, 1}} {
		n := &node{submit: func(_ int, envelopes [][]byte) (*apiv1.SubmitResponse, error) {
			r := new(apiv1.SubmitResponse)
			total := 0
			for _, e := range envelopes {
				total += len(e)
				r.Outcomes = append(r.Outcomes, accepted(e[:8]))
			}
			if len(envelopes) > 1024 || total > 3<<20 {
				return nil, status.Errorf(codes.InvalidArgument, "%d records, %d bytes", len(envelopes), total)
			}
			return r, nil
		}}
		outcomes, err := dial(t, n).Submit(t.Context(), numbered(c.records, c.size), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.GetRecord() != fmt.Sprintf("%08d", i) {
				t.Fatalf("outcome %d is of record %s", i, o.GetRecord())
			}
		}
		if n.asked != c.requests || n.untrue > 0 {
			t.Errorf("%d records of %d bytes took %d requests, want %d; %d did not say what they carry", c.records, c.size, n.asked, c.requests, n.untrue)
		}
	}
}

// TestSubmitEnds: with the context, with what is known so far; and at once when trying again is useless.
func TestSubmitEnds(t *testing.T) {
	n := &node{submit: func(_ int, envelopes [][]byte) (*apiv1.SubmitResponse, error) {
		r := &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{refused("unknown_outcome")}}
		if len(envelopes) == 2 {
			r.Outcomes = []*apiv1.Outcome{accepted(envelopes[0]), refused("unknown_outcome")}
		}
		return r, nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	outcomes, err := dial(t, n).Submit(ctx, numbered(2, 16), nil)
	n.mu.Lock()
	if n.asked == 0 || n.told > 0 {
		t.Errorf("the node was told the deadline of %d of %d calls", n.told, n.asked)
	}
	n.mu.Unlock()
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.Unreachable() || e.Vietnamese == "" {
		t.Errorf("%v", err)
	}
	if outcomes[0] == nil || outcomes[1] != nil {
		t.Errorf("%v", outcomes)
	}
	n.submit = func(int, [][]byte) (*apiv1.SubmitResponse, error) {
		return nil, status.Error(codes.InvalidArgument, "no")
	}
	n.asked = 0
	if _, err := dial(t, n).Submit(t.Context(), numbered(1, 16), nil); err == nil || n.asked != 1 {
		t.Errorf("%v after %d attempts", err, n.asked)
	}
	n.submit = func(int, [][]byte) (*apiv1.SubmitResponse, error) { return &apiv1.SubmitResponse{}, nil }
	if _, err := dial(t, n).Submit(t.Context(), numbered(1, 16), nil); err == nil {
		t.Error("an answer without outcomes is taken")
	}
}

func TestErrorsSayReasonFieldAndRuleInBothLanguages(t *testing.T) {
	n := &node{submit: func(int, [][]byte) (*apiv1.SubmitResponse, error) {
		s, err := status.New(codes.InvalidArgument, "x").WithDetails(
			&errdetails.ErrorInfo{Reason: "elsewhere", Domain: "other"},
			&errdetails.ErrorInfo{Reason: "total_not_sum", Domain: "ocop", Metadata: map[string]string{"field": "certify.scores.total", "rule": "148/QĐ-TTg", "action": "3"}},
			&errdetails.LocalizedMessage{Locale: "vi", Message: "Tổng điểm sai."}, &errdetails.LocalizedMessage{Locale: "en", Message: "The total is wrong."})
		if err != nil {
			return nil, err
		}
		return nil, s.Err()
	}}
	_, err := dial(t, n).Submit(t.Context(), numbered(1, 16), nil)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	if e.Reason != "total_not_sum" || e.Field != "certify.scores.total" || e.Rule != "148/QĐ-TTg" || e.Action != 3 || e.Vietnamese != "Tổng điểm sai." || e.English != "The total is wrong." {
		t.Errorf("%+v", e)
	}
	if status.Code(errors.Unwrap(err)) != codes.InvalidArgument {
		t.Errorf("%v has lost its status", err)
	}
}

func TestRefusal(t *testing.T) {
	e := NewRefusal(&apiv1.Refusal{Reason: "r", Final: true, Sentence: &apiv1.Text{Vietnamese: "v", English: "e"}, Field: "f", Rule: "l", Action: proto.Uint32(0)})
	if e.Action != 0 || !e.Final || e.Error() != "r: e (f)" {
		t.Errorf("%+v", e)
	}
	if e := NewRefusal(&apiv1.Refusal{}); e.Action != -1 {
		t.Errorf("%+v", e)
	}
}

func TestLeaves(t *testing.T) {
	n := &node{leaves: numbered(5, 8)}
	c := dial(t, n)
	next := uint64(2)
	for run, err := range c.Leaves(t.Context(), next) {
		if err != nil || run.First != next || run.Size != 5 {
			t.Fatalf("%+v, %v", run, err)
		}
		next += uint64(len(run.Leaves))
	}
	if next != 5 {
		t.Errorf("the stream ended at %d", next)
	}
	n.breaks = 3
	var last error
	for _, err := range c.Leaves(t.Context(), 0) {
		last = err
	}
	if e, ok := errors.AsType[*Error](last); !ok || e.Code != codes.DataLoss {
		t.Errorf("%v", last)
	}
	for range c.Leaves(t.Context(), 0) {
		break // leaving early must not hang
	}
}

func TestPages(t *testing.T) {
	all := []int{1, 2, 3, 4, 5}
	var got []int
	for item, err := range Pages(func(p *apiv1.Page) ([]int, string, error) {
		from := len(p.GetToken())
		to := min(from+2, len(all))
		if to == len(all) {
			return all[from:], "", nil
		}
		return all[from:to], "12345"[:to], nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, item)
	}
	if !slices.Equal(got, all) {
		t.Errorf("%v", got)
	}
}

func TestUnreachableNode(t *testing.T) {
	c, err := New("127.0.0.1:1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = c.Ledger.GetHead(t.Context(), &apiv1.GetHeadRequest{})
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unreachable() || e.Vietnamese == "" {
		t.Errorf("%v", err)
	}
}

// TestWaits: a record is done when it has come as far as was wanted, and not before.
func TestWaits(t *testing.T) {
	promised := func() *apiv1.Outcome {
		o := refused("unknown_outcome")
		o.Promise = []byte("promise")
		return o
	}
	certified := func() *apiv1.Outcome {
		o := accepted([]byte("id"))
		o.Receipt = []byte("receipt")
		return o
	}
	recorded := refused("account_taken")
	recorded.GetRefused().Height = 4
	for name, c := range map[string]struct {
		want    apiv1.Wait
		answers []*apiv1.Outcome
		asked   int
	}{
		"admitted: a promise":                    {apiv1.Wait_WAIT_ADMITTED, []*apiv1.Outcome{promised()}, 1},
		"admitted: an outcome":                   {apiv1.Wait_WAIT_ADMITTED, []*apiv1.Outcome{accepted([]byte("id"))}, 1},
		"admitted: neither":                      {apiv1.Wait_WAIT_ADMITTED, []*apiv1.Outcome{refused("no_leader"), promised()}, 2},
		"committed: a promise":                   {apiv1.Wait_WAIT_COMMITTED, []*apiv1.Outcome{promised(), accepted([]byte("id"))}, 2},
		"certified: no receipt":                  {apiv1.Wait_WAIT_CERTIFIED, []*apiv1.Outcome{accepted([]byte("id")), certified()}, 2},
		"certified: a refusal without a receipt": {apiv1.Wait_WAIT_CERTIFIED, []*apiv1.Outcome{recorded, certified()}, 2},
		"certified: refused at the door":         {apiv1.Wait_WAIT_CERTIFIED, []*apiv1.Outcome{refused("unknown_account")}, 1},
	} {
		n := &node{submit: func(attempt int, _ [][]byte) (*apiv1.SubmitResponse, error) {
			return &apiv1.SubmitResponse{Outcomes: c.answers[attempt-1 : attempt]}, nil
		}}
		outcomes, err := dial(t, n).SubmitAs(t.Context(), c.want, numbered(1, 16), nil)
		if err != nil || n.asked != c.asked || !proto.Equal(outcomes[0], c.answers[c.asked-1]) {
			t.Errorf("%s: %v, %v, asked %d times", name, outcomes, err, n.asked)
		}
	}
	// What is asked for again, as its receipt had no room in the answer, is told as at first.
	again, rejected := certified(), refused("account_taken")
	again.Duplicate = true
	rejected.GetRefused().Height, rejected.GetRefused().Refusal.Sentence = 4, &apiv1.Text{English: "account 7 is taken"}
	recorded.Receipt = []byte("receipt")
	n := &node{submit: func(attempt int, envelopes [][]byte) (*apiv1.SubmitResponse, error) {
		if attempt == 1 {
			return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{certified(), accepted([]byte("id")), rejected}}, nil
		}
		if len(envelopes) != 2 {
			t.Errorf("%d records are sent again", len(envelopes))
		}
		return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{again, recorded}}, nil
	}}
	outcomes, err := dial(t, n).SubmitAs(t.Context(), apiv1.Wait_WAIT_CERTIFIED, numbered(3, 16), nil)
	if err != nil || n.asked != 2 || !proto.Equal(outcomes[1], certified()) || outcomes[2].GetRefused().GetRefusal().GetSentence().GetEnglish() != "account 7 is taken" || len(outcomes[2].GetReceipt()) == 0 {
		t.Errorf("%v, %v, asked %d times", outcomes, err, n.asked)
	}
	// A promise is kept when time runs out.
	n = &node{submit: func(int, [][]byte) (*apiv1.SubmitResponse, error) {
		return &apiv1.SubmitResponse{Outcomes: []*apiv1.Outcome{promised()}}, nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if outcomes, err := dial(t, n).SubmitAs(ctx, apiv1.Wait_WAIT_COMMITTED, numbered(1, 16), nil); err == nil || string(outcomes[0].GetPromise()) != "promise" {
		t.Errorf("%v, %v", outcomes, err)
	}
	// To who asks for outcomes alone, a promise is none.
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if outcomes, err := dial(t, n).Submit(ctx, numbered(1, 16), nil); err == nil || outcomes[0] != nil {
		t.Errorf("%v, %v", outcomes, err)
	}
}
