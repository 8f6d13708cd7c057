package api

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// TestPromisesInAnswers: who does not wait gets promises, and so does who has waited for nothing.
func TestPromisesInAnswers(t *testing.T) {
	n := newAlone(t, chaintest.New())
	n.submit = func(context.Context, [][]byte) ([]chain.Outcome, error) {
		return []chain.Outcome{
			{Status: chain.Accepted, Leaf: 6}, {Status: chain.Rejected, Refusal: whole(reason.UnknownOutcome, "")},
			{Status: chain.Rejected, Refusal: whole(reason.NoLeader, "")}, {Status: chain.Rejected, Refusal: whole(reason.UnknownOutcome, "")},
		}, nil
	}
	n.promised = func(i int) bool { return i%2 == 1 }
	for name, c := range map[string]struct {
		wait  apiv1.Wait
		sizes []int // of promises; -1: none
	}{
		"at once":               {apiv1.Wait_WAIT_ADMITTED, []int{-1, 1, -1, 3}},
		"after waiting, unsaid": {apiv1.Wait_WAIT_UNSPECIFIED, []int{-1, -1, -1, 1}}, // the second of two that are not known
		"after waiting":         {apiv1.Wait_WAIT_COMMITTED, []int{-1, -1, -1, 1}},
	} {
		a, err := serve(t, n, nil).Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: make([][]byte, 4), Wait: c.wait})
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range a.Outcomes {
			size := -1
			if o.Promise != nil {
				s, err := ledger.ParseSignedPromise(o.Promise)
				if err != nil {
					t.Fatal(err)
				}
				size = int(s.Promise.Size)
				if o.GetRefused().GetRefusal().GetReason() != "unknown_outcome" || o.GetRefused().GetRefusal().GetFinal() {
					t.Errorf("%s: promised and %v", name, o)
				}
			}
			if size != c.sizes[i] {
				t.Errorf("%s: promise %d of record %d, want %d", name, size, i, c.sizes[i])
			}
		}
	}
	if _, err := serve(t, n, nil).Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: make([][]byte, 1), Wait: 4}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a level of waiting that there is not: %v", err)
	}
}

func TestCheckPromise(t *testing.T) {
	n, _ := told(t)
	c := apigrpc.NewProofServiceClient(serve(t, n, nil).conn)
	promise := (&ledger.SignedPromise{Promise: ledger.Promise{Size: 3}}).Append(nil)
	for name, test := range map[string]struct {
		promise  []byte
		kept     *chain.Outcome
		evidence string
		err      error
		code     codes.Code
	}{
		"kept":          {promise, &chain.Outcome{Status: chain.Accepted, Leaf: 4}, "", nil, codes.OK},
		"broken":        {promise, nil, "evidence", nil, codes.OK},
		"pending":       {promise, nil, "", nil, codes.OK},
		"no promise":    {promise[1:], nil, "", nil, codes.InvalidArgument},
		"too much":      {promise, nil, "", prove.ErrTooLarge, codes.InvalidArgument},
		"a fault of it": {promise, nil, "", errors.New("disk"), codes.Internal},
	} {
		n.check = func(s *ledger.SignedPromise) (*chain.Outcome, []byte, ledger.Head, error) {
			if s.Promise.Size != 3 {
				t.Errorf("%s: %+v", name, s)
			}
			return test.kept, []byte(test.evidence), n.ledger.Head(), test.err
		}
		a, err := c.CheckPromise(t.Context(), &apiv1.CheckPromiseRequest{Promise: test.promise})
		if status.Code(err) != test.code || string(a.GetEvidence()) != test.evidence || (a.GetKept() != nil) != (test.kept != nil) {
			t.Errorf("%s: %v, %v", name, a, err)
		}
		if err == nil && a.AsOf.GetHeight() != n.ledger.Head().Height {
			t.Errorf("%s: as of %v", name, a.AsOf)
		}
	}
}
