package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftStamps() *cobra.Command {
	var (
		lot   ledger.LotID
		first uint64
		count uint32
		each  amount
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "stamps",
		Short: lang.Text{Vi: "Cấp số cho tem QR của một lô", En: "Number the QR stamps of a lot"},
		Long: lang.Text{
			Vi: `Số tem tăng dần theo sản phẩm, bắt đầu từ 1. Không nêu --first thì hỏi nút số kế tiếp. Số tem nhân lượng hàng sau mỗi tem
không nhiều hơn lô; sản phẩm phải có giấy chứng nhận còn hiệu lực.`,
			En: `The stamps of a product are numbered from 1 on. Without --first the node is asked for the next number. Stamps times what stands behind each
are no more than the lot; a certificate of the product must be in force.`},
		Example: "  ocop draft stamps --lot 2000001.1/CP-01 --count 500 --per-stamp \"500 g\" -o nhap.yaml",
	}, []string{"lot", "count", "per-stamp"}, func(ctx context.Context, d *drafting) error {
		if d.author == 0 {
			d.author = lot.Product.Producer
		}
		if first == 0 {
			present, err := readPresent(ctx, a, d, "--first", subject.Serials(lot.Product), subject.ParseSerials)
			switch {
			case exitCode(err) == exitNotFound: // the product's first stamps
				present.Next = subject.FirstSerial
			case err != nil:
				return err
			}
			first = present.Next
		}
		if !d.offline() { // a record of stamps has no unit that a ledger could refuse
			v, err := readPresent(ctx, a, d, "--lot", subject.Lot(lot), subject.ParseLot)
			if err != nil {
				return err
			}
			if recordv1.Unit(v.Unit) != each.unit {
				return fail(exitUsage, lang.Text{Vi: "--per-stamp: lô %s tính bằng %s, không phải %s", En: "--per-stamp: lot %s is counted in %s, not %s"},
					lot, explain.Unit(recordv1.Unit(v.Unit)), explain.Unit(each.unit))
			}
		}
		d.act(compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(lot), First: first, Count: count, PerStamp: each.quantity}))
		return nil
	})
	idFlag(a, cmd, &lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "lô được dán tem", En: "lot that gets the stamps"})
	cmd.Flags().Uint64Var(&first, "first", 0, a.t(lang.Text{Vi: "`số` của tem đầu tiên: số kế tiếp của sản phẩm", En: "`number` of the first stamp: the product's next one"}))
	cmd.Flags().Uint32Var(&count, "count", 0, a.t(lang.Text{Vi: "`số` tem", En: "`number` of stamps"}))
	flag(a, cmd, &each, "per-stamp", "\"500 g\"", func(s string) (amount, error) {
		n, u, err := words.ParseQuantity(s)
		return amount{n, u}, err
	}, lang.Text{Vi: "lượng hàng sau mỗi tem", En: "how much stands behind one stamp"})
	return cmd
}
