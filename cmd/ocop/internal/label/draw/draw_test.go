package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/wire/text"
)

func fonts(t *testing.T) *Fonts {
	t.Helper()
	f, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRepertoire: every letter that a name on the ledger may have is in every face.
func TestRepertoire(t *testing.T) {
	f := fonts(t)
	letters, marks := 0, 0
	for r := ' '; r <= lastRune; r++ {
		name := string(r)
		if isMark(r) {
			name = "ƀ" + name // nothing composes with it
		} else if r == ' ' {
			name = "a a"
		}
		if problem, _ := text.Check(text.Name, []byte(name)); problem != text.OK {
			continue
		}
		if letters++; isMark(r) {
			marks++
		}
		for i := range faces {
			if g := f.faces[i].runes[r]; g == nil || g.ink.empty() && r != ' ' {
				t.Errorf("%s has no %q (%U)", names[i], r, r)
			}
		}
	}
	if letters < 400 || marks != 11 {
		t.Errorf("%d letters, of which %d marks: the repertoire was not looked at", letters, marks)
	}
}

// TestMarks: a mark without a letter of its own stands over its letter, and above what the letter carries already.
func TestMarks(t *testing.T) {
	f := fonts(t)
	for i := range faces {
		face := &f.faces[i]
		for _, s := range []string{"ê\u0306", "ơ\u0306", "Ê\u0306", "b\u0323", "ê\u0306\u0323"} {
			line, width := face.set(s)
			letter := line[0]
			if width != letter.advance || len(line) != len([]rune(s)) {
				t.Errorf("%s %q: %d glyphs, %d wide", names[i], s, len(line), width)
			}
			top, bottom := letter.ink.top, letter.ink.bottom
			for _, m := range line[1:] {
				middle := m.x + (m.ink.left+m.ink.right)/2
				if off := middle - (letter.ink.left+letter.ink.right)/2; off < -1 || off > 1 {
					t.Errorf("%s %q: a mark is %d beside its letter", names[i], s, off)
				}
				above, below := m.ink.bottom+m.y < top, m.ink.top+m.y > bottom
				if !above && !below {
					t.Errorf("%s %q: a mark from %d to %d on a letter from %d to %d", names[i], s, m.ink.top+m.y, m.ink.bottom+m.y, top, bottom)
				}
				top, bottom = min(top, m.ink.top+m.y), max(bottom, m.ink.bottom+m.y)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	f := fonts(t)
	s := "Cà phê bột nguyên chất Đắk Đam đặc biệt"
	width := f.Width(Sans, 3*Millimetre, "Cà phê bột nguyên")
	lines, fits := f.Wrap(Sans, 3*Millimetre, width, s)
	if !fits || strings.Join(lines, " ") != s || len(lines) < 3 {
		t.Errorf("%q, %v", lines, fits)
	}
	for _, line := range lines {
		if f.Width(Sans, 3*Millimetre, line) > width {
			t.Errorf("%q is wider than %d", line, width)
		}
	}
	if _, fits := f.Wrap(Sans, 3*Millimetre, f.Width(Sans, 3*Millimetre, "nguyê"), s); fits {
		t.Error("a word that is wider than the line fits")
	}
}

// page has everything that a page can have, and text that would be markup.
func page(t *testing.T) *Page {
	t.Helper()
	m, err := Encode("https://ocop.example.vn/id/1000002.1/10/M%2F01/21/7")
	if err != nil {
		t.Fatal(err)
	}
	return &Page{Width: 60 * Millimetre, Height: 40 * Millimetre, Title: `Tem <"&'> (đ)\`, Items: append([]Item{
		Code{Point{2 * Millimetre, 2 * Millimetre}, 600, m},
		Text{Point{32 * Millimetre, 8 * Millimetre}, Start, SansBold, 3 * Millimetre, Black, false, `</text>&amp;"'`},
		Text{Point{32 * Millimetre, 14 * Millimetre}, Start, SerifItalic, 3 * Millimetre, 0xa8141e, false, "Đắk Nông ê\u0306 100%"},
		Text{Point{58 * Millimetre, 20 * Millimetre}, End, Serif, 3 * Millimetre, Black, false, `(\) ET Q`},
		Text{Point{46 * Millimetre, 30 * Millimetre}, Middle, SerifBold, 4 * Millimetre, 0xcccccc, true, "MẪU"},
		Star(Point{40 * Millimetre, 25 * Millimetre}, 3*Millimetre, 0xc98a00),
		Box(59*Millimetre, 39*Millimetre, 5*Millimetre, 5*Millimetre, Black), // across the edge
	}, Frame(0, 0, 60*Millimetre, 40*Millimetre, 200, Black)...)}
}

func written(t *testing.T, write func(w io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pdf(f *Fonts, pages ...*Page) func(w io.Writer) error {
	return func(w io.Writer) error {
		p := f.NewPDF(w, pages[0].Title)
		for _, page := range pages {
			if err := p.Page(page); err != nil {
				return err
			}
		}
		return p.Close()
	}
}

// TestSVG: the golden picture, which is XML whatever the text says.
func TestSVG(t *testing.T) {
	f := fonts(t)
	got := written(t, func(w io.Writer) error { return f.SVG(w, page(t)) })
	path := filepath.Join("testdata", "page.svg")
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the picture is not that of %s: look at both", path)
	}
	d := xml.NewDecoder(bytes.NewReader(got))
	labels, known, used := []string{}, map[string]bool{}, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "aria-label":
				labels = append(labels, a.Value)
			case a.Name.Local == "id":
				known[a.Value] = true
			case a.Name.Local == "href":
				if used++; !known[strings.TrimPrefix(a.Value, "#")] {
					t.Errorf("%s is used before it is there", a.Value)
				}
			}
		}
	}
	if fmt.Sprintf("%q", labels) != fmt.Sprintf("%q", []string{`</text>&amp;"'`, "Đắk Nông ê\u0306 100%", `(\) ET Q`, "MẪU"}) || used < 30 {
		t.Errorf("%q, %d glyphs", labels, used)
	}
}

// TestPNG: as large on paper as the page, and too coarse a one is refused.
func TestPNG(t *testing.T) {
	f := fonts(t)
	data := written(t, func(w io.Writer) error { return f.PNG(w, page(t), 300) })
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != 709 || b.Dy() != 472 {
		t.Errorf("%v for 60 × 40 mm at 300 dots per inch", b)
	}
	if !bytes.Contains(data, []byte("pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01")) { // 11,811 per metre
		t.Error("the picture does not say how large it is")
	}
	if err := f.PNG(io.Discard, page(t), 72); !errors.Is(err, ErrCoarse) {
		t.Errorf("modules of 1.7 dots: %v", err)
	}
}

// TestPDF: every object is where the file says, and every page is there.
func TestPDF(t *testing.T) {
	f := fonts(t)
	data := written(t, pdf(f, page(t), page(t), page(t)))
	start, err := strconv.Atoi(string(regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)[1]))
	if err != nil || !bytes.HasPrefix(data[start:], []byte("xref\n0 ")) {
		t.Fatalf("the table is not at %d: %v", start, err)
	}
	rows := regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(data[start:], -1)
	for i, row := range rows {
		at, _ := strconv.Atoi(string(row[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(data[at:], []byte(want)) {
			t.Errorf("object %d is not at %d: %.20q", i+1, at, data[at:])
		}
	}
	if n := bytes.Count(data, []byte("/Type/Page/")); n != 3 || !bytes.Contains(data, fmt.Appendf(nil, "/Size %d/", len(rows)+1)) {
		t.Errorf("%d pages, %d objects", n, len(rows))
	}
	for _, parts := range [][]byte{[]byte("/CreationDate"), []byte("/ModDate"), []byte("NotoSans-Regular")} {
		if bytes.Contains(data, parts) {
			t.Errorf("%s is in the file: a clock, or a face that no page has", parts)
		}
	}
}

// TestSameBytes: what is drawn twice is the same, also with fonts read anew.
func TestSameBytes(t *testing.T) {
	for name, write := range map[string]func(f *Fonts) func(w io.Writer) error{
		"SVG": func(f *Fonts) func(w io.Writer) error { return func(w io.Writer) error { return f.SVG(w, page(t)) } },
		"PNG": func(f *Fonts) func(w io.Writer) error {
			return func(w io.Writer) error { return f.PNG(w, page(t), 150) }
		},
		"PDF": func(f *Fonts) func(w io.Writer) error { return pdf(f, page(t)) },
	} {
		first := written(t, write(fonts(t)))
		for range 3 {
			if !bytes.Equal(written(t, write(fonts(t))), first) {
				t.Errorf("%s differs when it is made again", name)
			}
		}
	}
}

// failing is a disk that is full after so many bytes.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestFullDisk: what could not be written whole is an error.
func TestFullDisk(t *testing.T) {
	f := fonts(t)
	for name, write := range map[string]func(w io.Writer) error{
		"SVG": func(w io.Writer) error { return f.SVG(w, page(t)) }, "PNG": func(w io.Writer) error { return f.PNG(w, page(t), 150) }, "PDF": pdf(f, page(t)),
	} {
		size := len(written(t, write))
		for _, left := range []int{0, size / 2, size - 1} {
			if err := write(&failing{left}); !errors.Is(err, errFull) {
				t.Errorf("%s on a disk with %d of %d bytes: %v", name, left, size, err)
			}
		}
		if err := write(&failing{size}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTooLong: a link that no code holds is refused.
func TestTooLong(t *testing.T) {
	if _, err := Encode(strings.Repeat("a", 2331)); err != nil {
		t.Error(err)
	}
	if _, err := Encode(strings.Repeat("a", 2332)); err == nil {
		t.Error("a code of more than version 40 was drawn")
	}
}
