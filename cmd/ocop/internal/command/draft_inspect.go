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

func (a *app) draftInspect() *cobra.Command {
	var (
		product   ledger.ProductID
		lot       ledger.LotID
		date      ledger.Date
		outcome   recordv1.Outcome
		kind, pdf string
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "inspect",
		Short: lang.Text{Vi: "Ghi kết quả kiểm tra sản phẩm hoặc lô", En: "Enter an inspection of a product or lot"},
		Long: lang.Text{
			Vi: `Cơ quan có quyền kiểm tra tại địa bàn của chủ thể ký. Kết quả không tự giữ hay thu hồi hàng: việc đó dùng "ocop draft hold", "ocop draft recall".`,
			En: `Signed by an agency that may inspect over the producer's territory. It stops nothing by itself: that takes "ocop draft hold" or "ocop draft recall".`},
		Example: "  ocop draft inspect --author 2 --lot 2000001.1/CP-01 --date 05/09/2026 --outcome passed --kind ATTP --pdf bien-ban.pdf -o nhap.yaml",
	}, []string{"author", "date", "outcome", "kind", "pdf"}, func(_ context.Context, d *drafting) error {
		if (product == ledger.ProductID{}) == (lot == ledger.LotID{}) {
			return fail(exitUsage, lang.Text{Vi: "nêu --product hoặc --lot, một trong hai", En: "want --product or --lot, one of them"})
		}
		document, err := describe(pdf)
		if err != nil {
			return err
		}
		m := &recordv1.Inspect{Date: uint32(date), Outcome: outcome, Kind: kind, Document: document}
		if lot != (ledger.LotID{}) {
			m.Target = &recordv1.Inspect_Lot{Lot: compose.LotRef(lot)}
		} else {
			m.Target = &recordv1.Inspect_Product{Product: compose.ProductRef(product)}
		}
		d.act(compose.Act(m))
		return nil
	})
	idFlag(a, cmd, &product, "product", productExample, ledger.ParseProductID, lang.Text{Vi: "sản phẩm được kiểm tra", En: "product that was inspected"})
	idFlag(a, cmd, &lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "lô được kiểm tra", En: "lot that was inspected"})
	dateFlag(a, cmd, &date, "date", lang.Text{Vi: "ngày kiểm tra", En: "day of the inspection"})
	enumFlag(a, cmd, &outcome, "outcome", lang.Text{Vi: "kết quả: đạt, không đạt, phải khắc phục", En: "outcome"})
	cmd.Flags().StringVar(&kind, "kind", "", a.t(lang.Text{Vi: "kiểm tra về gì, `mã` như ATTP, VietGAP", En: "what was inspected for, a `code` such as ATTP, VietGAP"}))
	cmd.Flags().StringVar(&pdf, "pdf", "", a.t(lang.Text{Vi: "`tệp` PDF của biên bản; chỉ mã băm lên sổ cái", En: "PDF `file` of the report; only its hash goes on the ledger"}))
	return cmd
}
