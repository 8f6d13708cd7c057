package api

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// shelf holds one blob and one order, and takes everything, or fails.
type shelf struct{ err error }

var shelved = ledger.Hash{1, 2}

func (s shelf) Put(context.Context, []byte, []byte) (ledger.Hash, bool, error) {
	return shelved, true, s.err
}

func (s shelf) Get(ledger.Hash) ([]byte, *blob.Blob, error) { return []byte("container"), nil, s.err }

func (s shelf) Erase(context.Context, []byte) (*blob.SignedErasure, error) {
	return &blob.SignedErasure{Erasure: blob.Erasure{Blob: shelved}}, s.err
}

func (s shelf) Erasure(id ledger.Hash) (*blob.SignedErasure, []*blob.SignedReport, bool) {
	return new(blob.SignedErasure), []*blob.SignedReport{{Report: blob.Report{Agency: 1}}}, id == shelved
}

// TestBlobs: what is wrong is said with a reason, and who has not reported is known from the policy.
func TestBlobs(t *testing.T) {
	n, _ := told(t)
	refused := errors.New("full")
	s := shelf{}
	c := apigrpc.NewBlobServiceClient(serve(t, n, func(o *Options) {
		o.Blobs = &s
		o.Explain = func(err error) *rules.Refusal {
			if errors.Is(err, refused) {
				return whole(reason.BlobNoRoom, "container", reason.Fault{Kind: "quota", Vietnamese: "đầy", English: "full"}.Args()...)
			}
			return nil
		}
	}).conn)
	id := shelved.String()
	got, err := c.GetErasure(t.Context(), &apiv1.GetErasureRequest{Blob: id})
	if err != nil || len(got.Erasure.Reports) != 1 || len(got.Erasure.Missing) != len(n.ledger.Policy().Validators)-1 || got.Erasure.Missing[0] == 1 {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "12", strings.Repeat("x", 64), id + "00"} {
		if _, err := c.GetBlob(t.Context(), &apiv1.GetBlobRequest{Blob: bad}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("id %q: %v", bad, err)
		}
	}
	if _, err := c.GetErasure(t.Context(), &apiv1.GetErasureRequest{Blob: strings.Repeat("00", 32)}); status.Code(err) != codes.NotFound {
		t.Errorf("no such order: %v", err)
	}
	s.err = refused
	if _, err := c.PutBlob(t.Context(), &apiv1.PutBlobRequest{}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("no room: %v", err)
	}
}
