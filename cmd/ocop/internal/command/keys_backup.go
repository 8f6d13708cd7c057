package command

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

func (a *app) keysBackup() *cobra.Command {
	var (
		out string
		p   password.Source
	)
	cmd := a.command(verb.Spec{
		Use:   "backup FILE",
		Short: lang.Text{Vi: "Viết phiếu khôi phục để in ra giấy", En: "Write a recovery sheet to be printed"},
		Long: lang.Text{
			Vi: `Viết phiếu khôi phục ra tệp .html (để in) hoặc .txt. Phiếu KHÔNG có mật khẩu: ai có phiếu thì ký được.
In xong hãy xóa tệp, cất giấy trong két. Khôi phục bằng "ocop keys restore".`,
			En: `Writes a recovery sheet to an .html file (to be printed) or .txt. The sheet has NO password: whoever has it can sign.
When it is printed, delete the file and lock the paper away. "ocop keys restore" reads it.`},
		Example: "  ocop keys backup chu-the.json -o phieu.html",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "output"); err != nil {
				return err
			}
			key, err := a.openKey(args[0], p)
			if err != nil {
				return err
			}
			defer key.Zero()
			sheet, err := keystore.FormatSheet(key)
			if err != nil {
				return err
			}
			defer clear(sheet)
			data := sheet
			if strings.EqualFold(filepath.Ext(out), ".html") {
				if data, err = sheetPage(sheet); err != nil {
					return err
				}
				defer clear(data)
			}
			if err := keystore.WriteFile(out, data); err != nil {
				return err
			}
			return a.print(notice{}, map[string]string{"file": args[0], "sheet": out}, func(w io.Writer) {
				fmt.Fprintln(w, lang.Text{
					Vi: "Đã viết phiếu %s. In ra, xóa tệp này, thử khôi phục một lần, rồi cất giấy trong két.",
					En: "The sheet is in %s. Print it, delete that file, try a restore once, and lock the paper away."}.F(a.lang, out))
			})
		},
	})
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` phiếu, .html hoặc .txt", En: "`file` of the sheet, .html or .txt"}))
	p.Flags(a.lang, cmd)
	return cmd
}

// sheetPage is a sheet as a page for one A4 paper: remarks small, the groups large. It loads nothing from elsewhere.
func sheetPage(sheet []byte) ([]byte, error) {
	var page struct{ Remarks, Lines []string }
	for line := range strings.Lines(string(sheet)) {
		line = strings.TrimSpace(line)
		if remark, ok := strings.CutPrefix(line, "#"); ok {
			page.Remarks = append(page.Remarks, strings.TrimSpace(remark))
		} else if line != "" {
			page.Lines = append(page.Lines, line)
		}
	}
	var b bytes.Buffer
	err := sheetTemplate().Execute(&b, page)
	return b.Bytes(), err
}

func sheetTemplate() *template.Template {
	return template.Must(template.New("sheet").Parse(`<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Phiếu khôi phục khóa OCOP</title>
<style>
@page { size: A4; margin: 20mm }
body { font: 12pt/1.5 sans-serif; color: #000 }
h1 { font-size: 18pt }
pre { font: bold 20pt/1.8 monospace; border: 2pt solid #000; padding: 6mm }
li { margin-bottom: 2mm }
</style></head><body>
<h1>PHIẾU KHÔI PHỤC KHÓA OCOP</h1>
{{range .Remarks}}<div>{{.}}</div>
{{end}}<pre>{{range .Lines}}{{.}}
{{end}}</pre>
<ol>
<li>Cất phiếu trong két hoặc tủ khóa. Không chụp ảnh, không gửi qua mạng, không lưu tệp này trên máy.</li>
<li>Khi mất máy, hỏng tệp khóa hoặc quên mật khẩu: chạy <b>ocop keys restore -o khoa-moi.json</b> và gõ lại năm dòng trong khung.</li>
<li>Mỗi dòng có phần kiểm tra riêng: gõ sai dòng nào, chương trình báo đúng dòng đó. Không phân biệt chữ hoa, chữ thường và dấu cách.</li>
<li>Khi nghi ngờ người khác đã thấy phiếu: báo ngay cơ quan đã đăng ký tài khoản để ngừng khóa này (ocop draft retire-key).</li>
<li>Ngày in: ________________ &nbsp; Người giữ: ________________________ &nbsp; Chữ ký: ________________</li>
</ol>
</body></html>
`))
}
