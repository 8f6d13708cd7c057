package node

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// BlobService is the node's blobs as clients are served with them.
func (n *Node) BlobService() *BlobService { return &BlobService{n} }

// BlobService takes blobs and orders. Validators find each other's by themselves; of a replica they know nothing, so that it hands on what it is brought, as
// any client would, and has it back from them.
type BlobService struct{ node *Node }

// Get is that of blobs.Blobs.
func (s *BlobService) Get(id ledger.Hash) ([]byte, *blob.Blob, error) { return s.node.blobs.Get(id) }

// Erasure is that of blobs.Blobs.
func (s *BlobService) Erasure(id ledger.Hash) (*blob.SignedErasure, []*blob.SignedReport, bool) {
	return s.node.blobs.Erasure(id)
}

// Put is that of blobs.Blobs, or what a validator says.
func (s *BlobService) Put(ctx context.Context, container, offer []byte) (id ledger.Hash, named bool, err error) {
	if !s.node.isReplica() {
		return s.node.blobs.Put(container, offer)
	}
	made, err := blob.Parse(container)
	if err != nil {
		return id, false, err
	}
	err = s.relay(ctx, func(c apigrpc.BlobServiceClient) error {
		a, err := c.PutBlob(ctx, &apiv1.PutBlobRequest{Container: container, Offer: offer})
		named = a.GetNamed()
		return err
	})
	return made.ID(), named, err
}

// Erase is that of blobs.Blobs, after a validator has taken the order.
func (s *BlobService) Erase(ctx context.Context, order []byte) (*blob.SignedErasure, error) {
	if s.node.isReplica() {
		if err := s.relay(ctx, func(c apigrpc.BlobServiceClient) error {
			_, err := c.EraseBlob(ctx, &apiv1.EraseBlobRequest{Order: order})
			return err
		}); err != nil {
			return nil, err
		}
	}
	return s.node.blobs.Erase(order)
}

// relay asks one validator after the other until one has an answer of its own, be it a refusal.
func (s *BlobService) relay(ctx context.Context, ask func(apigrpc.BlobServiceClient) error) error {
	doors := s.node.validatorDoors()
	err := errNobody
	for _, source := range s.node.following.list() {
		remote, ok := source.(interface {
			Conn() grpc.ClientConnInterface
		})
		if !ok || !slices.Contains(doors, source.Name()) {
			continue
		}
		err = ask(apigrpc.NewBlobServiceClient(remote.Conn()))
		if err == nil || ctx.Err() != nil || len(status.Convert(err).Details()) > 0 {
			return err
		}
	}
	return errors.Join(ErrUnavailable, err)
}
