package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftRetail() *cobra.Command {
	var g goodsFlags
	cmd, d := a.draftVerb(verb.Spec{
		Use:     "retail",
		Short:   lang.Text{Vi: "Bán lẻ cho người tiêu dùng", En: "Sell to a consumer"},
		Example: "  ocop draft retail --author 3000002 --lot 2000001.1/CP-01 --quantity \"2,5 kg\" -o nhap.yaml",
	}, neededForGoods, func(_ context.Context, d *drafting) error {
		goods, err := a.goods(d, &g)
		if err != nil {
			return err
		}
		d.act(compose.Act(&recordv1.RetailSale{Goods: goods}))
		return nil
	})
	a.goodsFlags(cmd, d, &g)
	return cmd
}
