package draw

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"golang.org/x/image/font/sfnt"
)

// SVG writes a page. Letters are outlines, each once: a print shop needs no font. One user unit is a micrometre.
func (f *Fonts) SVG(to io.Writer, p *Page) error {
	w := &svgWriter{Writer: bufio.NewWriter(to), fonts: f, known: make(map[string]bool)}
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xml:lang="vi" width="%smm" height="%smm" viewBox="0 0 %d %d">`,
		thousandths(int(p.Width)), thousandths(int(p.Height)), p.Width, p.Height)
	fmt.Fprintf(w, "\n<title>%s</title>\n", escaped(p.Title))
	fmt.Fprintf(w, "<path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/>\n", p.Width, p.Height, p.Width)
	for _, i := range p.Items {
		switch i := i.(type) {
		case Shape:
			w.shape(i)
		case Text:
			w.text(&i)
		case Code:
			w.code(i)
		}
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

type svgWriter struct {
	*bufio.Writer
	fonts *Fonts
	known map[string]bool // glyphs that have been defined
}

func (w *svgWriter) shape(s Shape) {
	fmt.Fprintf(w, `<path fill="%s" d="M`, s.Fill.hex())
	for i, p := range s.Points {
		if i > 0 {
			fmt.Fprint(w, "L")
		}
		fmt.Fprintf(w, "%d %d", p.X, p.Y)
	}
	fmt.Fprintln(w, `z"/>`)
}

func (w *svgWriter) text(t *Text) {
	line, width := w.fonts.faces[t.Face].set(t.S)
	var b strings.Builder
	for _, g := range line {
		if len(g.path) == 0 {
			continue // a space
		}
		id := fmt.Sprintf("%c%d", 'a'+rune(t.Face), g.index)
		if !w.known[id] {
			w.known[id] = true
			fmt.Fprintf(w, "<defs><path id=\"%s\" d=\"%s\"/></defs>\n", id, outline(g.path))
		}
		fmt.Fprintf(&b, `<use xlink:href="#%s" x="%d"`, id, g.x)
		if g.y != 0 {
			fmt.Fprintf(&b, ` y="%d"`, g.y)
		}
		b.WriteString("/>")
	}
	at, turn := w.fonts.start(t, width), ""
	if t.Rising {
		turn = "rotate(-45) "
	}
	fmt.Fprintf(w, `<g role="img" aria-label="%s" fill="%s" transform="translate(%d %d) %sscale(%s)">%s</g>`+"\n",
		escaped(t.S), t.Fill.hex(), at.X, at.Y, turn, thousandths(int(t.Size)), b.String())
}

// outline is a glyph as path data.
func outline(path sfnt.Segments) string {
	var b strings.Builder
	for i, s := range path {
		op := "MLQC"[s.Op]
		if op == 'M' && i > 0 {
			b.WriteByte('z')
		}
		b.WriteByte(op)
		for k := range points(s.Op) {
			x, y := units(s.Args[k])
			if k > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%d %d", x, y)
		}
	}
	b.WriteByte('z')
	return b.String()
}

func (w *svgWriter) code(c Code) {
	fmt.Fprintf(w, `<path fill="#fff" d="M%d %dh%dv%dh-%dz"/>`, c.At.X, c.At.Y, c.Width(), c.Width(), c.Width())
	fmt.Fprint(w, `<path shape-rendering="crispEdges" d="`)
	c.Matrix.bars(func(column, row, length int) {
		fmt.Fprintf(w, "M%d %dh%dv%dh-%dz", c.At.X+c.Module*Length(column), c.At.Y+c.Module*Length(row), c.Module*Length(length), c.Module, c.Module*Length(length))
	})
	fmt.Fprintln(w, `"/>`)
}

func (c Color) hex() string { return fmt.Sprintf("#%06x", uint32(c)) }

// thousandths writes n/1000 without superfluous zeros.
func thousandths(n int) string {
	s := fmt.Sprintf("%d.%03d", n/1000, n%1000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
