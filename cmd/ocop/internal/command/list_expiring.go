package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// noticeDays is how long before expiry an issuer notifies the producer, at least.
const noticeDays = 30

func (a *app) listExpiring() *cobra.Command {
	var days uint32
	cmd, _ := a.listVerb(verb.Spec{
		Use:     "expiring",
		Short:   lang.Text{Vi: "Giấy chứng nhận sắp hết hạn", En: "Certificates that expire soon"},
		Example: "  ocop list expiring --days 90 --csv=sap-het-han.csv",
	}, byStar|byGroup|byTerritory|byProducer|byProduct|byIssuer|byDecision|byDate, func(ctx context.Context, c *client.Client, l *listing) error {
		all, err := collect(l.limit, func(p *apiv1.Page) (*apiv1.ListExpiringResponse, error) {
			return c.Query.ListExpiring(ctx, &apiv1.ListExpiringRequest{Days: days, Filter: &l.filter, Date: uint32(l.date), Page: p, MinHeight: a.minHeight})
		}, (*apiv1.ListExpiringResponse).GetCertificates)
		if err != nil {
			return err
		}
		return showList(a, "certificates", all, a.certificateTable(all.items))
	})
	cmd.Flags().Uint32Var(&days, "days", noticeDays, a.t(lang.Text{Vi: "hết hạn trong bao nhiêu ngày tới", En: "expire within so many days"}))
	return cmd
}
