package label

import (
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
)

// Certificate is what the A4 page says.
type Certificate struct {
	ID          string
	Issuer      string
	Product     string // id
	ProductName string
	Producer    string
	Star        int
	Decision    string // number
	DecisionOn  ledger.Date
	From, Until ledger.Date
	Document    string // SHA-256 of the signed Decision, hexadecimal
	Link        string
	Height      uint64 // of the ledger when it was printed
	At          string // time of that block
	Sample      string // what is said on everything of a ledger of sample data; empty: it is none
}

// A4 in landscape.
const (
	certificateWidth  = 297 * draw.Millimetre
	certificateHeight = 210 * draw.Millimetre
	centre            = certificateWidth / 2
)

// certificatePage is a certificate being drawn.
type certificatePage struct {
	*draw.Page
	fonts *draw.Fonts
	fits  bool
}

// Draw lays the certificate out.
func (c *Certificate) Draw(fonts *draw.Fonts) (*draw.Page, error) {
	code, err := draw.Encode(c.Link)
	if err != nil {
		return nil, err
	}
	p := &certificatePage{&draw.Page{Width: certificateWidth, Height: certificateHeight, Title: "Giấy chứng nhận sản phẩm OCOP " + c.ID}, fonts, true}
	p.border()
	if c.Sample != "" {
		p.watermark(c.Sample)
	}
	p.heading(c)
	p.award(c)
	p.particulars(c)
	p.code(c, code)
	p.signature(c)
	p.foot(c)
	if !p.fits {
		return nil, lang.Errorf(lang.Text{Vi: "giấy %s có tên quá dài cho một trang A4", En: "certificate %s has names too long for an A4 page"}, c.ID)
	}
	return p.Page, nil
}

const mm = draw.Millimetre

const (
	ink       = draw.Color(0x1a1a1a)
	pale      = draw.Color(0xf6ead0)
	faint     = draw.Color(0xf8e6e4)
	deepRed   = draw.Color(0xa8141e)
	deepGold  = draw.Color(0xb8860b)
	bandOuter = 8 * mm // from the edge of the paper: printers leave 5 mm white
	bandWidth = 6 * mm
)

func (p *certificatePage) add(items ...draw.Item) { p.Items = append(p.Items, items...) }

// border is a band of lozenges between two lines, and a thin line within.
func (p *certificatePage) border() {
	w, h := p.Width-2*bandOuter, p.Height-2*bandOuter
	p.add(draw.Box(bandOuter, bandOuter, w, h, pale), draw.Box(bandOuter+bandWidth, bandOuter+bandWidth, w-2*bandWidth, h-2*bandWidth, draw.White))
	p.add(draw.Frame(bandOuter, bandOuter, w, h, mm*9/10, deepRed)...)
	p.add(draw.Frame(bandOuter+bandWidth-mm/2, bandOuter+bandWidth-mm/2, w-2*bandWidth+mm, h-2*bandWidth+mm, mm/2, deepRed)...)
	inner := bandOuter + bandWidth + mm*3/2
	p.add(draw.Frame(inner, inner, p.Width-2*inner, p.Height-2*inner, mm/5, deepGold)...)
	middle := bandOuter + bandWidth/2
	row := func(from, to draw.Length, at func(along draw.Length) draw.Point) {
		const pitch = 5 * mm
		n := (to - from) / pitch
		for i := range n + 1 {
			along := from + (to-from)*i/n
			p.add(lozenge(at(along), mm*3/2, deepGold), lozenge(at(along), mm*3/4, pale), lozenge(at(along), mm*2/5, deepRed))
		}
	}
	for _, y := range []draw.Length{middle, p.Height - middle} {
		row(middle, p.Width-middle, func(x draw.Length) draw.Point { return draw.Point{X: x, Y: y} })
	}
	for _, x := range []draw.Length{middle, p.Width - middle} {
		row(middle, p.Height-middle, func(y draw.Length) draw.Point { return draw.Point{X: x, Y: y} })
	}
}

func lozenge(at draw.Point, half draw.Length, fill draw.Color) draw.Shape {
	return draw.Shape{Points: []draw.Point{{X: at.X, Y: at.Y - half}, {X: at.X + half, Y: at.Y}, {X: at.X, Y: at.Y + half}, {X: at.X - half, Y: at.Y}}, Fill: fill}
}

// watermark says across the whole page what a sample is worth. Codes are drawn over it.
func (p *certificatePage) watermark(notice string) {
	first, second, _ := strings.Cut(notice, " – ")
	for i, s := range []string{first, second} {
		at := draw.Point{X: centre - 8*mm + 21*mm*draw.Length(i), Y: p.Height/2 - 3*mm + 21*mm*draw.Length(i)}
		p.add(draw.Text{At: at, Align: draw.Middle, Face: draw.SansBold, Size: 22 * mm, Fill: faint, Rising: true, S: s})
	}
}

// centred sets a line in the middle, smaller when it is too wide.
func (p *certificatePage) centred(y draw.Length, face draw.Face, size draw.Length, fill draw.Color, s string) draw.Length {
	const room = certificateWidth - 60*mm
	for size > 3*mm && p.fonts.Width(face, size, s) > room {
		size -= mm / 10
	}
	p.fits = p.fits && p.fonts.Width(face, size, s) <= room
	p.add(draw.Text{At: draw.Point{X: centre, Y: y}, Align: draw.Middle, Face: face, Size: size, Fill: fill, S: s})
	return p.fonts.Width(face, size, s)
}

// heading is the country's name and motto, as on every document of state (Decree 30/2020/NĐ-CP, annex I), and the issuer.
func (p *certificatePage) heading(c *Certificate) {
	p.centred(29*mm, draw.SerifBold, 47*mm/10, ink, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	width := p.centred(36*mm, draw.SerifBold, 49*mm/10, ink, "Độc lập – Tự do – Hạnh phúc")
	p.add(draw.Box(centre-width/2, 38*mm, width, mm*3/10, ink))
	p.centred(49*mm, draw.SerifBold, 6*mm, deepRed, c.Issuer)
	p.centred(56*mm, draw.SerifItalic, 45*mm/10, ink, "chứng nhận theo Chương trình Mỗi xã một sản phẩm (OCOP)")
}

// award is what is certified: the title, the stars, the product and whose it is.
func (p *certificatePage) award(c *Certificate) {
	p.centred(73*mm, draw.SerifBold, 14*mm, deepRed, "GIẤY CHỨNG NHẬN")
	p.centred(83*mm, draw.SerifBold, 7*mm, deepRed, "SẢN PHẨM OCOP")
	const radius, pitch = 6 * mm, 15 * mm
	for i := range c.Star {
		x := centre + pitch*draw.Length(2*i-c.Star+1)/2
		p.add(draw.Star(draw.Point{X: x, Y: 94 * mm}, radius, deepGold), draw.Star(draw.Point{X: x, Y: 94 * mm}, radius*4/5, draw.Color(0xf2c230)))
	}
	p.centred(107*mm, draw.SerifItalic, 45*mm/10, ink, "Hạng "+[...]string{"", "một", "hai", "ba", "bốn", "năm"}[min(max(c.Star, 0), 5)]+" sao")
	p.name(c.ProductName)
	p.centred(131*mm, draw.Serif, 52*mm/10, ink, "Chủ thể: "+c.Producer)
}

// name is the product's name, in two lines if need be.
func (p *certificatePage) name(s string) {
	const room = certificateWidth - 80*mm
	if p.fonts.Width(draw.SerifBold, 10*mm, s) <= room {
		p.centred(120*mm, draw.SerifBold, 10*mm, ink, s)
		return
	}
	for size := 66 * mm / 10; size >= 4*mm; size -= mm / 5 { // below the stars' words
		if lines, fits := p.fonts.Wrap(draw.SerifBold, size, room, s); fits && len(lines) <= 2 {
			y := 124*mm - size*5/4*draw.Length(len(lines)-1)
			for i, line := range lines {
				p.centred(y+size*5/4*draw.Length(i), draw.SerifBold, size, ink, line)
			}
			return
		}
	}
	p.fits = false
}

// Columns at the lower half: code, particulars, signature.
const (
	codeLeft        = 24 * mm
	codeTop         = 137 * mm
	codeSide        = 38 * mm
	particularsLeft = 68 * mm
	signatureMiddle = 238 * mm
)

// particulars are what a file clerk looks for.
func (p *certificatePage) particulars(c *Certificate) {
	y := 145 * mm
	for _, row := range [][2]string{
		{"Quyết định số", c.Decision + " ngày " + c.DecisionOn.String()},
		{"Hiệu lực", "từ ngày " + c.From.String() + " đến hết ngày " + c.Until.String()},
		{"Số trên sổ cái", c.ID},
		{"Sản phẩm số", c.Product},
		{"Văn bản (SHA-256)", c.Document[:len(c.Document)/2]},
		{"", c.Document[len(c.Document)/2:]},
	} {
		if row[0] != "" {
			p.add(draw.Text{At: draw.Point{X: particularsLeft, Y: y}, Face: draw.Serif, Size: 37 * mm / 10, Fill: grey, S: row[0]})
		}
		size := 37 * mm / 10
		for size > 2*mm && p.fonts.Width(draw.SerifBold, size, row[1]) > 88*mm {
			size -= mm / 10
		}
		p.fits = p.fits && p.fonts.Width(draw.SerifBold, size, row[1]) <= 88*mm
		p.add(draw.Text{At: draw.Point{X: particularsLeft + 37*mm, Y: y}, Face: draw.SerifBold, Size: size, Fill: ink, S: row[1]})
		y += 63 * mm / 10
	}
}

func (p *certificatePage) code(c *Certificate, m *draw.Matrix) {
	code := draw.Code{At: draw.Point{X: codeLeft, Y: codeTop}, Module: codeSide / draw.Length(m.Modules()), Matrix: m}
	p.add(code)
	p.fits = p.fits && code.Module >= LeastModule
	for i, s := range []string{"Quét mã để xem hiệu lực hôm nay", "hoặc gõ: " + c.Product} {
		p.add(draw.Text{At: draw.Point{X: codeLeft + code.Width()/2, Y: codeTop + code.Width() + 5*mm/2 + 4*mm*draw.Length(i)}, Align: draw.Middle, Face: draw.Sans, Size: 27 * mm / 10, Fill: grey, S: s})
	}
}

// signature is room for a hand and a seal.
func (p *certificatePage) signature(c *Certificate) {
	const room = 78 * mm
	p.add(draw.Text{At: draw.Point{X: signatureMiddle, Y: 145 * mm}, Align: draw.Middle, Face: draw.SerifItalic, Size: 42 * mm / 10, Fill: ink, S: inWords(c.DecisionOn)})
	size := 43 * mm / 10
	lines, fits := p.fonts.Wrap(draw.SerifBold, size, room, c.Issuer)
	for size > 3*mm && (!fits || len(lines) > 3) {
		size -= mm / 10
		lines, fits = p.fonts.Wrap(draw.SerifBold, size, room, c.Issuer)
	}
	p.fits = p.fits && fits && len(lines) <= 3
	for i, s := range lines {
		p.add(draw.Text{At: draw.Point{X: signatureMiddle, Y: 152*mm + size*5/4*draw.Length(i)}, Align: draw.Middle, Face: draw.SerifBold, Size: size, Fill: ink, S: s})
	}
}

// inWords writes a date as documents of state do (Decree 30/2020/NĐ-CP, annex I): days below 10 and the months 1 and 2 with a zero in front, so that none
// can be put before them.
func inWords(d ledger.Date) string {
	month := fmt.Sprintf("%d", d/100%100)
	if d/100%100 < 3 {
		month = "0" + month
	}
	return fmt.Sprintf("Ngày %02d tháng %s năm %d", d%100, month, d.Year())
}

// foot says what the paper is worth.
func (p *certificatePage) foot(c *Certificate) {
	for i, s := range []string{
		"Quyết định đã ký là văn bản có giá trị pháp lý; giấy này trình bày điều sổ cái OCOP ghi ở khối " + words.Grouped(lang.Vietnamese, c.Height) + ", lúc " + c.At + ".",
		"Giấy đã in không biết việc về sau: sản phẩm còn được chứng nhận hay đã bị thu hồi thì quét mã để biết.",
	} {
		p.centred(187*mm+draw.Length(i)*4*mm, draw.SerifItalic, 31*mm/10, grey, s)
	}
	if c.Sample != "" {
		p.centred(21*mm, draw.SansBold, 35*mm/10, deepRed, c.Sample)
	}
}
