package annex

import (
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// Sound lists the rows that nothing is wrong with so far.
func (a *Annex) Sound() []Row {
	wrong := make(map[int]bool)
	for _, p := range a.Problems {
		wrong[p.Line] = true
	}
	return slices.DeleteFunc(slices.Clone(a.Rows), func(row Row) bool { return wrong[row.Line] })
}

// Compare holds the sheet's names against those of the ledger: a wrong number beside the right name is the mistake that nobody sees. Products
// without a name on either side are not compared.
func (a *Annex) Compare(held map[ledger.ProductID]string) {
	for _, row := range a.Rows {
		name := held[row.Product]
		if row.Name == "" || name == "" || SameName(name, row.Name) {
			continue
		}
		a.put(row, colName, lang.Errorf(lang.Text{
			Vi: "mã %v trên sổ cái là %q, phụ lục ghi %q", En: "product %v is %q on the ledger, the annex says %q"}, row.Product, name, row.Name))
	}
	a.sort()
}

// Absent reports the products that are not among those of the ledger.
func (a *Annex) Absent(held map[ledger.ProductID]string) {
	for _, row := range a.Rows {
		if _, ok := held[row.Product]; ok || row.Product.Number == 0 {
			continue
		}
		a.put(row, colProduct, lang.Errorf(lang.Text{
			Vi: "sản phẩm %v chưa có trên sổ cái; nếu sẽ đăng ký sau: thêm --new-products",
			En: "product %v is not on the ledger; if it will be registered later: add --new-products"}, row.Product))
	}
	a.sort()
}

// fieldColumns are the columns whose values stand in the fields of a certify action.
var fieldColumns = []struct {
	field string // or the beginning of it
	column
}{
	{"certify.certificate.item", colItem},
	{"certify.product", colProduct},
	{"certify.star", colStar},
	{"certify.scores.a", colA},
	{"certify.scores.b", colB},
	{"certify.scores.c", colC},
	{"certify.scores.total", colTotal},
	{"certify.minimums_met", colMinimums},
	{"certify.group", colGroup},
	{"certify.valid_from", colFrom},
	{"certify.valid_until", colUntil},
	{"certify.predecessor", colPredecessor},
}

// Refuse reports why a ledger would refuse a row, at the cell that the field of its certify action was read from. A field that the sheet has no column
// for, such as a total that it leaves to be summed, is of the row as a whole.
func (a *Annex) Refuse(row Row, field string, why error) {
	c := columns
	for _, f := range fieldColumns {
		if field == f.field || strings.HasPrefix(field, f.field+".") {
			c = f.column
		}
	}
	a.put(row, c, why)
	a.sort()
}

// put adds a problem of a cell; without such a column, of the row.
func (a *Annex) put(row Row, c column, why error) {
	p := Problem{Line: row.Line, Err: why}
	if c < columns && a.at[c] >= 0 {
		p.Cell = address(row.Line-1, a.at[c])
	}
	a.Problems = append(a.Problems, p)
}
