package peer_test

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/node/peer"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

// TestCosignatureOfEarlierVersions: they make a call for each, and wait for its answer.
func TestCosignatureOfEarlierVersions(t *testing.T) {
	l := &leader{}
	v := dial(t, l, true)
	conn, err := grpc.NewClient("passthrough:///peer", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return v.wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q := &peerv1.CosignRequest{Cosignatures: []*peerv1.Cosignature{{Size: 1, Root: make([]byte, 32), Time: 1, Signature: make([]byte, 64)}}}
	if err := conn.Invoke(t.Context(), peergrpc.PeerService_Cosign_FullMethodName, q, new(peerv1.CosignResponse)); err != nil || len(l.cosigned) != 1 {
		t.Errorf("%d cosignatures, %v", len(l.cosigned), err)
	}
}

// older is the service of an earlier version: cosignatures come one call each, or there is no call for them at all.
func older(cosign bool) *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{ServiceName: peergrpc.PeerService_ServiceDesc.ServiceName, HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Status", Handler: func(_ any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			q := new(peerv1.StatusRequest)
			if err := read(q); err != nil {
				return nil, err
			}
			own := cosignature(uint64(q.Epoch))
			return &peerv1.StatusResponse{Cosigned: &peerv1.Cosignature{Size: own.Size, Root: own.Root[:], Signature: own.Cosignature.Signature[:]}}, nil
		},
	}}}
	if cosign {
		d.Methods = append(d.Methods, grpc.MethodDesc{MethodName: "Cosign", Handler: func(_ any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return new(peerv1.CosignResponse), read(new(peerv1.CosignRequest))
		}})
	}
	return d
}

// TestCosigningWithEarlierVersions: a validator that knows no call that stays open takes nothing of it, as it waits for the end. Whoever sends is not held up by that, however much
// he sends, and hears the validator's own cosignature when he asks where it stands.
func TestCosigningWithEarlierVersions(t *testing.T) {
	for name, v := range map[string]struct {
		cosign bool
		ends   codes.Code
	}{"a call for each": {true, codes.Internal}, "no call at all": {false, codes.Unimplemented}} {
		t.Run(name, func(t *testing.T) {
			c := dialService(t, older(v.cosign))
			w := c.Cosigning()
			defer w.Close()
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			full := make([]peer.Cosignature, peer.MaxCosign)
			for i := range full {
				full[i] = cosignature(uint64(i))
			}
			for k := range uint32(100) { // more than may be on its way to who reads nothing
				if err := w.Send(ctx, full); err != nil && status.Code(err) != v.ends {
					t.Fatalf("message %d: %v", k, err)
				}
				if at, err := c.Standing(ctx, peer.Question{Epoch: k}); err != nil || at.Cosigned == nil || at.Cosigned.Size != uint64(k) {
					t.Fatalf("asked behind message %d: %+v, %v", k, at, err)
				}
			}
			if err := w.End(ctx); err != nil && status.Code(err) != v.ends {
				t.Error(err)
			}
			if ctx.Err() != nil {
				t.Error("held up until", deadline)
			}
		})
	}
}
