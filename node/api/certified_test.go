package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestSubmitWaits(t *testing.T) {
	outcomes := []chain.Outcome{{Record: ledger.RecordID{1}, Status: chain.Accepted, Leaf: 5}, {Record: ledger.RecordID{2}, Status: chain.Accepted, Leaf: 6}}
	n := newAlone(t, chaintest.New())
	n.submit = func(context.Context, [][]byte) ([]chain.Outcome, error) { return outcomes, nil }
	asked := 0
	receipts := func(of []chain.Outcome) (receipts [][]byte, err error) {
		asked++
		for _, o := range of {
			receipts = append(receipts, fmt.Appendf(nil, "receipt %d", o.Leaf))
		}
		return receipts, nil
	}
	never := func([]chain.Outcome) ([][]byte, error) { return nil, context.DeadlineExceeded }
	broken := func([]chain.Outcome) ([][]byte, error) { return nil, errors.New("disk") }
	for _, c := range []struct {
		name    string
		wait    apiv1.Wait
		make    func([]chain.Outcome) ([][]byte, error)
		receipt string // of the second record
		code    codes.Code
		asked   int
	}{
		{"unspecified", apiv1.Wait_WAIT_UNSPECIFIED, receipts, "", codes.OK, 0},
		{"committed", apiv1.Wait_WAIT_COMMITTED, receipts, "", codes.OK, 0},
		{"certified", apiv1.Wait_WAIT_CERTIFIED, receipts, "receipt 6", codes.OK, 1},
		{"not in time", apiv1.Wait_WAIT_CERTIFIED, never, "", codes.OK, 0},
		{"the call's own time is over", apiv1.Wait_WAIT_CERTIFIED, nil, "", codes.OK, 0},
		{"a fault", apiv1.Wait_WAIT_CERTIFIED, broken, "", codes.Internal, 0},
		{"no such level", 9, receipts, "", codes.InvalidArgument, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, n.receipts = 0, c.make
			a, err := serve(t, n, nil).Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{{1}, {2}}, Wait: c.wait, WaitMs: 200})
			if status.Code(err) != c.code || asked != c.asked {
				t.Fatalf("%v, receipts asked for %d times", err, asked)
			}
			if want := c.wait == apiv1.Wait_WAIT_CERTIFIED; err == nil && n.certify != want {
				t.Errorf("the node is told that certification is waited for: %v", n.certify)
			}
			if err == nil && (len(a.Outcomes) != 2 || a.Outcomes[1].GetAccepted().GetLeaf() != 6 || string(a.Outcomes[1].GetReceipt()) != c.receipt) {
				t.Errorf("%+v", a.Outcomes)
			}
		})
	}
}

func TestHeadTellsWhatIsCertified(t *testing.T) {
	n := newAlone(t, chaintest.New())
	c := serve(t, n, nil)
	a, err := c.GetHead(t.Context(), &apiv1.GetHeadRequest{})
	if err != nil || a.GetCertified() != nil {
		t.Fatalf("%+v, %v", a.GetCertified(), err)
	}
	policy, head := n.ledger.Policy(), n.ledger.Head()
	signed := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: policy.Origin, Size: head.Size, Root: head.Root}}
	now := n.world.Now / 1000
	for i := range policy.Validators {
		v := &policy.Validators[i]
		signer, err := ident.NewCosigner(v.CosignerName, chaintest.NodeKey(v.Agency, ident.PurposeCosigner))
		if err != nil {
			t.Fatal(err)
		}
		made, err := signer.Cosign(signed.Tree.Text(), now-uint64(10*(i+1)))
		if err != nil {
			t.Fatal(err)
		}
		signed.Lines = append(signed.Lines, checkpoint.CosignatureLine(signer.VKey(), made))
	}
	n.certified = signed
	if a, err = c.GetHead(t.Context(), &apiv1.GetHeadRequest{}); err != nil {
		t.Fatal(err)
	}
	got := a.GetCertified()
	if got.GetHeight() != 7 || got.GetSize() != head.Size || !bytes.Equal(got.GetRoot(), head.Root[:]) || len(got.GetAgencies()) != len(policy.Validators) {
		t.Errorf("%+v", got)
	}
	if want := uint64(10 * policy.Quorum); got.GetAgeSeconds() != want || got.GetTime() != now-want {
		t.Errorf("age %d s, want %d: that of the quorum's newest", got.GetAgeSeconds(), want)
	}
	again, err := checkpoint.Parse(got.GetCheckpoint())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Certify(policy); err != nil {
		t.Error(err)
	}
}
