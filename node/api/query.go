package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// dated is a request that asks about a day.
type dated interface {
	GetMinHeight() uint64
	GetDate() uint32
}

// undated is a request about the ledger whatever the day.
type undated interface{ GetMinHeight() uint64 }

// ask answers a question from one height.
func ask[Q undated, A proto.Message](ctx context.Context, s *Server, q Q, read func(*query.Snapshot, Q) (A, error)) (a A, err error) {
	if err := s.wait(ctx, q.GetMinHeight()); err != nil {
		return a, err
	}
	if h := q.GetMinHeight(); h > 0 && s.o.Reach != nil {
		s.o.Reach(ctx, h)
	}
	err = s.o.Catalog.Read(ctx, func(snapshot *query.Snapshot) (err error) {
		if a, err = read(snapshot, q); err == nil {
			s.stamp(a, snapshot.Head())
		}
		return err
	})
	if err != nil {
		var none A
		return none, s.failure(err)
	}
	return a, nil
}

// askOn is ask about a day: the one asked for, or today.
func askOn[Q dated, A proto.Message](ctx context.Context, s *Server, q Q, read func(*query.Snapshot, Q, ledger.Date) (A, error)) (A, error) {
	return ask(ctx, s, q, func(snapshot *query.Snapshot, q Q) (A, error) {
		on := ledger.Date(q.GetDate())
		if on == 0 {
			on = s.today(snapshot.Head())
		}
		if !on.Valid() {
			var none A
			return none, &query.RequestError{Field: "date", Fault: noDay(on)}
		}
		return read(snapshot, q, on)
	})
}

func noDay(d ledger.Date) reason.Fault {
	return reason.Fault{
		Kind: "not_a_day", Vietnamese: fmt.Sprintf("%d không phải là một ngày, có dạng 20261127", d), English: fmt.Sprintf("%d is no day, such as 20261127", d),
	}
}

// TraceProduct implements QueryService.
func (s *Server) TraceProduct(ctx context.Context, q *apiv1.TraceProductRequest) (*apiv1.TraceProductResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).TraceProduct)
}

// TraceLot implements QueryService.
func (s *Server) TraceLot(ctx context.Context, q *apiv1.TraceLotRequest) (*apiv1.TraceLotResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).TraceLot)
}

// TraceCertificate implements QueryService.
func (s *Server) TraceCertificate(ctx context.Context, q *apiv1.TraceCertificateRequest) (*apiv1.TraceCertificateResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).TraceCertificate)
}

// ListProducts implements QueryService.
func (s *Server) ListProducts(ctx context.Context, q *apiv1.ListProductsRequest) (*apiv1.ListProductsResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).ListProducts)
}

// ListProducers implements QueryService.
func (s *Server) ListProducers(ctx context.Context, q *apiv1.ListProducersRequest) (*apiv1.ListProducersResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).ListProducers)
}

// ListCertificates implements QueryService.
func (s *Server) ListCertificates(ctx context.Context, q *apiv1.ListCertificatesRequest) (*apiv1.ListCertificatesResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).ListCertificates)
}

// ListExpiring implements QueryService.
func (s *Server) ListExpiring(ctx context.Context, q *apiv1.ListExpiringRequest) (*apiv1.ListExpiringResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).ListExpiring)
}

// Search implements QueryService.
func (s *Server) Search(ctx context.Context, q *apiv1.SearchRequest) (*apiv1.SearchResponse, error) {
	return askOn(ctx, s, q, (*query.Snapshot).Search)
}

// ListLots implements QueryService.
func (s *Server) ListLots(ctx context.Context, q *apiv1.ListLotsRequest) (*apiv1.ListLotsResponse, error) {
	return ask(ctx, s, q, (*query.Snapshot).ListLots)
}

// NextNumbers implements QueryService.
func (s *Server) NextNumbers(ctx context.Context, q *apiv1.NextNumbersRequest) (*apiv1.NextNumbersResponse, error) {
	return ask(ctx, s, q, (*query.Snapshot).NextNumbers)
}

// ListFacets implements QueryService.
func (s *Server) ListFacets(ctx context.Context, q *apiv1.ListFacetsRequest) (*apiv1.ListFacetsResponse, error) {
	return ask(ctx, s, q, func(snapshot *query.Snapshot, _ *apiv1.ListFacetsRequest) (*apiv1.ListFacetsResponse, error) {
		return snapshot.ListFacets()
	})
}
