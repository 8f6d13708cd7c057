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

func (a *app) draftRevoke() *cobra.Command {
	var (
		certificates    []string
		decision, pdf   string
		date, effective ledger.Date
		reason          recordv1.RevocationReason
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:     "revoke",
		Short:   lang.Text{Vi: "Thu hồi giấy chứng nhận", En: "Revoke certificates"},
		Example: "  ocop draft revoke --certificate 1:2026:1032/QĐ-UBND:20 --decision 1:2026:1100/QĐ-UBND --date 10/09/2026 --pdf 1100.pdf --reason no_traceability -o nhap.yaml",
	}, []string{"certificate", "decision", "date", "pdf", "reason"}, func(_ context.Context, d *drafting) error {
		act, err := decisionOf(decision, d.author, date)
		if err != nil {
			return err
		}
		if d.author == 0 {
			d.author = act.Issuer
		}
		document, err := describe(pdf)
		if err != nil {
			return err
		}
		if effective == 0 {
			effective = date
		}
		for _, s := range certificates {
			var id ledger.CertificateID
			if err := (&value[ledger.CertificateID]{to: &id, name: "certificate", parse: formed(ledger.ParseCertificateID, certificateExample)}).read(s); err != nil {
				return withCode(exitUsage, err)
			}
			d.act(compose.Act(&recordv1.Revoke{
				Certificate: compose.CertificateRef(id), Decision: compose.DecisionRef(act), Date: uint32(date), Document: document,
				Reason: reason, Effective: uint32(effective),
			}))
		}
		return nil
	})
	cmd.Flags().StringArrayVar(&certificates, "certificate", nil, a.t(lang.Text{Vi: "giấy chứng nhận `mã`; lặp lại được", En: "certificate `id`; may be given several times"}))
	cmd.Flags().StringVar(&decision, "decision", "", a.t(lang.Text{Vi: "Quyết định thu hồi: `số`, hoặc cơ quan:năm:số", En: "revoking Decision: its `number`, or agency:year:number"}))
	dateFlag(a, cmd, &date, "date", lang.Text{Vi: "ngày ký Quyết định thu hồi", En: "date of the revoking Decision"})
	cmd.Flags().StringVar(&pdf, "pdf", "", a.t(lang.Text{Vi: "`tệp` PDF của Quyết định đã ký; chỉ mã băm lên sổ cái", En: "PDF `file` of the signed Decision; only its hash goes on the ledger"}))
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	dateFlag(a, cmd, &effective, "effective", lang.Text{Vi: "ngày đầu tiên không còn hiệu lực; mặc định ngày ký", En: "first day without force; by default the date of the Decision"})
	return cmd
}
