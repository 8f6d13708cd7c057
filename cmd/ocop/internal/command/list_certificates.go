package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) listCertificates() *cobra.Command {
	cmd, _ := a.listVerb(verb.Spec{
		Use:     "certificates",
		Short:   lang.Text{Vi: "Giấy chứng nhận", En: "Certificates"},
		Example: "  ocop list certificates --decision 1:2026:1032/QĐ-UBND",
	}, byStar|byGroup|byTerritory|byStatus|byProducer|byProduct|byIssuer|byDecision|byDate, func(ctx context.Context, c *client.Client, l *listing) error {
		all, err := collect(l.limit, func(p *apiv1.Page) (*apiv1.ListCertificatesResponse, error) {
			return c.Query.ListCertificates(ctx, &apiv1.ListCertificatesRequest{Filter: &l.filter, Date: uint32(l.date), Page: p, MinHeight: a.minHeight})
		}, (*apiv1.ListCertificatesResponse).GetCertificates)
		if err != nil {
			return err
		}
		return showList(a, "certificates", all, a.certificateTable(all.items))
	})
	return cmd
}
