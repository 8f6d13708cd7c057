package command

import (
	"context"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// nextAccount asks the node for the next account number of the registering agency, unless one was given.
func (a *app) nextAccount(ctx context.Context, d *drafting, account *ledger.AccountID) error {
	if *account != 0 {
		return nil
	}
	if d.author == 0 || d.offline() {
		return fail(exitUsage, lang.Text{Vi: "thiếu --account (hoặc --author và một nút để hỏi số kế tiếp)", En: "--account missing (or --author and a node to ask for the next number)"})
	}
	next, err := a.nextNumbers(ctx, &apiv1.NextNumbersRequest{Agency: uint64(d.author)})
	if err == nil && next.GetAccount() == 0 {
		err = fail(exitRefused, lang.Text{Vi: "cơ quan %v đã dùng hết dải số", En: "agency %v has used up its range of numbers"}, d.author)
	}
	*account = ledger.AccountID(next.GetAccount())
	return err
}

// nextProduct asks the node for the next product number of a producer, unless a product was given.
func (a *app) nextProduct(ctx context.Context, d *drafting, producer ledger.AccountID, product *ledger.ProductID) error {
	if product.Number != 0 {
		return nil
	}
	if producer == 0 || d.offline() {
		return fail(exitUsage, lang.Text{Vi: "thiếu --product (hoặc --producer và một nút để hỏi số kế tiếp)", En: "--product missing (or --producer and a node to ask for the next number)"})
	}
	next, err := a.nextNumbers(ctx, &apiv1.NextNumbersRequest{Producer: uint64(producer)})
	if err != nil {
		return err
	}
	*product, err = ledger.ParseProductID(next.GetProduct())
	return err
}

func (a *app) nextNumbers(ctx context.Context, r *apiv1.NextNumbersRequest) (*apiv1.NextNumbersResponse, error) {
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	r.MinHeight = a.minHeight
	return c.Query.NextNumbers(ctx, r)
}
