package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) listLots() *cobra.Command {
	cmd, _ := a.listVerb(verb.Spec{
		Use:     "lots",
		Short:   lang.Text{Vi: "Lô của một sản phẩm", En: "Lots of a product"},
		Example: "  ocop list lots --product 2000001.1",
	}, byProduct, func(ctx context.Context, c *client.Client, l *listing) error {
		if l.filter.Product == "" {
			return fail(exitUsage, lang.Text{Vi: "thiếu --product", En: "--product missing"})
		}
		all, err := collect(l.limit, func(p *apiv1.Page) (*apiv1.ListLotsResponse, error) {
			return c.Query.ListLots(ctx, &apiv1.ListLotsRequest{Filter: &l.filter, Page: p, MinHeight: a.minHeight})
		}, (*apiv1.ListLotsResponse).GetLots)
		if err != nil {
			return err
		}
		return showList(a, "lots", all, a.lotTable(all.items))
	})
	return cmd
}
