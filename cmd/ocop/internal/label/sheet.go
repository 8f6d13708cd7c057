package label

import (
	"fmt"
	"iter"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
)

// Sheet is label paper: a page with labels of one size in columns and rows.
type Sheet struct {
	PageWidth, PageHeight draw.Length
	Left, Top             draw.Length // margins before the first label
	Width, Height         draw.Length // of a label
	GapX, GapY            draw.Length // between labels
	Columns, Rows         int
}

// Bounds of paper: a roll printer's smallest label, and A3.
const (
	leastSide = 10 * draw.Millimetre
	mostSide  = 420 * draw.Millimetre
	mostCells = 400 // labels on a page
)

// NamedSheet is paper that shops sell.
type NamedSheet struct {
	Name string
	Sheet
}

// Sheets are the papers known by name. The first one is what is taken when none is named.
func Sheets() []NamedSheet {
	mm := func(tenths int) draw.Length { return draw.Length(tenths) * draw.Millimetre / 10 }
	a4 := func(name string, columns, rows, width, height, left, top, gap int) NamedSheet {
		return NamedSheet{name, Sheet{A4Width, A4Height, mm(left), mm(top), mm(width), mm(height), mm(gap), 0, columns, rows}}
	}
	return []NamedSheet{
		a4("3x8", 3, 8, 700, 370, 0, 5, 0),
		a4("2x7", 2, 7, 991, 381, 47, 151, 25),
		a4("3x7", 3, 7, 635, 381, 72, 151, 25),
		a4("5x13", 5, 13, 381, 212, 47, 107, 25),
		{"one", One(mm(700), mm(370))},
	}
}

// One is a page that is one label, for rolls and print shops.
func One(width, height draw.Length) Sheet {
	return Sheet{PageWidth: width, PageHeight: height, Width: width, Height: height, Columns: 1, Rows: 1}
}

// A4 standing.
const (
	A4Width  = 210 * draw.Millimetre
	A4Height = 297 * draw.Millimetre
)

// Centred is the sheet with its labels in the middle of the page.
func (s Sheet) Centred() Sheet {
	right, bottom := s.corner(s.Columns-1, s.Rows-1)
	s.Left, s.Top = (s.PageWidth-right-s.Width+s.Left)/2, (s.PageHeight-bottom-s.Height+s.Top)/2
	return s
}

// Check refuses paper that cannot be: labels beside the page, or over each other.
func (s Sheet) Check() error {
	size := func(l draw.Length) string { return millimetres(l) }
	switch {
	case s.Columns < 1 || s.Rows < 1 || s.Columns > mostCells || s.Rows > mostCells || s.PerPage() > mostCells:
		return lang.Errorf(lang.Text{Vi: "%d cột × %d hàng: mỗi trang từ 1 đến %d nhãn", En: "%d columns × %d rows: a page has 1 to %d labels"}, s.Columns, s.Rows, mostCells)
	case min(s.Width, s.Height, s.PageWidth, s.PageHeight) < leastSide || max(s.PageWidth, s.PageHeight) > mostSide:
		return lang.Errorf(lang.Text{Vi: "nhãn và giấy phải từ %s đến %s mm mỗi chiều", En: "labels and paper have %s to %s mm a side"}, size(leastSide), size(mostSide))
	case min(s.Left, s.Top, s.GapX, s.GapY) < 0:
		return lang.Errorf(lang.Text{Vi: "lề và khoảng cách không được âm, hoặc nhãn rộng hơn trang", En: "margins and gaps are not negative, or labels are wider than the page"})
	}
	right, bottom := s.corner(s.Columns-1, s.Rows-1)
	if right += s.Width; right > s.PageWidth {
		return lang.Errorf(lang.Text{Vi: "các nhãn cần bề rộng %s mm, trang chỉ có %s mm", En: "the labels take a width of %s mm, the page has %s mm"}, size(right), size(s.PageWidth))
	}
	if bottom += s.Height; bottom > s.PageHeight {
		return lang.Errorf(lang.Text{Vi: "các nhãn cần chiều cao %s mm, trang chỉ có %s mm", En: "the labels take a height of %s mm, the page has %s mm"}, size(bottom), size(s.PageHeight))
	}
	return nil
}

// PerPage is how many labels a page has.
func (s Sheet) PerPage() int { return s.Columns * s.Rows }

// Pages is how many pages so many labels take, with the first places of the first page left empty.
func (s Sheet) Pages(labels, skip int) int { return (labels + skip + s.PerPage() - 1) / s.PerPage() }

// rim is what office printers leave white around a page.
const rim = 45 * draw.Millimetre / 10

// unprintable is how much of a label at the edge of the page may stay white: the page's margins are smaller than the printer's. A page that is one label is
// a roll's or a print shop's, which print to the edge.
func (s Sheet) unprintable() draw.Length {
	if s.PerPage() == 1 {
		return 0
	}
	right, bottom := s.corner(s.Columns-1, s.Rows-1)
	return max(0, rim-min(s.Left, s.Top, s.PageWidth-right-s.Width, s.PageHeight-bottom-s.Height))
}

// Corner is the upper left corner of a label of a page, counted from 0 in the order of reading.
func (s Sheet) Corner(label int) (x, y draw.Length) {
	return s.corner(label%s.Columns, label/s.Columns)
}

func (s Sheet) corner(column, row int) (x, y draw.Length) {
	return s.Left + (s.Width+s.GapX)*draw.Length(column), s.Top + (s.Height+s.GapY)*draw.Length(row)
}

// Lay puts labels on pages, one page at a time. draw gives the items of label i (from 0), with its corner at the origin.
func (s Sheet) Lay(title string, labels, skip int, marks bool, items func(i int) ([]draw.Item, error)) iter.Seq2[*draw.Page, error] {
	return func(yield func(*draw.Page, error) bool) {
		for number := range s.Pages(labels, skip) {
			page := &draw.Page{Width: s.PageWidth, Height: s.PageHeight, Title: title}
			for cell := range s.PerPage() {
				i := number*s.PerPage() + cell - skip
				if i < 0 || i >= labels {
					continue
				}
				x, y := s.Corner(cell)
				all, err := items(i)
				if err != nil {
					yield(nil, err)
					return
				}
				for _, item := range all {
					page.Items = append(page.Items, moved(item, x, y))
				}
				if marks {
					page.Items = append(page.Items, s.marks(x, y)...)
				}
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// Crop marks: how long and how wide.
const (
	markLength = 2 * draw.Millimetre
	markWidth  = draw.Millimetre / 10
	markColor  = draw.Color(0x808080)
)

// marks are the corners of a label, to cut along.
func (s Sheet) marks(x, y draw.Length) (items []draw.Item) {
	for _, cx := range []draw.Length{x, x + s.Width} {
		for _, cy := range []draw.Length{y, y + s.Height} {
			items = append(items,
				draw.Box(cx-markLength/2, cy-markWidth/2, markLength, markWidth, markColor),
				draw.Box(cx-markWidth/2, cy-markLength/2, markWidth, markLength, markColor))
		}
	}
	return items
}

func moved(item draw.Item, x, y draw.Length) draw.Item {
	move := func(p draw.Point) draw.Point { return draw.Point{X: p.X + x, Y: p.Y + y} }
	switch i := item.(type) {
	case draw.Shape:
		points := make([]draw.Point, len(i.Points))
		for k, p := range i.Points {
			points[k] = move(p)
		}
		i.Points = points
		return i
	case draw.Text:
		i.At = move(i.At)
		return i
	case draw.Code:
		i.At = move(i.At)
		return i
	}
	return item
}

// millimetres writes a length in millimetres, to a tenth.
func millimetres(l draw.Length) string {
	tenths := (l + 50) / 100
	if tenths%10 == 0 {
		return fmt.Sprint(int(tenths / 10))
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
