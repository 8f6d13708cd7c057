package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftOutside() *cobra.Command {
	var (
		g     goodsFlags
		buyer string
	)
	cmd, d := a.draftVerb(verb.Spec{
		Use:     "outside",
		Short:   lang.Text{Vi: "Bán cho cơ sở chưa có tài khoản", En: "Sell to a business without an account"},
		Long:    lang.Text{Vi: "Bên bán tự ký; hiển thị là \"bên mua chưa xác nhận\". Tên bên mua chỉ lên sổ cái dưới dạng mã cam kết.", En: "Signed by the seller alone and shown as \"buyer has not confirmed\". The buyer's name is on the ledger as a commitment only."},
		Example: "  ocop draft outside --author 2000001 --buyer \"Nhà hàng …\" --lot 2000001.1/CP-01 --quantity \"60 kg\" -o nhap.yaml",
	}, append([]string{"buyer"}, neededForGoods...), func(_ context.Context, d *drafting) error {
		goods, err := a.goods(d, &g)
		if err != nil {
			return err
		}
		h, err := d.hide(a.env.Random, "sale of lot "+g.lot.String(), compose.CommitBuyer, buyer)
		if err != nil {
			return err
		}
		d.act(compose.Act(&recordv1.OutsideSale{Goods: goods, Buyer: compose.HiddenParty(h)}))
		return nil
	})
	a.goodsFlags(cmd, d, &g)
	cmd.Flags().StringVar(&buyer, "buyer", "", a.t(lang.Text{Vi: "bên mua; sổ cái chỉ có mã cam kết", En: "the buyer; the ledger has a commitment only"}))
	return cmd
}
