package api

import (
	"context"
	"errors"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// CheckPromise implements ProofService.
func (s *Server) CheckPromise(ctx context.Context, q *apiv1.CheckPromiseRequest) (*apiv1.CheckPromiseResponse, error) {
	if err := s.allowed(ctx); err != nil {
		return nil, err
	}
	promise, err := ledger.ParseSignedPromise(q.GetPromise())
	if err != nil {
		return nil, invalid("promise", reason.Fault{
			Kind: "not_a_promise", Vietnamese: "không phải lời hứa tiếp nhận, dài 161 byte", English: "it is no acceptance promise, of 161 bytes",
		})
	}
	kept, broken, at, err := s.o.Node.CheckPromise(ctx, &promise)
	switch {
	case errors.Is(err, prove.ErrTooLarge):
		return nil, invalid("promise", reason.Fault{
			Kind: "too_large", Vietnamese: "tác giả đã ghi quá nhiều sau lời hứa; hãy kiểm toán sổ cái", English: "the author has written too much since the promise; audit the ledger instead",
		})
	case err != nil:
		return nil, s.failure(err)
	}
	a := &apiv1.CheckPromiseResponse{AsOf: s.asOf(at), Evidence: broken}
	if kept != nil {
		a.Kept = outcome(*kept)
	}
	return a, nil
}
