package draw

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// PDF is a file being written, one page after the other (PDF 1.7, ISO 32000-1).
type PDF struct {
	to    io.Writer
	fonts *Fonts
	title string

	at      int   // bytes written
	objects []int // where each object begins; number 1 is the first, 0: not written yet
	pages   []int // their numbers
	used    [faces]bool
	err     error
}

// Objects with fixed numbers: what pages name before it is written.
const (
	catalog = iota + 1
	pageTree
	resources
	information
	reserved = information
)

// NewPDF begins a file. The title is for people; whoever prints is asked not to scale.
func (f *Fonts) NewPDF(to io.Writer, title string) *PDF {
	p := &PDF{to: to, fonts: f, title: title, objects: make([]int, reserved)}
	p.printf("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	return p
}

// Page writes a page.
func (p *PDF) Page(page *Page) error {
	content := p.stream("", p.content(page))
	p.pages = append(p.pages, p.object("<</Type/Page/Parent %d 0 R/Resources %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R>>",
		pageTree, resources, postscript(page.Width), postscript(page.Height), content))
	return p.err
}

// Close writes what the pages need. It does not close the writer.
func (p *PDF) Close() error {
	var fonts, kids strings.Builder
	for i := range faces {
		if p.used[i] {
			fmt.Fprintf(&fonts, "/F%d %d 0 R", i, p.font(i))
		}
	}
	for _, n := range p.pages {
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	p.put(resources, "<</Font<<%s>>>>", fonts.String())
	p.put(pageTree, "<</Type/Pages/Count %d/Kids[%s]>>", len(p.pages), kids.String())
	p.put(information, "<</Title %s/Producer(ocop)>>", textString(p.title))
	p.put(catalog, "<</Type/Catalog/Pages %d 0 R/Lang(vi-VN)/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>", pageTree)
	start := p.at
	p.printf("xref\n0 %d\n0000000000 65535 f \n", len(p.objects)+1)
	for _, at := range p.objects {
		p.printf("%010d 00000 n \n", at)
	}
	p.printf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(p.objects)+1, catalog, information, start)
	return p.err
}

func (p *PDF) printf(format string, args ...any) { p.write(fmt.Appendf(nil, format, args...)) }

func (p *PDF) write(data []byte) {
	if p.err == nil {
		var n int
		n, p.err = p.to.Write(data)
		p.at += n
	}
}

// put writes an object of a reserved number.
func (p *PDF) put(number int, format string, args ...any) {
	p.objects[number-1] = p.at
	p.printf("%d 0 obj\n"+format+"\nendobj\n", append([]any{number}, args...)...)
}

func (p *PDF) object(format string, args ...any) int {
	p.objects = append(p.objects, 0)
	p.put(len(p.objects), format, args...)
	return len(p.objects)
}

func (p *PDF) stream(entries string, data []byte) int {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer does not fail
	_ = z.Close()
	return p.object("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", entries, b.Len(), b.Bytes())
}

// content draws a page in micrometres, y downwards.
func (p *PDF) content(page *Page) []byte {
	b := new(bytes.Buffer)
	fmt.Fprintf(b, "0.0028346457 0 0 -0.0028346457 0 %s cm\n", postscript(page.Height))
	for _, i := range page.Items {
		switch i := i.(type) {
		case Shape:
			paint(b, i.Fill)
			for k, at := range i.Points {
				fmt.Fprintf(b, "%d %d %c\n", at.X, at.Y, "ml"[min(k, 1)])
			}
			fmt.Fprintln(b, "f")
		case Text:
			p.text(b, &i)
		case Code:
			paint(b, White)
			fmt.Fprintf(b, "%d %d %d %d re f\n", i.At.X, i.At.Y, i.Width(), i.Width())
			paint(b, Black)
			i.Matrix.bars(func(column, row, length int) {
				fmt.Fprintf(b, "%d %d %d %d re\n", i.At.X+i.Module*Length(column), i.At.Y+i.Module*Length(row), i.Module*Length(length), i.Module)
			})
			fmt.Fprintln(b, "f") // all modules at once: no seams between those that touch
		}
	}
	return b.Bytes()
}

func paint(b *bytes.Buffer, c Color) {
	part := func(shift uint) string { return thousandths(int(c>>shift&255) * 1000 / 255) }
	fmt.Fprintf(b, "%s %s %s rg\n", part(16), part(8), part(0))
}

func (p *PDF) text(b *bytes.Buffer, t *Text) {
	p.used[t.Face] = true
	line, width := p.fonts.faces[t.Face].set(t.S)
	at := p.fonts.start(t, width)
	paint(b, t.Fill)
	fmt.Fprintf(b, "BT/F%d 1 Tf ", t.Face)
	if s := thousandths(int(t.Size) * slant); t.Rising {
		fmt.Fprintf(b, "%s -%s -%s -%s %d %d Tm[", s, s, s, s, at.X, at.Y)
	} else {
		fmt.Fprintf(b, "%d 0 0 -%d %d %d Tm[", t.Size, t.Size, at.X, at.Y)
	}
	pen, rise := 0, 0
	for _, g := range line {
		if g.y != rise {
			rise = g.y
			fmt.Fprintf(b, "]TJ %s Ts[", signed(-rise))
		}
		if g.x != pen {
			fmt.Fprintf(b, "%d", pen-g.x)
		}
		fmt.Fprintf(b, "<%04X>", g.index)
		pen = g.x + g.advance
	}
	b.WriteString("]TJ")
	if rise != 0 {
		b.WriteString(" 0 Ts")
	}
	b.WriteString(" ET\n")
}

func signed(n int) string {
	if n < 0 {
		return "-" + thousandths(-n)
	}
	return thousandths(n)
}

// postscript is a length in points of 1/72 inch.
func postscript(l Length) string { return thousandths((int(l)*72_000 + int(inch)/2) / int(inch)) }

// textString is a text for people, in UTF-16 with a byte order mark.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}
