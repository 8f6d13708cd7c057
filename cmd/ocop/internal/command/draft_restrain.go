package command

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// whoRestrains says what holds, releases and recalls have in common.
var whoRestrains = lang.Text{
	Vi: `Chủ thể của lô ký, hoặc cơ quan có quyền thu hồi tại địa bàn của chủ thể; cơ quan phải nêu --author và văn bản (--pdf).`,
	En: `Signed by the lot's producer, or by an agency that may revoke over the producer's territory; an agency gives --author and the act (--pdf).`}

// restraining are the flags of holds, releases and recalls.
type restraining struct {
	lot ledger.LotID
	pdf string
}

// restrainVerb is a command that stops a lot or lets it go. By default the producer signs.
func (a *app) restrainVerb(v verb.Spec, act func(lot *recordv1.LotRef, document *recordv1.Document) *recordv1.Action) *cobra.Command {
	var r restraining
	v.Long = lang.Text{Vi: strings.TrimSpace(v.Long.Vi + "\n" + whoRestrains.Vi), En: strings.TrimSpace(v.Long.En + "\n" + whoRestrains.En)}
	cmd, _ := a.draftVerb(v, []string{"lot", "reason"}, func(_ context.Context, d *drafting) (err error) {
		if d.author == 0 {
			d.author = r.lot.Product.Producer
		}
		var document *recordv1.Document
		if r.pdf != "" {
			if document, err = describe(r.pdf); err != nil {
				return err
			}
		} else if d.author.IsAgency() {
			return fail(exitUsage, lang.Text{Vi: "cơ quan ký thì cần --pdf: văn bản ra lệnh", En: "an agency gives --pdf: the act that orders it"})
		}
		d.act(act(compose.LotRef(r.lot), document))
		return nil
	})
	idFlag(a, cmd, &r.lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "lô", En: "the lot"})
	cmd.Flags().StringVar(&r.pdf, "pdf", "", a.t(lang.Text{Vi: "`tệp` PDF của văn bản đã ký; chỉ mã băm lên sổ cái", En: "PDF `file` of the signed act; only its hash goes on the ledger"}))
	return cmd
}

func (a *app) draftHold() *cobra.Command {
	var reason recordv1.LotReason
	cmd := a.restrainVerb(verb.Spec{
		Use:   "hold",
		Short: lang.Text{Vi: "Tạm giữ lô", En: "Hold a lot"},
		Long: lang.Text{
			Vi: `Lô, và mọi lô làm từ nó, không bán, không dùng, không dán tem được cho đến khi giải toả. Lô cơ quan giữ thì chỉ cơ quan giải toả.`,
			En: `The lot, and all that was made of it, is not sold, used or stamped until it is released. What an agency holds, agencies alone release.`},
		Example: "  ocop draft hold --lot 2000001.1/CP-01 --reason awaiting_test -o nhap.yaml",
	}, func(lot *recordv1.LotRef, document *recordv1.Document) *recordv1.Action {
		return compose.Act(&recordv1.HoldLot{Lot: lot, Reason: reason, Document: document})
	})
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	return cmd
}

func (a *app) draftRelease() *cobra.Command {
	var reason recordv1.ReleaseReason
	cmd := a.restrainVerb(verb.Spec{
		Use:     "release",
		Short:   lang.Text{Vi: "Giải toả lô đang tạm giữ", En: "Release a lot that is held"},
		Example: "  ocop draft release --lot 2000001.1/CP-01 --reason test_passed -o nhap.yaml",
	}, func(lot *recordv1.LotRef, document *recordv1.Document) *recordv1.Action {
		return compose.Act(&recordv1.ReleaseLot{Lot: lot, Reason: reason, Document: document})
	})
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	return cmd
}

func (a *app) draftRecall() *cobra.Command {
	var reason recordv1.LotReason
	cmd := a.restrainVerb(verb.Spec{
		Use:   "recall",
		Short: lang.Text{Vi: "Thu hồi lô, không rút lại được", En: "Recall a lot, for good"},
		Long: lang.Text{
			Vi: `Lô, và mọi lô làm từ nó, không bán, không dùng được nữa; người mua quét mã sẽ thấy "không sử dụng". Thu hồi rồi thì không giải toả được.`,
			En: `The lot, and all that was made of it, is never sold or used again; buyers who scan a code see "do not use". A recall is not taken back.`},
		Example: "  ocop draft recall --author 2 --lot 2000001.1/CP-01 --reason contaminated --pdf 1200.pdf -o nhap.yaml",
	}, func(lot *recordv1.LotRef, document *recordv1.Document) *recordv1.Action {
		return compose.Act(&recordv1.RecallLot{Lot: lot, Reason: reason, Document: document})
	})
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	return cmd
}
