package node

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/ocopledger/ocop/ledger/reason"
	follow "github.com/ocopledger/ocop/node/sync"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// doorOfTest takes every other record and refuses the rest, and notes what calls say of themselves before they are read.
type doorOfTest struct {
	apigrpc.UnimplementedSubmitServiceServer
	said  []string
	waits []apiv1.Wait
	short bool // an outcome is missing
}

func (d *doorOfTest) Submit(ctx context.Context, q *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	d.said = append(d.said, slices.Concat(md.Get(carries.Key), []string{"nothing"})[0])
	d.waits = append(d.waits, q.GetWait())
	a := new(apiv1.SubmitResponse)
	for i := range q.GetEnvelopes() {
		o := &apiv1.Outcome{Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: 2}}}
		if i%2 == 1 {
			o.Result = &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: &apiv1.Refusal{Code: uint32(reason.RecordExpired)}}}
		}
		a.Outcomes = append(a.Outcomes, o)
	}
	if d.short {
		a.Outcomes = a.Outcomes[1:]
	}
	return a, nil
}

// TestRecordsAreHandedOnAsByAnyClient: a node without a seat tells a public door beforehand how much it brings, and takes from it what leaves no trace.
func TestRecordsAreHandedOnAsByAnyClient(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := new(doorOfTest)
	server := grpc.NewServer()
	apigrpc.RegisterSubmitServiceServer(server, d)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	remote, err := follow.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	fates, err := handOn(t.Context(), remote.Conn(), [][]byte{make([]byte, 300), make([]byte, 41)}, false)
	if err != nil || len(fates) != 2 || !fates[0].Ordered || fates[1].Ordered || fates[1].Refusal.Reason != reason.RecordExpired {
		t.Errorf("%v, %+v", err, fates)
	}
	if _, err := handOn(t.Context(), remote.Conn(), [][]byte{make([]byte, 300)}, true); err != nil {
		t.Error(err)
	}
	if want := []string{"2 341", "nothing"}; !slices.Equal(d.said, want) {
		t.Errorf("the calls said %q, want %q", d.said, want)
	}
	if want := []apiv1.Wait{apiv1.Wait_WAIT_COMMITTED, apiv1.Wait_WAIT_CERTIFIED}; !slices.Equal(d.waits, want) {
		t.Errorf("what is waited for: %v, want %v", d.waits, want)
	}
	d.short = true
	if _, err := handOn(t.Context(), remote.Conn(), [][]byte{nil, nil}, false); !errors.Is(err, errOutcomes) {
		t.Errorf("an outcome is missing: %v", err)
	}
}
