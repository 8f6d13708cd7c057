package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/annex"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// certifying is what draft certify is told.
type certifying struct {
	annex, sheet, errors, template string
	decision                       string
	date, from, until              ledger.Date
	pdf                            string
	historical                     bool
	newProducts                    bool
}

func (a *app) draftCertify() *cobra.Command {
	c := new(certifying)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "certify",
		Short: lang.Text{Vi: "Chứng nhận sản phẩm theo phụ lục Quyết định", En: "Certify products by the annex of a Decision"},
		Long: lang.Text{
			Vi: `Đọc phụ lục (Excel .xlsx hoặc CSV): mỗi dòng một sản phẩm, cột theo tên tiếng Việt hoặc tiếng Anh, thứ tự nào cũng được.
85,5 = 85.5 = '85,50'. Dòng trống và dòng gộp ô được bỏ qua. Mọi dòng sai được báo cùng lúc kèm địa chỉ ô, và được ghi vào một cột
của bản sao bảng tính: cả những dòng mà sổ cái sẽ từ chối, khi hỏi được nút. Không hỏi nút mà có --genesis thì chỉ đối chiếu bộ tiêu chí. Quyết định quá lớn được chia thành nhiều phần. Mẫu bảng: --template mau.xlsx`,
			En: `Reads the annex (Excel .xlsx or CSV): one row a product, columns by Vietnamese or English names in any order.
85,5 = 85.5 = '85,50'. Blank and merged rows are left out. All wrong rows are reported at once with the address of the cell, and written
into a column of a copy of the sheet: those that the ledger would refuse, too, when a node is asked. With --genesis in its place, the rule
set alone is held against the rows. A Decision too large for one record comes in parts. A template: --template template.xlsx`},
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
	f.BoolVar(&c.newProducts, "new-products", false, a.t(lang.Text{Vi: "sản phẩm chưa có trên sổ cái sẽ được đăng ký sau", En: "products that are not on the ledger will be registered later"}))
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
	decision := compose.Decision{ID: id, Date: c.date, Document: document, Historical: c.historical}
	read, err := a.readAnnex(ctx, d, c, decision)
	if err != nil {
		return err
	}
	d.records, err = certified(decision, read.Rows, d.place.schema)
	if err != nil {
		return err
	}
	d.names = sheetNames(read)
	a.remark(read)
	return nil
}

// certified are the records that certify the rows.
func certified(decision compose.Decision, rows []annex.Row, schema uint16) ([][]*recordv1.Action, error) {
	for _, row := range rows {
		decision.Items = append(decision.Items, item(decision.ID, row))
	}
	records, err := decision.Records(schema)
	return records, withCode(exitInput, err)
}

// sheetNames are the names of the annex, for want of the ledger's.
func sheetNames(read *annex.Annex) draft.Names {
	names := make(draft.Names)
	for _, row := range read.Rows {
		if draft.NameOK(row.Name) {
			names[draft.Ref{Kind: draft.AnnexProduct, ID: row.Product.String()}] = row.Name
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
		return id, (&value[ledger.DecisionID]{to: &id, name: "decision", parse: formed(ledger.ParseDecisionID, decisionExample)}).read(s)
	}
	if author == 0 {
		return id, fail(exitUsage, lang.Text{Vi: "thiếu --author, hoặc ghi --decision dạng %s", En: "--author missing, or write --decision like %s"}, decisionExample)
	}
	var number string
	err = (&value[string]{to: &number, name: "decision", parse: func(s string) (string, error) { return s, nil }}).read(s)
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
