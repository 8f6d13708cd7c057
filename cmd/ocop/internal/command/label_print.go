package command

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/wire/text"
)

// printed says what was printed, and what it rests on.
type printed struct {
	notice
	Files       []string     `json:"files"`
	Labels      int          `json:"labels,omitempty"`
	Pages       int          `json:"pages"`
	Lot         string       `json:"lot,omitempty"`
	Product     string       `json:"product"`
	Certificate string       `json:"certificate"`
	Until       string       `json:"until"`  // last day that the certificate counts
	Link        string       `json:"link"`   // of the first label
	Height      uint64       `json:"height"` // of the certified head
	Verify      string       `json:"verify"` // ok
	Warnings    []warning    `json:"warnings"`
	Memory      *shownMemory `json:"memory,omitempty"`
}

func (a *app) printLot(ctx context.Context, id ledger.LotID, sheet label.Sheet, p *lotPrinting) error {
	host, err := p.host()
	if err != nil {
		return err
	}
	files, err := p.targets(sheet.Pages(p.count, p.skip))
	if err != nil {
		return err
	}
	got, r, err := a.entitled(ctx, &asking{id: id.String(), height: a.minHeight, want: subject.Lot(id)}, &p.printing, askLot)
	if err != nil {
		return err
	}
	if r.Lot == nil {
		return fail(exitProof, lang.Text{Vi: "biên nhận không cho biết lô %s", En: "the receipt does not show lot %s"}, id)
	}
	if err := stamped(r.Lot, p.serials); err != nil {
		return err
	}
	link, err := linkOf(r.Product)
	if err != nil {
		return err
	}
	link.Lot = id.Lot
	to := func(serial uint64) (string, error) {
		one := link
		one.Serial = label.Serial(serial)
		return one.URL(host), linkError(one.Check())
	}
	fonts, err := draw.Load()
	if err != nil {
		return err
	}
	sample := noticeOf(got.sample())
	lot := &label.Lot{ID: id, ProductName: nameOr(r.Product.Name, r.Product.Product.String()), Star: int(r.Verdict.Star), Expires: r.Lot.Expires, Sample: sample.Notice}
	units, err := label.NewUnits(fonts, lot, sheet, p.serials.to, to)
	if err != nil {
		return withCode(exitUsage, err)
	}
	serial := func(i int) uint64 {
		if p.serials.from == 0 {
			return 0
		}
		return p.serials.from + uint64(i)
	}
	title := "Tem OCOP: " + lot.ProductName + ", lô " + id.Lot
	pages := sheet.Lay(title, p.count, p.skip, p.marks, func(i int) ([]draw.Item, error) { return units.Items(serial(i)) })
	out := a.shownPrint(got, r, files)
	out.Labels, out.Lot, out.Warnings = p.count, id.String(), append(out.Warnings, outlives(r.Lot, r.Verdict.Until)...)
	if out.Link, err = to(serial(0)); err != nil {
		return err
	}
	return a.finishPrint(fonts, title, pages, got, &p.printing, out)
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
	c.Link, c.Sample = link.URL(host), noticeOf(got.sample()).Notice
	page, err := c.Draw(fonts)
	if err != nil {
		return withCode(exitInput, err)
	}
	out := a.shownPrint(got, r, files)
	out.Link = c.Link
	return a.finishPrint(fonts, page.Title, func(yield func(*draw.Page, error) bool) { yield(page, nil) }, got, p, out)
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

// accountName is a name that a register has. One that is hidden behind a commitment is not printed: the number stands for it.
func accountName(r *receipts.Result, id ledger.AccountID) string {
	number := "tài khoản " + id.String()
	if v := r.Accounts[id]; v != nil {
		return nameOr(v.Name, number)
	}
	return number
}

func nameOr(n subject.Name, other string) string {
	if n.Register == "" {
		return other
	}
	return n.Register
}

func (a *app) shownPrint(got *proved, r *receipts.Result, files []string) *printed {
	return &printed{
		notice: noticeOf(got.sample()), Files: files, Pages: 0, Product: r.Product.Product.String(), Certificate: r.Verdict.Certificate.String(),
		Until: r.Verdict.Until.String(), Height: r.Height, Verify: "ok", Warnings: []warning{},
	}
}

// finishPrint writes the pages, remembers the head, and says what was done.
func (a *app) finishPrint(fonts *draw.Fonts, title string, pages iter.Seq2[*draw.Page, error], got *proved, p *printing, out *printed) error {
	var err error
	if out.Pages, err = a.writePages(fonts, title, pages, p, out.Files); err != nil {
		return err
	}
	if err := got.keep(p.memory); err != nil {
		return err
	}
	out.Memory = got.remembered(p.memory)
	if p.output == "-" {
		return nil
	}
	return a.print(out.notice, out, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %s, %d trang.", En: "Wrote %s, %d pages."}.F(a.lang, strings.Join(out.Files, " "), out.Pages))
		t := a.lines(w)
		if out.Labels > 0 {
			t.line(lang.Text{Vi: "Số tem", En: "Labels"}, count(uint64(out.Labels)))
		}
		t.line(lang.Text{Vi: "Giấy chứng nhận", En: "Certificate"}, lang.Text{Vi: "%s, còn hiệu lực đến hết %s", En: "%s, in force until %s"}.F(a.lang, out.Certificate, out.Until))
		t.line(lang.Text{Vi: "Mã QR", En: "QR code"}, out.Link)
		t.line(lang.Text{Vi: "Căn cứ", En: "By"}, lang.Text{Vi: "biên nhận đã kiểm, không tin nút, theo đầu sổ ở khối %d", En: "a receipt that was checked, trusting no node, under the head of block %d"}.F(a.lang, out.Height))
		for _, v := range out.Warnings {
			fmt.Fprintln(w, lang.Text{Vi: "Lưu ý: %s.", En: "Warning: %s."}.F(a.lang, lang.Text{Vi: v.Vietnamese, En: v.English}))
		}
		a.memoryText(w, out.Memory)
	})
}

// host is the resolver with its scheme: the one given, else that of a genesis file believed. What a node says of it is not taken: labels lead there for years.
func (p *printing) host() (string, error) {
	if p.resolver != "" {
		return "https://" + p.resolver, nil
	}
	for _, path := range []string{p.genesis, p.policy} {
		if path == "" {
			continue
		}
		data, err := readBounded(path, anchor.MaxFile)
		if err != nil {
			return "", err
		}
		g, err := genesis.Parse(data)
		if err != nil {
			continue // a policy file, which names no resolver; a broken one is refused when it is believed
		}
		for _, r := range g.Body.GetParameters().GetResolvers() {
			if r.GetUntil() == 0 {
				return "https://" + r.GetHost(), nil
			}
		}
	}
	return "", verb.Usage(lang.Text{
		Vi: "cần --resolver MÁY-CHỦ: tệp được tin không nêu máy chủ phân giải mã",
		En: "want --resolver HOST: no file that is believed names the host that resolves codes"})
}

func parseResolver(s string) (string, error) {
	if problem, _ := text.Check(text.Address, []byte(s)); problem != text.OK || !(subject.Resolver{Host: s}).Valid() {
		return "", lang.Errorf(lang.Text{Vi: "%q không phải tên máy chủ viết thường, như ocop.example.vn", En: "%q is not a host in lower case, such as ocop.example.vn"}, s)
	}
	return s, nil
}
