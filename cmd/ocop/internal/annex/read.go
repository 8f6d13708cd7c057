package annex

import (
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// maxHeader is how far down the headings may stand: below the letterhead of an annex.
const maxHeader = 40

// header is where the columns are.
type header struct {
	row   int // from 0; −1: not found
	found int // columns recognised
	at    [columns]int
	twice []column
	other []string // headings not recognised
}

// header finds the row with the most headings; of a heading in two rows, merged downwards, the lower one, which has all of them.
func (g *grid) header() header {
	best := header{row: -1}
	for row := range min(len(g.rows), maxHeader) {
		h := header{row: row}
		for c := range h.at {
			h.at[c] = -1
		}
		for col, cell := range g.rows[row] {
			c, ok := columnOf(cell.text)
			switch {
			case !ok && strings.TrimSpace(cell.text) != "":
				h.other = append(h.other, strings.Join(strings.Fields(cell.text), " "))
			case ok && h.at[c] >= 0:
				h.twice = append(h.twice, c)
			case ok:
				h.at[c] = col
				h.found++
			}
		}
		if h.found > 0 && h.found >= best.found {
			best = h
		}
	}
	return best
}

// Read takes the sheet apart. It fails when the headings cannot be understood; what is wrong with rows is collected in the annex.
func (s *Sheet) Read(d Defaults) (*Annex, error) {
	h := s.grid.header()
	if err := h.check(d); err != nil {
		return nil, err
	}
	a := &Annex{Ignored: h.other, at: h.at}
	for row := h.row + 1; row < len(s.grid.rows); row++ {
		if why, skip := s.grid.skip(&h, row); skip {
			if why != (lang.Text{}) {
				a.Skipped = append(a.Skipped, Skipped{row + 1, why})
			}
			continue
		}
		r := reader{grid: s.grid, header: &h, line: row}
		item := r.row(d)
		a.Problems = append(a.Problems, r.problems...)
		a.Rows = append(a.Rows, item)
	}
	a.twins(&h)
	a.sort()
	if len(a.Rows) == 0 {
		return nil, lang.Errorf(lang.Text{Vi: "không có dòng sản phẩm nào dưới dòng tiêu đề (dòng %d)", En: "there is no product below the headings (row %d)"}, h.row+1)
	}
	return a, nil
}

func (a *Annex) sort() {
	slices.SortStableFunc(a.Problems, func(x, y Problem) int { return x.Line - y.Line })
}

// check says all that is wrong with the headings.
func (h *header) check(d Defaults) error {
	if h.row < 0 || h.found < 3 {
		return lang.Errorf(lang.Text{
			Vi: "không tìm thấy dòng tiêu đề trong %d dòng đầu; xem mẫu: ocop draft certify --template mau.xlsx",
			En: "no headings found in the first %d rows; see the template: ocop draft certify --template template.xlsx"}, maxHeader)
	}
	var missing, twice []string
	for c, heading := range headings {
		given := column(c) == colFrom && d.From != 0 || column(c) == colUntil && d.Until != 0
		if heading.required && !given && h.at[c] < 0 {
			missing = append(missing, heading.title.Vi+" / "+heading.title.En)
		}
	}
	for _, c := range h.twice {
		twice = append(twice, headings[c].title.Vi+" / "+headings[c].title.En)
	}
	switch {
	case len(missing) > 0:
		return lang.Errorf(lang.Text{Vi: "dòng tiêu đề %d thiếu cột: %s", En: "the headings in row %d lack: %s"}, h.row+1, strings.Join(missing, "; "))
	case len(twice) > 0:
		return lang.Errorf(lang.Text{Vi: "dòng tiêu đề %d có hai cột cho: %s", En: "the headings in row %d have two columns for: %s"}, h.row+1, strings.Join(twice, "; "))
	}
	return nil
}

// skip tells rows without an item: blank ones, silently, and those merged across columns.
func (g *grid) skip(h *header, row int) (why lang.Text, skip bool) {
	for _, m := range g.merged {
		covered := 0
		for _, col := range h.at {
			if col >= m.left && col <= m.right {
				covered++
			}
		}
		if m.top <= row && row <= m.bottom && covered > 1 {
			return lang.Text{Vi: "ô gộp ngang qua nhiều cột", En: "merged across columns"}, true
		}
	}
	blank, aside := true, false
	for col, c := range g.rows[row] {
		if c.filled || plain(c.text) == "" && !c.broken {
			continue
		}
		if slices.Contains(h.at[:], col) {
			blank = false
		} else {
			aside = true
		}
	}
	if blank && aside {
		return lang.Text{Vi: "chỉ có chữ ở cột không dùng", En: "nothing but text in a column that is not used"}, true
	}
	return lang.Text{}, blank
}

// twins reports items and products that come twice: each may stand in a Decision once.
func (a *Annex) twins(h *header) {
	items, products := make(map[uint16]int), make(map[string]int)
	for _, r := range a.Rows {
		if first, ok := items[r.Item]; ok && r.Item != 0 {
			a.Problems = append(a.Problems, Problem{r.Line, address(r.Line-1, h.at[colItem]),
				lang.Errorf(lang.Text{Vi: "mục %d đã có ở dòng %d", En: "item %d is in row %d already"}, r.Item, first)})
		} else {
			items[r.Item] = r.Line
		}
		product := r.Product.String()
		if first, ok := products[product]; ok && r.Product.Number != 0 {
			a.Problems = append(a.Problems, Problem{r.Line, address(r.Line-1, h.at[colProduct]),
				lang.Errorf(lang.Text{Vi: "sản phẩm %s đã có ở dòng %d", En: "product %s is in row %d already"}, product, first)})
		} else {
			products[product] = r.Line
		}
	}
}
