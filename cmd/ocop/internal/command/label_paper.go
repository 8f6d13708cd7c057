package command

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
)

// paper is what the flags say of label paper.
type paper struct {
	name          string
	size          lengths
	page          lengths
	margins, gaps lengths
	columns, rows int
}

// lengths are two lengths on paper.
type lengths [2]draw.Length

func (a *app) paperFlags(cmd *cobra.Command, p *paper) {
	var names []string
	for _, s := range label.Sheets() {
		names = append(names, s.Name)
	}
	flag(a, cmd, &p.name, "sheet", strings.Join(names, "|"), parseSheet, lang.Text{
		Vi: "giấy tem A4: 3x8 tem 70×37 mm (mặc định), 2x7 tem 99,1×38,1, 3x7 tem 63,5×38,1, 5x13 tem 38,1×21,2; one: mỗi trang một tem 70×37",
		En: "A4 label paper: 3x8 labels of 70×37 mm (the default), 2x7 of 99.1×38.1, 3x7 of 63.5×38.1, 5x13 of 38.1×21.2; one: a page for each label of 70×37"})
	size := func(to *lengths, name, form string, text lang.Text) { flag(a, cmd, to, name, form, parseLengths, text) }
	size(&p.size, "size", "WxH", lang.Text{Vi: "cỡ tem theo mm, thay cho --sheet, ví dụ 50x30; không có --columns và --rows: mỗi trang một tem", En: "size of a label in mm, instead of --sheet, such as 50x30; without --columns and --rows a page for each label"})
	cmd.Flags().IntVar(&p.columns, "columns", 0, a.t(lang.Text{Vi: "số cột tem, với --size", En: "columns of labels, with --size"}))
	cmd.Flags().IntVar(&p.rows, "rows", 0, a.t(lang.Text{Vi: "số hàng tem, với --size", En: "rows of labels, with --size"}))
	size(&p.page, "page", "WxH", lang.Text{Vi: "cỡ trang theo mm, với --columns và --rows; mặc định A4, 210x297", En: "size of the page in mm, with --columns and --rows; by default A4, 210x297"})
	size(&p.margins, "margins", "LEFTxTOP", lang.Text{Vi: "lề trái và lề trên theo mm; mặc định tem ở giữa trang", En: "left and upper margin in mm; by default the labels are in the middle of the page"})
	size(&p.gaps, "gaps", "ACROSSxDOWN", lang.Text{Vi: "khoảng cách ngang và dọc giữa các tem theo mm; mặc định 0x0", En: "distance between labels, across and down, in mm; by default 0x0"})
}

// sheet is the paper that the flags describe.
func (p *paper) sheet(cmd *cobra.Command) (label.Sheet, error) {
	given := cmd.Flags().Changed
	grid := given("columns") || given("rows")
	switch {
	case given("size") && given("sheet"):
		return label.Sheet{}, verb.Usage(lang.Text{Vi: "chọn --sheet hoặc --size", En: "want --sheet or --size, not both"})
	case grid && !given("size"):
		return label.Sheet{}, verb.Usage(lang.Text{Vi: "--columns và --rows cần --size", En: "--columns and --rows take --size"})
	case !grid && (given("page") || given("margins") || given("gaps")):
		return label.Sheet{}, verb.Usage(lang.Text{Vi: "--page, --margins và --gaps cần --size, --columns và --rows", En: "--page, --margins and --gaps take --size, --columns and --rows"})
	case given("columns") != given("rows"):
		return label.Sheet{}, verb.Usage(lang.Text{Vi: "--columns và --rows đi cùng nhau", En: "--columns and --rows go together"})
	case !given("size"):
		for _, s := range label.Sheets() {
			if p.name == s.Name || p.name == "" {
				return s.Sheet, nil
			}
		}
	}
	s := label.One(p.size[0], p.size[1])
	if grid {
		s.Columns, s.Rows, s.GapX, s.GapY = p.columns, p.rows, p.gaps[0], p.gaps[1]
		if s.PageWidth, s.PageHeight = p.page[0], p.page[1]; !given("page") {
			s.PageWidth, s.PageHeight = label.A4Width, label.A4Height
		}
		if s.Left, s.Top = p.margins[0], p.margins[1]; !given("margins") {
			s = s.Centred()
		}
	}
	return s, withCode(exitUsage, s.Check())
}

func parseSheet(s string) (string, error) {
	var names []string
	for _, known := range label.Sheets() {
		if s == known.Name {
			return s, nil
		}
		names = append(names, known.Name)
	}
	return "", lang.Errorf(lang.Text{Vi: "không có giấy %q; có: %s", En: "there is no paper %q; there are: %s"}, s, strings.Join(names, ", "))
}

// parseLengths reads two lengths in millimetres, with a comma or point: 38,1x21,2.
func parseLengths(s string) (out lengths, err error) {
	first, second, ok := strings.Cut(strings.NewReplacer("×", "x", "X", "x", " ", "").Replace(s), "x")
	for i, part := range []string{first, second} {
		if out[i], ok = length(part, ok); !ok {
			return lengths{}, lang.Errorf(lang.Text{Vi: "%q không phải hai độ dài theo mm, như 38,1x21,2", En: "%q is not two lengths in mm, such as 38.1x21.2"}, s)
		}
	}
	return out, nil
}

func length(s string, ok bool) (draw.Length, bool) {
	whole, frac, _ := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if !ok || whole == "" || len(whole) > 4 || len(frac) > 3 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(frac + "000")[:3], 10, 32)
	return draw.Length(n), err == nil
}

// serials are the serial numbers from one to another; from 0: none.
type serials struct{ from, to uint64 }

// maxSerialDigits is how many digits a serial number has that fits a link: 20 characters, of which no number of 64 bits has more.
const maxSerialDigits = 20

func parseSerials(s string) (serials, error) {
	first, last, ranged := strings.Cut(s, "-")
	if !ranged {
		last = first
	}
	from, ok1 := serialNumber(strings.TrimSpace(first))
	to, ok2 := serialNumber(strings.TrimSpace(last))
	if !ok1 || !ok2 || from > to {
		return serials{}, lang.Errorf(lang.Text{Vi: "%q không phải khoảng số sê-ri, như 1-500", En: "%q is not a range of serial numbers, such as 1-500"}, s)
	}
	return serials{from, to}, nil
}

func serialNumber(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && n > 0 && s[0] != '0' && s[0] != '+' && len(s) <= maxSerialDigits
}
