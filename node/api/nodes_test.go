package api

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// TestListNodes: the policy says who, the ledger where, and the node how it reads that.
func TestListNodes(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, func(o *Options) {
		o.URL = func(agency ledger.AccountID, address string) string {
			return "https://" + agency.String() + "." + address
		}
	})
	a, err := c.ListNodes(t.Context(), &apiv1.ListNodesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	policy := n.ledger.Policy()
	if a.GetEpoch() != policy.Number || len(a.GetNodes()) != len(policy.Validators) || a.GetAsOf().GetHeight() != n.ledger.Head().Height {
		t.Fatalf("%v, want the %d validators of epoch %d", a, len(policy.Validators), policy.Number)
	}
	selves := 0
	for i, node := range a.GetNodes() {
		agency := policy.Validators[i].Agency
		if node.GetAgency() != uint64(agency) || node.GetName() == "" || node.GetAddress() == "" || node.GetUrl() != "https://"+agency.String()+"."+node.GetAddress() {
			t.Errorf("node %d: %v", i, node)
		}
		if node.GetSelf() != (agency == chaintest.Province) {
			t.Errorf("agency %v: self %v", agency, node.GetSelf())
		}
		if node.GetSelf() {
			selves++
		}
	}
	if selves != 1 {
		t.Errorf("%d nodes are the one that answers", selves)
	}
	if a, err := serve(t, n, nil).ListNodes(t.Context(), &apiv1.ListNodesRequest{}); err != nil || a.GetNodes()[0].GetUrl() != "" || a.GetNodes()[0].GetAddress() == "" {
		t.Errorf("without URLs: %v, %v", a, err)
	}
	if _, err := serve(t, n, func(o *Options) { o.Allow = func(context.Context) (time.Duration, bool) { return time.Second, false } }).ListNodes(t.Context(), &apiv1.ListNodesRequest{}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("turned away: %v", err)
	}
}
