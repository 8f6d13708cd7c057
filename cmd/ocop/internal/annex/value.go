package annex

import (
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
)

// reader takes one row apart.
type reader struct {
	grid     *grid
	header   *header
	line     int // from 0
	problems []Problem
}

func (r *reader) fail(c column, t lang.Text, args ...any) {
	r.problems = append(r.problems, Problem{r.line + 1, address(r.line, r.header.at[c]), lang.Errorf(t, args...)})
}

// value is a cell's text, cleaned. It fails for blank cells when the column is needed, and for formulas without result.
func (r *reader) value(c column, needed bool) (cell, bool) {
	if r.header.at[c] < 0 {
		return cell{}, false
	}
	v := r.grid.at(r.line, r.header.at[c])
	v.text = plain(v.text)
	switch {
	case v.broken:
		r.fail(c, lang.Text{Vi: "công thức chưa có kết quả: mở bằng Excel rồi lưu lại", En: "a formula without result: open it in Excel and save it again"})
		return cell{}, false
	case v.text == "" && needed:
		r.fail(c, lang.Text{Vi: "còn trống", En: "is blank"})
		return cell{}, false
	}
	return v, v.text != ""
}

// plain is a cell's text, cleaned. An apostrophe before a value is how spreadsheets write that it is text and not a number; it is no part of the value, nor
// is one after it.
func plain(s string) string {
	s = draft.Clean(s)
	for _, mark := range []string{"'", "’"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			return strings.TrimSpace(strings.TrimSuffix(rest, mark))
		}
	}
	return s
}

// digits writes a number cell as Excel shows it, with 15 significant digits: 85.5 may be stored as 85.499999999999986.
func (c cell) digits() string {
	f, err := strconv.ParseFloat(c.text, 64)
	if !c.number || err != nil {
		return c.text
	}
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err == nil {
		f = rounded
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func (r *reader) row(d Defaults) Row {
	row := Row{Line: r.line + 1, Item: r.item(), Product: r.product(), Star: r.star(), Minimums: r.minimums(), Group: r.group(), Predecessor: r.predecessor()}
	if v, ok := r.value(colName, false); ok {
		row.Name = v.text
	}
	var a, b, c bool
	row.A, a = r.points(colA, true)
	row.B, b = r.points(colB, true)
	row.C, c = r.points(colC, true)
	sum := row.A + row.B + row.C
	total, given := r.points(colTotal, false)
	if row.Total = sum; given && a && b && c && total != sum {
		r.fail(colTotal, lang.Text{Vi: "tổng điểm ghi %s nhưng A + B + C = %s", En: "the total is given as %s, but A + B + C = %s"},
			words.Points(lang.Vietnamese, uint64(total)), words.Points(lang.Vietnamese, uint64(sum)))
	}
	row.From = r.date(colFrom, d.From)
	row.Until = r.date(colUntil, d.Until)
	return row
}

func (r *reader) item() uint16 {
	v, ok := r.value(colItem, true)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(v.digits(), "."), 10, 16)
	if err != nil || n == 0 {
		r.fail(colItem, lang.Text{Vi: "%q không phải số thứ tự từ 1 đến 65535", En: "%q is not an item number from 1 to 65535"}, v.text)
	}
	return uint16(n)
}

// product refuses number cells: a sheet keeps 1000012.10 as 1000012.1, which is another product.
func (r *reader) product() (id ledger.ProductID) {
	v, ok := r.value(colProduct, true)
	if !ok {
		return id
	}
	if v.number {
		r.fail(colProduct, lang.Text{
			Vi: "mã sản phẩm %q là ô kiểu số nên có thể đã mất số 0 ở cuối: định dạng cột là Text rồi nhập lại",
			En: "product %q is a number cell and may have lost a zero at its end: format the column as text and type it again"}, v.text)
		return id
	}
	id, err := ledger.ParseProductID(v.text)
	if err != nil {
		r.fail(colProduct, lang.Text{Vi: "%q không phải mã sản phẩm dạng 1000012.3", En: "%q is not a product of the form 1000012.3"}, v.text)
		return ledger.ProductID{}
	}
	return id
}

func (r *reader) star() uint8 {
	v, ok := r.value(colStar, true)
	if !ok {
		return 0
	}
	s := strings.ToLower(v.digits())
	for _, suffix := range []string{"sao", "stars", "star", "★", "*"} {
		s = strings.TrimSpace(strings.TrimSuffix(s, suffix))
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil || n < 3 || n > 5 {
		r.fail(colStar, lang.Text{Vi: "%q: hạng sao là 3, 4 hoặc 5", En: "%q: stars are 3, 4 or 5"}, v.text)
	}
	return uint8(n)
}

func (r *reader) points(c column, needed bool) (uint32, bool) {
	v, ok := r.value(c, needed)
	if !ok {
		return 0, false
	}
	n, err := words.ParsePoints(v.digits())
	if err != nil {
		r.problems = append(r.problems, Problem{r.line + 1, address(r.line, r.header.at[c]), err})
	}
	return n, err == nil
}

func (r *reader) minimums() bool {
	v, ok := r.value(colMinimums, true)
	if !ok {
		return false
	}
	switch fold(v.text) {
	case "co", "dat", "x", "yes", "y", "true", "1":
		return true
	case "khong", "khong dat", "no", "n", "false", "0":
		return false
	}
	r.fail(colMinimums, lang.Text{Vi: "%q: ghi có hoặc không", En: "%q: write yes or no"}, v.text)
	return false
}

func (r *reader) group() string {
	v, ok := r.value(colGroup, true)
	if !ok {
		return ""
	}
	if strings.Trim(strings.ToLower(v.text), "abcdefghijklmnopqrstuvwxyz0123456789._/-") != "" || len(v.text) > 16 {
		r.fail(colGroup, lang.Text{Vi: "%q không phải mã nhóm (ví dụ food, drinks)", En: "%q is not a group code (such as food, drinks)"}, v.text)
	}
	return v.text
}

func (r *reader) date(c column, otherwise ledger.Date) ledger.Date {
	v, ok := r.value(c, otherwise == 0)
	if !ok {
		return otherwise
	}
	d, err := ledger.ParseDate(strings.TrimSuffix(v.text, "T00:00:00"))
	if v.number {
		d, err = r.serial(v)
	}
	if err != nil {
		r.fail(c, lang.Text{Vi: "%q không phải ngày dd/mm/yyyy", En: "%q is not a date dd/mm/yyyy"}, v.text)
	}
	return d
}

// serial reads a date cell: days since 1900 (or 1904).
func (r *reader) serial(v cell) (ledger.Date, error) {
	days, err := strconv.ParseFloat(v.text, 64)
	if err != nil {
		return 0, err
	}
	t, err := excelize.ExcelDateToTime(days, r.grid.era)
	if err != nil {
		return 0, err
	}
	return ledger.ParseDate(t.Format("2006-01-02"))
}

func (r *reader) predecessor() (id ledger.CertificateID) {
	v, ok := r.value(colPredecessor, false)
	if !ok {
		return id
	}
	id, err := ledger.ParseCertificateID(v.text)
	if err != nil {
		r.fail(colPredecessor, lang.Text{Vi: "%q không phải giấy chứng nhận dạng 1:2020:1032/QĐ-UBND:5", En: "%q is not a certificate of the form 1:2020:1032/QĐ-UBND:5"}, v.text)
		return ledger.CertificateID{}
	}
	return id
}
