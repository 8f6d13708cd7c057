package annex

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// column is what a column of the sheet holds.
type column int

const (
	colItem column = iota
	colProduct
	colName
	colStar
	colA
	colB
	colC
	colTotal
	colMinimums
	colGroup
	colFrom
	colUntil
	colPredecessor
	columns // how many there are
)

// heading is how a column is called: first as the template writes it, then folded, as people write it.
type heading struct {
	title    lang.Text
	required bool
	folded   []string
}

var headings = [columns]heading{
	colItem:    {lang.Text{Vi: "STT", En: "Item"}, true, []string{"stt", "tt", "so tt", "so thu tu", "muc", "so muc", "item", "no", "number"}},
	colProduct: {lang.Text{Vi: "Mã sản phẩm", En: "Product"}, true, []string{"ma san pham", "ma sp", "ma so san pham", "product", "product id", "product code"}},
	colName:    {lang.Text{Vi: "Tên sản phẩm", En: "Product name"}, false, []string{"ten san pham", "ten sp", "san pham", "product name", "name"}},
	colStar: {lang.Text{Vi: "Hạng sao", En: "Stars"}, true, []string{
		"hang sao", "so sao", "sao", "hang", "phan hang", "xep hang", "phan hang sao", "star", "stars", "rating"}},
	colA: {lang.Text{Vi: "Điểm phần A", En: "Score A"}, true, []string{"diem phan a", "phan a", "diem a", "a", "part a", "score a"}},
	colB: {lang.Text{Vi: "Điểm phần B", En: "Score B"}, true, []string{"diem phan b", "phan b", "diem b", "b", "part b", "score b"}},
	colC: {lang.Text{Vi: "Điểm phần C", En: "Score C"}, true, []string{"diem phan c", "phan c", "diem c", "c", "part c", "score c"}},
	colTotal: {lang.Text{Vi: "Tổng điểm", En: "Total"}, false, []string{
		"tong diem", "tong", "tong so diem", "tong diem trung binh", "diem trung binh", "total", "total score"}},
	colMinimums: {lang.Text{Vi: "Đạt tiêu chí tối thiểu", En: "Minimums met"}, true, []string{
		"dat tieu chi toi thieu", "tieu chi toi thieu", "dat tieu chi bat buoc", "tieu chi bat buoc", "dat tieu chi cung", "tieu chi cung", "minimums met", "minimums",
		"minimum requirements", "minimum requirements met"}},
	colGroup: {lang.Text{Vi: "Mã nhóm", En: "Group"}, true, []string{"ma nhom", "ma nhom san pham", "nhom", "nhom san pham", "group", "group code"}},
	colFrom:  {lang.Text{Vi: "Hiệu lực từ", En: "Valid from"}, true, []string{"hieu luc tu", "hieu luc tu ngay", "co hieu luc tu", "tu ngay", "ngay hieu luc", "valid from", "from"}},
	colUntil: {lang.Text{Vi: "Hiệu lực đến", En: "Valid until"}, true, []string{
		"hieu luc den", "hieu luc den ngay", "hieu luc den het ngay", "co hieu luc den", "den ngay", "ngay het han", "het han", "valid until", "until"}},
	colPredecessor: {lang.Text{Vi: "Thay giấy chứng nhận", En: "Renews"}, false, []string{
		"thay giay chung nhan", "thay the giay chung nhan", "giay chung nhan cu", "giay chung nhan truoc", "gia han giay chung nhan", "renews", "predecessor"}},
}

var inParentheses = regexp.MustCompile(`\([^()]*\)`)

// fold brings a heading down to plain lower-case letters: "Điểm phần A (tối đa 35)" is "diem phan a".
func fold(s string) string {
	s = inParentheses.ReplaceAllString(s, " ")
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ' || r == 'ð':
			b.WriteByte('d')
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// columnOf recognises a heading.
func columnOf(title string) (column, bool) {
	folded := fold(title)
	for c, h := range headings {
		for _, name := range h.folded {
			if folded == name {
				return column(c), true
			}
		}
	}
	return 0, false
}
