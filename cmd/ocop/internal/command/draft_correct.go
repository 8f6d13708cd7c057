package command

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftCorrect() *cobra.Command {
	var (
		certificate ledger.CertificateID
		product     ledger.ProductID
		account     ledger.AccountID
		wrong       ledger.SaleID
		changes     []string
		reason      recordv1.CorrectionReason
		pdf         string
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "correct",
		Short: lang.Text{Vi: "Đính chính giấy chứng nhận, sản phẩm hoặc tài khoản", En: "Correct a certificate, product or account"},
		Long: lang.Text{
			Vi: `Nêu hành động đã ghi sai (--wrong), và từng trường với giá trị cũ và mới: --change "valid_until: 24/09/2025 => 24/09/2026".
Không gì bị xóa: lịch sử giữ cả hai. Giá trị cũ phải đúng với sổ cái. Trường trống ghi là (empty).`,
			En: `Names the action that stated the wrong value (--wrong), and each field with old and new value: --change "valid_until: 24/09/2025 => 24/09/2026".
Nothing is deleted: history keeps both. The old value must be the one on the ledger. A field that is empty is written (empty).`},
		Example: "  ocop draft correct --certificate 1:2026:1032/QĐ-UBND:9 --wrong <64 hex>-9 --change \"valid_until: 03/09/2028 => 03/09/2029\" --reason typing_error -o nhap.yaml",
	}, []string{"wrong", "change", "reason"}, func(_ context.Context, d *drafting) error {
		c := &recordv1.Correct{Wrong: compose.ActionRef(wrong), Reason: reason}
		targets := 0
		if !certificate.IsZero() {
			c.Target = &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(certificate)}
			d.author, targets = cmp.Or(d.author, certificate.Decision.Issuer), targets+1
		}
		if product.Number != 0 {
			c.Target = &recordv1.Correct_Product{Product: compose.ProductRef(product)}
			d.author, targets = cmp.Or(d.author, product.Producer.Registrar()), targets+1
		}
		if account != 0 {
			c.Target = &recordv1.Correct_Account{Account: uint64(account)}
			d.author, targets = cmp.Or(d.author, account.Registrar()), targets+1
		}
		if targets != 1 {
			return fail(exitUsage, lang.Text{Vi: "cần một trong --certificate, --product, --account", En: "want one of --certificate, --product, --account"})
		}
		for _, s := range changes {
			change, err := parseChange(s)
			if err != nil {
				return withCode(exitUsage, err)
			}
			c.Changes = append(c.Changes, change)
		}
		slices.SortFunc(c.Changes, func(x, y *recordv1.FieldChange) int { return cmp.Compare(x.GetField(), y.GetField()) })
		if pdf != "" {
			var err error
			if c.Document, err = describe(pdf); err != nil {
				return err
			}
		}
		d.act(compose.Act(c))
		return nil
	})
	idFlag(a, cmd, &certificate, "certificate", certificateExample, ledger.ParseCertificateID, lang.Text{Vi: "giấy chứng nhận cần đính chính", En: "certificate to be corrected"})
	idFlag(a, cmd, &product, "product", productExample, ledger.ParseProductID, lang.Text{Vi: "sản phẩm cần đính chính", En: "product to be corrected"})
	idFlag(a, cmd, &account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản cần đính chính", En: "account to be corrected"})
	idFlag(a, cmd, &wrong, "wrong", saleExample, ledger.ParseSaleID, lang.Text{Vi: "hành động đã ghi sai: bản ghi, gạch nối, số thứ tự", En: "action that stated the wrong value: record, hyphen, number"})
	cmd.Flags().StringArrayVar(&changes, "change", nil, a.t(lang.Text{Vi: "\"`trường`: cũ => mới\"; lặp lại được", En: "\"`field`: old => new\"; may be given several times"}))
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	cmd.Flags().StringVar(&pdf, "pdf", "", a.t(lang.Text{Vi: "`tệp` PDF của văn bản đính chính, nếu có", En: "PDF `file` of the correcting act, if there is one"}))
	return cmd
}

// parseChange reads "field: old => new".
func parseChange(s string) (*recordv1.FieldChange, error) {
	name, values, ok := strings.Cut(s, ":")
	before, after, both := strings.Cut(values, "=>")
	if !ok || !both {
		return nil, lang.Errorf(lang.Text{Vi: "%q không đúng dạng \"trường: cũ => mới\"", En: "%q is not of the form \"field: old => new\""}, s)
	}
	n, err := draft.ParseEnum(recordv1.Field(0).Descriptor(), strings.TrimSpace(name))
	if err != nil {
		return nil, err
	}
	c := &recordv1.FieldChange{Field: recordv1.Field(n)}
	if c.Old, err = parseField(c.Field, draft.Clean(before)); err != nil {
		return nil, err
	}
	c.New, err = parseField(c.Field, draft.Clean(after))
	return c, err
}

// parseField reads a field's value in the form people write it.
func parseField(f recordv1.Field, s string) (*recordv1.FieldValue, error) {
	number := func(n uint64, err error) (*recordv1.FieldValue, error) {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}, err
	}
	if s == "(empty)" || s == "" {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Empty{Empty: true}}, nil
	}
	switch f {
	case recordv1.Field_FIELD_SCORE_A, recordv1.Field_FIELD_SCORE_B, recordv1.Field_FIELD_SCORE_C, recordv1.Field_FIELD_SCORE_TOTAL:
		n, err := words.ParsePoints(s)
		return number(uint64(n), err)
	case recordv1.Field_FIELD_VALID_FROM, recordv1.Field_FIELD_VALID_UNTIL:
		d, err := parseDate(s)
		return number(uint64(d), err)
	case recordv1.Field_FIELD_ACCOUNT_KIND:
		n, err := draft.ParseEnum(recordv1.AccountKind(0).Descriptor(), s)
		return number(uint64(n), err)
	case recordv1.Field_FIELD_STAR, recordv1.Field_FIELD_TERRITORY:
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			err = lang.Errorf(lang.Text{Vi: "%q không phải là số nguyên", En: "%q is not a whole number"}, s)
		}
		return number(n, err)
	}
	if b, err := hex.DecodeString(s); f == recordv1.Field_FIELD_NAME && err == nil && len(b) == 32 {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Hash{Hash: b}}, nil
	}
	return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}, nil
}
