package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/annex"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// certifying is what draft certify is told.
type certifying struct {
	annex, sheet, errors, template string
	decision                       string
	date, from, until              ledger.Date
	pdf                            string
	historical                     bool
}

func (a *app) draftCertify() *cobra.Command {
	c := new(certifying)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "certify",
		Short: lang.Text{Vi: "Chứng nhận sản phẩm theo phụ lục Quyết định", En: "Certify products by the annex of a Decision"},
		Long: lang.Text{
			Vi: `Đọc phụ lục (Excel .xlsx hoặc CSV): mỗi dòng một sản phẩm, cột theo tên tiếng Việt hoặc tiếng Anh, thứ tự nào cũng được.
85,5 = 85.5 = '85,50'. Dòng trống và dòng gộp ô được bỏ qua. Mọi dòng sai được báo cùng lúc kèm địa chỉ ô, và được ghi vào một cột
của bản sao bảng tính. Quyết định quá lớn được chia thành nhiều phần. Mẫu bảng: --template mau.xlsx`,
			En: `Reads the annex (Excel .xlsx or CSV): one row a product, columns by Vietnamese or English names in any order.
85,5 = 85.5 = '85,50'. Blank and merged rows are left out. All wrong rows are reported at once with the address of the cell, and written
into a column of a copy of the sheet. A Decision too large for one record comes in parts. A template: --template template.xlsx`},
		Example: "  ocop draft certify --annex phu-luc.xlsx --decision 1:2026:1032/QĐ-UBND --date 03/09/2026 --pdf 1032.pdf -o 1032.yaml",
	}, nil, func(ctx context.Context, d *drafting) error { return a.certify(ctx, d, c) })
	build := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.template != "" {
			return a.writeTemplate(c.template)
		}
		if err := verb.Require(cmd, "annex", "decision", "date", "pdf"); err != nil {
			return err
		}
		return build(cmd, args)
	}
	f := cmd.Flags()
	f.StringVar(&c.annex, "annex", "", a.t(lang.Text{Vi: "`tệp` phụ lục .xlsx hoặc .csv", En: "annex `file`, .xlsx or .csv"}))
	f.StringVar(&c.sheet, "sheet", "", a.t(lang.Text{Vi: "`tên` trang tính; mặc định trang đang mở", En: "`name` of the sheet; by default the open one"}))
	f.StringVar(&c.decision, "decision", "", a.t(lang.Text{Vi: "Quyết định: `số`, hoặc cơ quan:năm:số", En: "Decision: its `number`, or agency:year:number"}))
	dateFlag(a, cmd, &c.date, "date", lang.Text{Vi: "ngày ký Quyết định", En: "date of the Decision"})
	f.StringVar(&c.pdf, "pdf", "", a.t(lang.Text{Vi: "`tệp` PDF của Quyết định đã ký; chỉ mã băm lên sổ cái", En: "PDF `file` of the signed Decision; only its hash goes on the ledger"}))
	f.BoolVar(&c.historical, "historical", false, a.t(lang.Text{Vi: "nhập hồi cứu một Quyết định cũ", En: "historical import of an old Decision"}))
	dateFlag(a, cmd, &c.from, "valid-from", lang.Text{Vi: "ngày đầu hiệu lực khi phụ lục không có cột này; mặc định ngày ký", En: "first valid day when the annex has no such column; by default the date of the Decision"})
	dateFlag(a, cmd, &c.until, "valid-until", lang.Text{Vi: "ngày cuối hiệu lực khi phụ lục không có cột này", En: "last valid day when the annex has no such column"})
	f.StringVar(&c.errors, "errors", "", a.t(lang.Text{Vi: "`tệp` bản sao phụ lục có cột báo lỗi; mặc định tên phụ lục thêm -errors", En: "`file` for the copy of the annex with a column of errors; by default the annex's name and -errors"}))
	f.StringVar(&c.template, "template", "", a.t(lang.Text{Vi: "chỉ viết `tệp` mẫu phụ lục .xlsx hoặc .csv", En: "only write an annex template `file`, .xlsx or .csv"}))
	return cmd
}

func (a *app) writeTemplate(path string) error {
	if err := annex.WriteTemplate(path, a.lang); err != nil {
		return err
	}
	return a.print(notice{}, map[string]string{"template": path}, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã viết mẫu %s", En: "Template written: %s"}.F(a.lang, path))
	})
}

func (a *app) certify(ctx context.Context, d *drafting, c *certifying) error {
	if d.add {
		return fail(exitUsage, lang.Text{Vi: "một Quyết định là một bản nháp riêng: không dùng --append", En: "a Decision is a draft of its own: no --append"})
	}
	id, err := c.id(d.author)
	if err != nil {
		return err
	}
	d.author = id.Issuer
	document, err := describe(c.pdf)
	if err != nil {
		return err
	}
	read, err := a.readAnnex(ctx, d, c)
	if err != nil {
		return err
	}
	decision := compose.Decision{ID: id, Date: c.date, Document: document, Historical: c.historical}
	for _, row := range read.Rows {
		decision.Items = append(decision.Items, item(id, row))
	}
	d.records, err = decision.Records(d.place.schema)
	if err != nil {
		return withCode(exitInput, err)
	}
	d.names = sheetNames(read)
	a.remark(read)
	return nil
}

// sheetNames are the names of the annex, for want of better ones.
func sheetNames(read *annex.Annex) draft.Names {
	names := make(draft.Names)
	for _, row := range read.Rows {
		if draft.NameOK(row.Name) {
			names[draft.Ref{Kind: draft.Product, ID: row.Product.String()}] = row.Name
		}
	}
	return names
}

// id names the Decision: "1032/QĐ-UBND" is of the author and the year of the date.
func (c *certifying) id(author ledger.AccountID) (ledger.DecisionID, error) {
	return decisionOf(c.decision, author, c.date)
}

func decisionOf(s string, author ledger.AccountID, date ledger.Date) (id ledger.DecisionID, err error) {
	if strings.Contains(s, ":") {
		return id, (&value[ledger.DecisionID]{to: &id, name: "decision", parse: formed(ledger.ParseDecisionID, decisionExample)}).Set(s)
	}
	if author == 0 {
		return id, fail(exitUsage, lang.Text{Vi: "thiếu --author, hoặc ghi --decision dạng %s", En: "--author missing, or write --decision like %s"}, decisionExample)
	}
	var number string
	err = (&value[string]{to: &number, name: "decision", parse: func(s string) (string, error) { return s, nil }}).Set(s)
	return ledger.DecisionID{Issuer: author, Year: date.Year(), Number: number}, err
}

// describe is the document of a file, under the file's name.
func describe(path string) (*recordv1.Document, error) {
	f, err := openDocument(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	document, err := compose.Document(cleanName(path), f)
	return document, withCode(exitInput, err)
}

func item(id ledger.DecisionID, r annex.Row) *recordv1.Certify {
	return &recordv1.Certify{
		Certificate: compose.CertificateRef(ledger.CertificateID{Decision: id, Item: r.Item}), Product: compose.ProductRef(r.Product), Star: uint32(r.Star),
		Scores: &recordv1.Scores{A: r.A, B: r.B, C: r.C, Total: r.Total}, MinimumsMet: r.Minimums, Group: r.Group,
		ValidFrom: uint32(r.From), ValidUntil: uint32(r.Until), Predecessor: compose.CertificateRef(r.Predecessor),
	}
}

// readAnnex reads the sheet; when something is wrong with it, all of it is said and written back, and nothing is drafted.
func (a *app) readAnnex(ctx context.Context, d *drafting, c *certifying) (*annex.Annex, error) {
	sheet, err := annex.Open(c.annex, c.sheet)
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	from := c.from
	if from == 0 {
		from = c.date
	}
	read, err := sheet.Read(annex.Defaults{From: from, Until: c.until})
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	if !d.offline() {
		if err := a.compareNames(ctx, read); err != nil {
			return nil, err
		}
	}
	if len(read.Problems) == 0 {
		return read, nil
	}
	if c.errors == "" {
		ext := filepath.Ext(c.annex)
		c.errors = strings.TrimSuffix(c.annex, ext) + "-errors" + ext
	}
	if err := sheet.WriteBack(c.errors, a.lang, read.Problems); err != nil {
		return nil, err
	}
	return nil, a.annexProblems(d, read, c.errors)
}

type annexProblem struct {
	Row     int    `json:"row"`
	Cell    string `json:"cell,omitempty"`
	Problem string `json:"problem"`
}

func (a *app) annexProblems(d *drafting, read *annex.Annex, copied string) error {
	list := make([]annexProblem, len(read.Problems))
	t := &table{columns: []lang.Text{{Vi: "Dòng", En: "Row"}, {Vi: "Ô", En: "Cell"}, {Vi: "Vấn đề", En: "Problem"}}}
	for i, p := range read.Problems {
		list[i] = annexProblem{p.Line, p.Cell, lang.Say(a.lang, p.Err)}
		t.rows = append(t.rows, []string{fmt.Sprint(p.Line), p.Cell, list[i].Problem})
	}
	err := lang.Errorf(lang.Text{Vi: "phụ lục có %d chỗ sai; xem cột cuối của %s", En: "%d problems in the annex; see the last column of %s"}, len(list), copied)
	n := noticeOf(d.place.sample)
	if printed := a.printTable(n, struct {
		notice
		Problems []annexProblem `json:"problems"`
		Copy     string         `json:"copy"`
	}{n, list, copied}, t, "\n"+err.In(a.lang)); printed != nil {
		return printed
	}
	return said(exitInput, err)
}

// remark tells what of the sheet was left out.
func (a *app) remark(read *annex.Annex) {
	for _, s := range read.Skipped {
		fmt.Fprintln(a.env.Err, lang.Text{Vi: "bỏ qua dòng %d: %s", En: "row %d left out: %s"}.F(a.lang, s.Line, s.Why))
	}
	if len(read.Ignored) > 0 {
		fmt.Fprintln(a.env.Err, lang.Text{Vi: "không dùng cột: %s", En: "columns not used: %s"}.F(a.lang, strings.Join(read.Ignored, "; ")))
	}
}

// compareNames holds the sheet's names against those on the ledger.
func (a *app) compareNames(ctx context.Context, read *annex.Annex) error {
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	held := make(map[ledger.ProductID]string)
	for _, row := range read.Rows {
		if row.Name == "" || row.Product.Number == 0 {
			continue
		}
		v, err := readSubject(ctx, c, subject.Product(row.Product), subject.ParseProduct)
		if exitCode(err) == exitNotFound {
			fmt.Fprintln(a.env.Err, lang.Text{Vi: "dòng %d: sản phẩm %v chưa có trên sổ cái", En: "row %d: product %v is not on the ledger yet"}.F(a.lang, row.Line, row.Product))
			continue
		}
		if err != nil {
			return err
		}
		held[row.Product] = v.Name.Register
	}
	read.Compare(held)
	return nil
}
