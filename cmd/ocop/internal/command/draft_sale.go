package command

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// openFor is how long a proposal waits for its buyer, unless the seller says otherwise.
const openFor = 14 * 24 * time.Hour

func (a *app) draftSale() *cobra.Command {
	var (
		g      goodsFlags
		buyer  ledger.AccountID
		lapses time.Time
	)
	cmd, d := a.draftVerb(verb.Spec{
		Use:   "sale",
		Short: lang.Text{Vi: "Chào bán cho một tài khoản", En: "Propose a sale to an account"},
		Long: lang.Text{
			Vi: `Chào bán chưa giữ hàng và có hạn; bên mua chấp nhận bằng "ocop draft accept". Giá và điều khoản chỉ lên sổ cái dưới dạng mã cam kết:
giá trị thật và muối được viết vào tệp riêng.`,
			En: `A proposal reserves nothing and lapses; the buyer takes it with "ocop draft accept". Price and terms are on the ledger as commitments only:
the values and salts are written to a private file.`},
		Example: "  ocop draft sale --author 2000001 --buyer 3000001 --lot 2000001.1/CP-01 --quantity \"120 kg\" --price \"10.800.000 đ\" -o nhap.yaml",
	}, append([]string{"buyer"}, neededForGoods...), func(_ context.Context, d *drafting) error {
		goods, err := a.goods(d, &g)
		if err != nil {
			return err
		}
		if lapses.IsZero() {
			lapses = a.env.Now().Add(openFor)
		}
		d.act(compose.Act(&recordv1.ProposeSale{Goods: goods, Buyer: compose.AccountParty(buyer), Lapses: uint64(lapses.UnixMilli())}))
		return nil
	})
	a.goodsFlags(cmd, d, &g)
	idFlag(a, cmd, &buyer, "buyer", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản bên mua", En: "account of the buyer"})
	timeFlag(a, cmd, &lapses, "lapses", lang.Text{Vi: "hạn chấp nhận; mặc định 14 ngày", En: "until when it can be accepted; by default 14 days"})
	return cmd
}
