package command

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
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

// accountName is a name that a register has. The number stands for one that is a blob.
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
		notice: noticeOf(got.sample()), Files: files, Product: r.Product.Product.String(), Certificate: r.Verdict.Certificate.String(),
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
		a.warnings(a.env.Err, out.Warnings)
		return nil
	}
	return a.print(out.notice, out, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %s, %d trang.", En: "Wrote %s, %d pages."}.F(a.lang, filesText(out.Files), out.Pages))
		t := a.lines(w)
		if out.Labels > 0 {
			t.line(lang.Text{Vi: "Số tem", En: "Labels"}, count(uint64(out.Labels)))
		}
		t.line(lang.Text{Vi: "Giấy chứng nhận", En: "Certificate"}, lang.Text{Vi: "%s, còn hiệu lực đến hết %s", En: "%s, in force until %s"}.F(a.lang, out.Certificate, out.Until))
		t.line(lang.Text{Vi: "Mã QR", En: "QR code"}, out.Link)
		t.line(lang.Text{Vi: "Căn cứ", En: "By"}, lang.Text{Vi: "biên nhận đã kiểm, không tin nút, theo đầu sổ ở khối %d", En: "a receipt that was checked, trusting no node, under the head of block %d"}.F(a.lang, out.Height))
		a.warnings(w, out.Warnings)
		a.memoryText(w, out.Memory)
	})
}

func (a *app) warnings(w io.Writer, all []warning) {
	for _, v := range all {
		fmt.Fprintln(w, lang.Text{Vi: "Lưu ý: %s.", En: "Warning: %s."}.F(a.lang, lang.Text{Vi: v.Vietnamese, En: v.English}))
	}
}

// filesText names files, of many the first and the last.
func filesText(files []string) string {
	if len(files) > 3 {
		return files[0] + " … " + files[len(files)-1]
	}
	return strings.Join(files, " ")
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

func parseHost(s string) (string, error) {
	if problem, _ := text.Check(text.Address, []byte(s)); problem != text.OK || !(subject.Resolver{Host: s}).Valid() {
		return "", lang.Errorf(lang.Text{Vi: "%q không phải tên máy chủ viết thường, như ocop.example.vn", En: "%q is not a host in lower case, such as ocop.example.vn"}, s)
	}
	return s, nil
}
