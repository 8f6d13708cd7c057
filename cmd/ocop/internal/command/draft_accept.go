package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftAccept() *cobra.Command {
	var sale ledger.SaleID
	cmd, _ := a.draftVerb(verb.Spec{
		Use:     "accept",
		Short:   lang.Text{Vi: "Chấp nhận mua", En: "Accept a sale"},
		Example: "  ocop draft accept --sale <mã>-0 --author 3000001 -o nhap.yaml",
	}, []string{"sale", "author"}, func(_ context.Context, d *drafting) error {
		d.act(compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(sale)}))
		return nil
	})
	idFlag(a, cmd, &sale, "sale", saleExample, ledger.ParseSaleID, lang.Text{Vi: "mã giao dịch, do bên bán cho biết (ocop submit in ra)", En: "the sale, as the seller tells it (ocop submit prints it)"})
	return cmd
}
