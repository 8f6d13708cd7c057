package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) labelCertificate() *cobra.Command {
	var p printing
	cmd := a.command(verb.Spec{
		Use:   "certificate ID -o FILE --genesis FILE",
		Short: lang.Text{Vi: "Giấy chứng nhận khổ A4 có mã QR, để trao tại buổi lễ", En: "An A4 certificate with a QR code, to be handed over at the ceremony"},
		Long: lang.Text{
			Vi: `Trang A4 ngang với quốc hiệu, cơ quan cấp, sản phẩm, chủ thể, hạng sao, Quyết định, hiệu lực, mã băm văn bản và mã QR đến trang của sản phẩm.
Quyết định đã ký mới là văn bản pháp lý; trang này chỉ trình bày điều sổ cái ghi. Mã QR là đường dẫn: biên nhận đầy đủ lớn hơn sức chứa của một mã QR.`,
			En: `A landscape A4 page with the country's name, issuer, product, producer, stars, Decision, validity, hash of the document, and a QR code to the product's page.
The signed Decision is the legal act; this page shows what the ledger says. The QR code is a link: a whole receipt is larger than a QR code can hold.`},
		Example: "  ocop label certificate 1:2020:1032/QĐ-UBND:5 -o giay.pdf --genesis khoi-nguyen.bin",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			id, err := formed(ledger.ParseCertificateID, certificateExample)(draft.Clean(args[0]))
			if err != nil {
				return withCode(exitUsage, err)
			}
			if err := p.check(); err != nil {
				return err
			}
			return a.printCertificate(cmd.Context(), id, &p)
		},
	})
	a.printingFlags(cmd, &p)
	return cmd
}

func (a *app) printCertificate(ctx context.Context, id ledger.CertificateID, p *printing) error {
	host, err := p.host()
	if err != nil {
		return err
	}
	files, err := p.targets(1)
	if err != nil {
		return err
	}
	got, r, err := a.entitled(ctx, &asking{id: id.String(), height: a.minHeight, want: subject.Certificate(id)}, p, askCertificate)
	if err != nil {
		return err
	}
	link, err := linkOf(r.Product)
	if err != nil {
		return err
	}
	fonts, err := draw.Load()
	if err != nil {
		return err
	}
	c := certificateOf(id, r)
	out := a.shownPrint(got, r, files)
	out.Warnings = append(out.Warnings, a.unlisted(ctx, p.resolver, r.Verdict.Until)...)
	if name, personal, err := a.personal(ctx, r.Accounts[r.Product.Product.Producer]); err != nil {
		return err
	} else if name != "" {
		c.Producer = name
	} else if personal {
		out.Warnings = append(out.Warnings, warn(lang.Text{
			Vi: "nút này không có tên của chủ thể là cá nhân: giấy chỉ ghi số tài khoản",
			En: "this node does not have the name of the producer, a natural person: the certificate has the account's number alone"}))
	}
	c.Link, c.Sample = link.URL(host), noticeOf(got.sample()).Notice
	page, err := c.Draw(fonts)
	if err != nil {
		return withCode(exitInput, err)
	}
	out.Link = c.Link
	return a.finishPrint(fonts, page.Title, func(yield func(*draw.Page, error) bool) { yield(page, nil) }, got, p, out)
}

// personal is the name of a natural person, from the node's blob; personal tells whether the account has one, on the node or not. The name is checked by the
// hash in the receipt, so that the node need not be believed.
func (a *app) personal(ctx context.Context, v *subject.AccountValue) (name string, personal bool, err error) {
	if v == nil || v.Name.Register != "" {
		return "", false, nil
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return "", true, err
	}
	defer done()
	answer, err := c.Blobs.GetBlob(ctx, &apiv1.GetBlobRequest{Blob: v.Name.Blob.String()})
	if err != nil {
		return "", true, nil // erased, or not brought yet: the certificate can do without
	}
	b, err := blob.ParseNamed(v.Name.Blob, answer.GetContainer())
	if err != nil {
		return "", true, withCode(exitProof, notABlob(a.node, err))
	}
	return string(b.Content), true, nil
}

// certificateOf is what the page says of a certificate that the receipt is of.
func certificateOf(id ledger.CertificateID, r *receipts.Result) *label.Certificate {
	c := &label.Certificate{
		ID: id.String(), Issuer: accountName(r, id.Decision.Issuer), Product: r.Product.Product.String(), ProductName: nameOr(r.Product.Name, r.Product.Product.String()),
		Producer: accountName(r, r.Product.Product.Producer), Star: int(r.Verdict.Star), Decision: id.Decision.Number, From: r.Verdict.From, Until: r.Verdict.Until,
		Height: r.Height, At: explain.Moment(r.Time),
	}
	for i := range r.Certificates {
		if v := r.Certificates[i].Value; v.Certificate == id {
			c.DecisionOn, c.Document = v.DecisionDate, r.Certificates[i].Decision.Document.SHA256.String()
		}
	}
	return c
}
