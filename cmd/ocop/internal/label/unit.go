package label

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
)

// Lot is what the labels of a lot say.
type Lot struct {
	ID          ledger.LotID
	ProductName string
	Star        int         // 3 to 5
	Expires     ledger.Date // best before; 0: none given
	Sample      string      // what is said on everything of a ledger of sample data; empty: it is none
}

// Short is the code below the QR code, for hands and voices: what the resolver finds as it finds the link. Serial 0: the lot's.
func (l *Lot) Short(serial uint64) string {
	return gs1.Short(l.ID.Product, l.ID.Lot, Serial(serial))
}

// Serial writes a serial number as it stands in links and codes; 0 is none.
func Serial(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// LeastModule is the smallest module of a printed code that cheap phones read. GS1 asks 0.396 mm of codes on goods.
const LeastModule = 400 * draw.Millimetre / 1000

// Sizes of a label's text.
const (
	leastText = 14 * draw.Millimetre / 10 // 4 points, of which capitals have 1 mm: the least that is read without a glass
	mostText  = 34 * draw.Millimetre / 10
	textStep  = draw.Millimetre / 10
	padding   = draw.Millimetre // beside text and code, whose quiet zone is white, too
	mostName  = 3               // lines
)

const (
	red  = draw.Color(0xa8141e)
	gold = draw.Color(0xc98a00)
	grey = draw.Color(0x404040)
)

// TooSmall says that a label has no room for its code and text, and the smallest one that has.
type TooSmall struct{ Width, Height, NeedWidth, NeedHeight draw.Length }

func (e *TooSmall) Error() string { return e.In(lang.English) }

// In is the sentence in a language.
func (e *TooSmall) In(l lang.Language) string {
	return lang.Text{
		Vi: "nhãn %s × %s mm quá nhỏ cho mã QR (ô vuông từ %s mm) và chữ; cần ít nhất %s × %s mm",
		En: "a label of %s × %s mm is too small for its QR code (modules of %s mm at least) and text; it takes at least %s × %s mm"}.F(l,
		millimetres(e.Width), millimetres(e.Height), millimetres(LeastModule), millimetres(e.NeedWidth), millimetres(e.NeedHeight))
}

// Units lays out labels of one size, all alike.
type Units struct {
	fonts *draw.Fonts
	lot   *Lot
	sheet Sheet
	link  func(serial uint64) (string, error)
	area  area
	size  draw.Length // of the text
}

// area is a label's room: a square for the code, a rectangle for the text.
type area struct {
	code          draw.Point
	side          draw.Length
	text          draw.Point
	width, height draw.Length
}

// NewUnits finds the layout that has room for the longest of the labels, the one with the last serial (0: labels of the lot without serials). The error
// is a *TooSmall when there is none, or comes from link.
func NewUnits(fonts *draw.Fonts, lot *Lot, sheet Sheet, last uint64, link func(serial uint64) (string, error)) (*Units, error) {
	u := &Units{fonts: fonts, lot: lot, sheet: sheet, link: link}
	longest, err := u.matrix(last)
	if err != nil {
		return nil, err
	}
	if u.fit(sheet.Width, sheet.Height, longest.Modules(), last) {
		return u, nil
	}
	small := &TooSmall{Width: sheet.Width, Height: sheet.Height}
	small.NeedWidth, small.NeedHeight = u.least(longest.Modules(), last)
	return nil, small
}

func (u *Units) matrix(serial uint64) (*draw.Matrix, error) {
	link, err := u.link(serial)
	if err != nil {
		return nil, err
	}
	return draw.Encode(link)
}

// fit chooses the code's place and the largest text that there is room for.
func (u *Units) fit(width, height draw.Length, modules int, last uint64) bool {
	u.area = divide(width, height, u.sheet.unprintable())
	if u.area.side/draw.Length(modules) < LeastModule {
		return false
	}
	for u.size = mostText; u.size >= leastText; u.size -= textStep {
		if _, ok := u.lines(last); ok {
			return true
		}
	}
	return false
}

// divide puts the code at the left of a wide label, and at the top of a high one. edge is how much of the label's rim a printer may leave white: text keeps
// off it, and of the code only the quiet zone may lie there.
func divide(width, height, edge draw.Length) area {
	text, code := max(edge, padding), max(edge-draw.Quiet*LeastModule, padding)
	inner := min(width, height) - 2*code
	if width >= height {
		side := min(inner, width/2)
		left := code + side + padding
		return area{
			code: draw.Point{X: code, Y: (height - side) / 2}, side: side,
			text: draw.Point{X: left, Y: text}, width: width - left - text, height: height - 2*text,
		}
	}
	top := code + inner + padding
	return area{
		code: draw.Point{X: (width - inner) / 2, Y: code}, side: inner,
		text: draw.Point{X: text, Y: top}, width: width - 2*text, height: height - top - text,
	}
}

// least is the wide label of the least area that has room.
func (u *Units) least(modules int, last uint64) (width, height draw.Length) {
	const step = draw.Millimetre / 2
	code := (LeastModule*draw.Length(modules) + 2*padding + step - 1) / step * step
	for h := code; h <= code+20*draw.Millimetre; h += step {
		for w := h; w <= mostSide && (width == 0 || w*h < width*height); w += step {
			if u.fit(w, h, modules, last) {
				width, height = w, h
				break
			}
		}
	}
	return width, height
}

// line is a line of a label's text. Lines of one group belong together.
type line struct {
	group int
	face  draw.Face
	fill  draw.Color
	s     string
	stars int // behind the text; -1: the text is small print
}

// lines are the lines of a label, and whether there is room for them.
func (u *Units) lines(serial uint64) (all []line, ok bool) {
	width := u.area.width
	name, ok := u.fonts.Wrap(draw.SansBold, u.size, width, u.lot.ProductName)
	if !ok || len(name) > mostName {
		return nil, false
	}
	add := func(group int, face draw.Face, fill draw.Color, s string) {
		all = append(all, line{group, face, fill, s, 0})
		ok = ok && u.fonts.Width(face, u.size, s) <= width
	}
	for _, s := range name {
		add(0, draw.SansBold, draw.Black, s)
	}
	all = append(all, line{1, draw.SansBold, red, "OCOP", u.lot.Star})
	ok = ok && u.fonts.Width(draw.SansBold, u.size, "OCOP ")+u.size*draw.Length(u.lot.Star) <= width
	add(2, draw.Sans, draw.Black, "Lô: "+u.lot.ID.Lot)
	if u.lot.Expires != 0 {
		add(2, draw.Sans, draw.Black, "HSD: "+u.lot.Expires.String())
	}
	for _, s := range u.chopped(u.lot.Short(serial)) {
		add(3, draw.Sans, grey, s)
	}
	if u.lot.Sample != "" {
		first, second, _ := strings.Cut(u.lot.Sample, " – ")
		for _, s := range []string{first + " –", second} {
			all = append(all, line{4, draw.SansBold, red, s, -1})
			ok = ok && u.fonts.Width(draw.SansBold, u.size*4/5, s) <= width
		}
	}
	return all, ok && u.leading()*draw.Length(len(all)) <= u.area.height
}

// chopped breaks a code into lines, behind a slash when there is one to break behind.
func (u *Units) chopped(code string) (lines []string) {
	fits := func(s string) bool { return u.fonts.Width(draw.Sans, u.size, s) <= u.area.width }
	rest := code
	for rest != "" {
		n := len(rest)
		for n > 1 && !fits(rest[:n]) {
			n--
		}
		if n < len(rest) {
			if slash := strings.LastIndexByte(rest[:n], '/'); slash >= 0 {
				n = slash + 1
			}
		}
		lines = append(lines, rest[:n])
		rest = rest[n:]
	}
	return lines
}

func (u *Units) leading() draw.Length { return u.size * 5 / 4 }

// Items draws the label of a serial; 0: of the lot.
func (u *Units) Items(serial uint64) ([]draw.Item, error) {
	m, err := u.matrix(serial)
	if err != nil {
		return nil, err
	}
	lines, ok := u.lines(serial)
	if !ok {
		return nil, fmt.Errorf("label %s does not fit where the last one does", u.lot.Short(serial))
	}
	code := draw.Code{Module: u.area.side / draw.Length(m.Modules()), Matrix: m}
	slack := (u.area.side - code.Width()) / 2
	code.At = draw.Point{X: u.area.code.X + slack, Y: u.area.code.Y + slack}
	items := []draw.Item{code}
	spare := u.area.height - u.leading()*draw.Length(len(lines))
	groups := lines[len(lines)-1].group
	between := min(spare/draw.Length(groups+1), u.size*3/4)
	y := u.area.text.Y + (spare-between*draw.Length(groups))/2 + u.size
	for i, l := range lines {
		if i > 0 && l.group != lines[i-1].group {
			y += between
		}
		size := u.size
		if l.stars < 0 {
			size = size * 4 / 5
		}
		items = append(items, draw.Text{At: draw.Point{X: u.area.text.X, Y: y}, Face: l.face, Size: size, Fill: l.fill, S: l.s})
		for k := range l.stars {
			x := u.area.text.X + u.fonts.Width(l.face, size, l.s+" ") + size/2 + size*draw.Length(k)
			items = append(items, draw.Star(draw.Point{X: x, Y: y - size*9/25}, size/2, gold))
		}
		y += u.leading()
	}
	return items, nil
}
