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

func (a *app) draftLot() *cobra.Command {
	var (
		lot               ledger.LotID
		amount            amount
		produced, expires ledger.Date
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:     "lot",
		Short:   lang.Text{Vi: "Đăng ký lô sản xuất", En: "Register a production lot"},
		Example: "  ocop draft lot --lot 2000001.1/CP-01 --quantity \"12.500 kg\" --produced 01/09/2026 --best-before 01/09/2027 -o nhap.yaml",
	}, []string{"lot", "quantity", "produced"}, func(_ context.Context, d *drafting) error {
		if d.author == 0 {
			d.author = lot.Product.Producer
		}
		d.act(compose.Act(&recordv1.RegisterLot{
			Lot: compose.LotRef(lot), Quantity: amount.quantity, Unit: amount.unit, Produced: uint32(produced), Expires: uint32(expires),
		}))
		return nil
	})
	idFlag(a, cmd, &lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "mã lô mới: sản phẩm, gạch chéo, mã in trên bao bì", En: "new lot: product, slash, the code printed on it"})
	amountFlag(a, cmd, &amount, lang.Text{Vi: "số lượng và đơn vị", En: "quantity and unit"})
	dateFlag(a, cmd, &produced, "produced", lang.Text{Vi: "ngày sản xuất", En: "date of production"})
	bestBefore := lang.Text{Vi: "hạn dùng của hàng", En: "best before"}
	dateFlag(a, cmd, &expires, "best-before", bestBefore)
	dateFlag(a, cmd, &expires, "expires", bestBefore) // what it was called first
	_ = cmd.Flags().MarkHidden("expires")             // which fails for flags that do not exist
	return cmd
}
