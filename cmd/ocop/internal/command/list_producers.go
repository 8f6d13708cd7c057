package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) listProducers() *cobra.Command {
	cmd, _ := a.listVerb(verb.Spec{
		Use:     "producers",
		Short:   lang.Text{Vi: "Chủ thể", En: "Producers"},
		Example: "  ocop list producers --csv=chu-the.csv",
	}, byStar|byGroup|byTerritory|byStatus|byDate, func(ctx context.Context, c *client.Client, l *listing) error {
		all, err := collect(l.limit, func(p *apiv1.Page) (*apiv1.ListProducersResponse, error) {
			return c.Query.ListProducers(ctx, &apiv1.ListProducersRequest{Filter: &l.filter, Date: uint32(l.date), Page: p, MinHeight: a.minHeight})
		}, (*apiv1.ListProducersResponse).GetProducers)
		if err != nil {
			return err
		}
		return showList(a, "producers", all, a.producerTable(all.items))
	})
	return cmd
}
