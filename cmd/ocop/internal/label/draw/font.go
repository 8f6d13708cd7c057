package draw

import (
	"embed"
	"fmt"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Face is one of the fonts: Noto, under the SIL Open Font License (fonts/OFL.txt).
type Face uint8

// Faces.
const (
	Sans Face = iota
	SansBold
	Serif
	SerifBold
	SerifItalic
	faces
)

var names = [faces]string{"NotoSans-Regular", "NotoSans-Bold", "NotoSerif-Regular", "NotoSerif-Bold", "NotoSerif-Italic"}

//go:embed fonts/*.ttf fonts/OFL.txt
var files embed.FS

// em is the size of all the faces in their own units, in which glyphs are measured.
const em = 1000

// Fonts are the faces, read. They are not changed any more, and may be used by many at once.
type Fonts struct{ faces [faces]typeface }

type typeface struct {
	file   []byte
	runes  map[rune]*glyph
	blank  *glyph // stands for runes without a glyph
	widths []int  // by glyph index
	bounds box    // of all glyphs
}

// glyph is a letter's drawing, in thousandths of the em, y downwards from the baseline.
type glyph struct {
	index   sfnt.GlyphIndex
	advance int
	ink     box
	path    sfnt.Segments
}

type box struct{ left, top, right, bottom int }

func (b box) empty() bool { return b.left >= b.right }

// lastRune is the end of what the fonts have glyphs of.
const lastRune = 0x2fff

// Load reads the fonts.
func Load() (*Fonts, error) {
	f := new(Fonts)
	for i, name := range names {
		file, err := files.ReadFile("fonts/" + name + ".ttf")
		if err != nil {
			return nil, err
		}
		if err := f.faces[i].read(file); err != nil {
			return nil, fmt.Errorf("font %s: %w", name, err)
		}
	}
	return f, nil
}

func (t *typeface) read(file []byte) error {
	parsed, err := sfnt.Parse(file)
	if err != nil {
		return err
	}
	if parsed.UnitsPerEm() != em {
		return fmt.Errorf("%d units to the em, want %d", parsed.UnitsPerEm(), em)
	}
	t.file, t.runes = file, make(map[rune]*glyph)
	var b sfnt.Buffer
	all := make([]*glyph, parsed.NumGlyphs())
	for i := range all {
		if all[i], err = load(parsed, &b, sfnt.GlyphIndex(i)); err != nil {
			return fmt.Errorf("glyph %d: %w", i, err)
		}
		t.widths = append(t.widths, all[i].advance)
		if ink := all[i].ink; !ink.empty() {
			t.bounds = box{min(t.bounds.left, ink.left), min(t.bounds.top, ink.top), max(t.bounds.right, ink.right), max(t.bounds.bottom, ink.bottom)}
		}
	}
	t.blank = all[0]
	for r := ' '; r <= lastRune; r++ {
		i, err := parsed.GlyphIndex(&b, r)
		if err != nil {
			return err
		}
		if i != 0 {
			t.runes[r] = all[i]
		}
	}
	return nil
}

func load(f *sfnt.Font, b *sfnt.Buffer, i sfnt.GlyphIndex) (*glyph, error) {
	bounds, advance, err := f.GlyphBounds(b, i, em, font.HintingNone)
	if err != nil {
		return nil, err
	}
	path, err := f.LoadGlyph(b, i, em, nil)
	if err != nil {
		return nil, err
	}
	return &glyph{i, int(advance), box{int(bounds.Min.X), int(bounds.Min.Y), int(bounds.Max.X), int(bounds.Max.Y)}, append(sfnt.Segments(nil), path...)}, nil
}

// points are how many points a segment has.
func points(op sfnt.SegmentOp) int {
	switch op {
	case sfnt.SegmentOpQuadTo:
		return 2
	case sfnt.SegmentOpCubeTo:
		return 3
	}
	return 1
}

func units(p fixed.Point26_6) (x, y int) { return int(p.X), int(p.Y) }
