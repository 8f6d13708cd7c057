package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) listProducts() *cobra.Command {
	cmd, _ := a.listVerb(verb.Spec{
		Use:     "products",
		Short:   lang.Text{Vi: "Sản phẩm", En: "Products"},
		Example: "  ocop list products --star 4 --status in_force",
	}, byStar|byGroup|byTerritory|byStatus|byProducer|byIssuer|byDecision|byDate, func(ctx context.Context, c *client.Client, l *listing) error {
		all, err := collect(l.limit, func(p *apiv1.Page) (*apiv1.ListProductsResponse, error) {
			return c.Query.ListProducts(ctx, &apiv1.ListProductsRequest{Filter: &l.filter, Date: uint32(l.date), Page: p, MinHeight: a.minHeight})
		}, (*apiv1.ListProductsResponse).GetProducts)
		if err != nil {
			return err
		}
		return showList(a, "products", all, a.productTable(all.items))
	})
	return cmd
}
