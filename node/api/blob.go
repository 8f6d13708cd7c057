package api

import (
	"context"
	"encoding/hex"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Blobs is what the API needs of who keeps public blobs. What it refuses is for Options.Explain to say.
type Blobs interface {
	// Put takes a container, with an offer when the ledger does not name the blob, and tells whether it does.
	Put(ctx context.Context, container, offer []byte) (id ledger.Hash, named bool, err error)
	// Get gives a container that is for everybody.
	Get(id ledger.Hash) ([]byte, *blob.Blob, error)
	// Erase carries out a signed order, and gives the one that stands.
	Erase(ctx context.Context, order []byte) (*blob.SignedErasure, error)
	// Erasure is an order with what is known of its being carried out.
	Erasure(id ledger.Hash) (order *blob.SignedErasure, reports []*blob.SignedReport, ok bool)
}

// mayBlob turns a call away that is not to be answered.
func (s *Server) mayBlob(ctx context.Context) error {
	if s.o.Blobs == nil {
		return fail(whole(reason.NotServed, "", reason.Words("what", "dữ liệu công khai", "public blobs")))
	}
	return s.allowed(ctx)
}

func blobID(text string) (id ledger.Hash, err error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(id) {
		return id, invalid("blob", reason.Fault{Kind: "not_an_id", Vietnamese: "cần 64 chữ số thập lục phân", English: "want 64 hexadecimal digits"})
	}
	return ledger.Hash(data), nil
}

// PutBlob implements BlobService.
func (s *Server) PutBlob(ctx context.Context, q *apiv1.PutBlobRequest) (*apiv1.PutBlobResponse, error) {
	if err := s.mayBlob(ctx); err != nil {
		return nil, err
	}
	id, named, err := s.o.Blobs.Put(ctx, q.GetContainer(), q.GetOffer())
	if err != nil {
		return nil, s.failure(err)
	}
	return &apiv1.PutBlobResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Blob: id.String(), Named: named}, nil
}

// GetBlob implements BlobService.
func (s *Server) GetBlob(ctx context.Context, q *apiv1.GetBlobRequest) (*apiv1.GetBlobResponse, error) {
	if err := s.mayBlob(ctx); err != nil {
		return nil, err
	}
	id, err := blobID(q.GetBlob())
	if err != nil {
		return nil, err
	}
	container, _, err := s.o.Blobs.Get(id)
	if err != nil {
		return nil, s.failure(err)
	}
	return &apiv1.GetBlobResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Container: container}, nil
}

// EraseBlob implements BlobService.
func (s *Server) EraseBlob(ctx context.Context, q *apiv1.EraseBlobRequest) (*apiv1.EraseBlobResponse, error) {
	if err := s.mayBlob(ctx); err != nil {
		return nil, err
	}
	order, err := s.o.Blobs.Erase(ctx, q.GetOrder())
	if err != nil {
		return nil, s.failure(err)
	}
	return &apiv1.EraseBlobResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Erasure: s.erasure(order.Blob)}, nil
}

// GetErasure implements BlobService.
func (s *Server) GetErasure(ctx context.Context, q *apiv1.GetErasureRequest) (*apiv1.GetErasureResponse, error) {
	if err := s.mayBlob(ctx); err != nil {
		return nil, err
	}
	id, err := blobID(q.GetBlob())
	if err != nil {
		return nil, err
	}
	e := s.erasure(id)
	if e == nil {
		head := s.o.Node.Ledger().Head()
		return nil, notFound("lệnh xóa dữ liệu", "order to erase blob", id.String(), head.Height)
	}
	return &apiv1.GetErasureResponse{AsOf: s.asOf(s.o.Node.Ledger().Head()), Erasure: e}, nil
}

// erasure is an order with its reports, and whose are missing; nil: there is none.
func (s *Server) erasure(id ledger.Hash) *apiv1.Erasure {
	order, reports, ok := s.o.Blobs.Erasure(id)
	if !ok {
		return nil
	}
	e := &apiv1.Erasure{Blob: id.String(), Order: order.Append(nil)}
	reported := make(map[ledger.AccountID]bool)
	for _, r := range reports {
		e.Reports = append(e.Reports, r.Append(nil))
		reported[r.Agency] = true
	}
	for _, v := range s.o.Node.Ledger().Policy().Validators {
		if !reported[v.Agency] {
			e.Missing = append(e.Missing, uint64(v.Agency))
		}
	}
	return e
}
