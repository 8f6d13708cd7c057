package draw

import "strings"

// placed is a glyph at its place in a line: thousandths of the em from the beginning of the baseline.
type placed struct {
	*glyph
	x, y int
}

// gap is how far a mark stands above what is below it, in thousandths of the em.
const gap = 40

// set places the glyphs of a line and tells its width, in thousandths of the em.
//
// Vietnamese in NFC has a glyph for each letter. The languages of the Central Highlands write marks on letters that have no glyph of their own (ê̆): a
// mark is centred on its letter, and above whatever it already carries.
func (t *typeface) set(s string) (line []placed, width int) {
	var letter placed // that marks stand on
	for _, r := range s {
		g := t.runes[r]
		switch {
		case g == nil:
			g = t.blank
		case isMark(r) && len(line) > 0:
			m := t.mark(g, &letter, r)
			line = append(line, m)
			continue
		}
		letter = placed{g, width, 0}
		line = append(line, letter)
		width += g.advance
	}
	return line, width
}

const (
	horn     = '\u031b'
	dotBelow = '\u0323'
)

func isMark(r rune) bool { return r >= '\u0300' && r <= '\u036f' }

// mark places a mark on a letter, and makes the letter one that carries it.
func (t *typeface) mark(g *glyph, on *placed, r rune) placed {
	base := *on.glyph
	at := placed{g, on.x + (base.ink.left+base.ink.right-g.ink.left-g.ink.right)/2, 0}
	switch r {
	case horn:
		at.x = on.x + base.ink.right - g.ink.left - g.advance/4
	case dotBelow:
		at.y = max(0, base.ink.bottom+gap-g.ink.top)
		base.ink.bottom = max(base.ink.bottom, g.ink.bottom+at.y)
	default:
		at.y = min(0, base.ink.top-gap-g.ink.bottom)
		base.ink.top = min(base.ink.top, g.ink.top+at.y)
	}
	on.glyph = &base
	return at
}

// Width is how long a line of text is.
func (f *Fonts) Width(face Face, size Length, s string) Length {
	_, width := f.faces[face].set(s)
	return Length(width) * size / em
}

// Wrap breaks a text at its spaces into lines of at most that width. A word that is wider has a line of its own, and does not fit.
func (f *Fonts) Wrap(face Face, size, width Length, s string) (lines []string, fits bool) {
	fits = true
	line := ""
	for word := range strings.FieldsSeq(s) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if line != "" && f.Width(face, size, longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
		fits = fits && f.Width(face, size, line) <= width
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines, fits
}

// start is where the baseline of a text begins.
func (f *Fonts) start(t *Text, width int) Point {
	length := Length(width) * t.Size / em
	switch t.Align {
	case Middle:
		length /= 2
	case Start:
		return t.At
	}
	if !t.Rising {
		return Point{t.At.X - length, t.At.Y}
	}
	return Point{t.At.X - length*slant/1000, t.At.Y + length*slant/1000}
}

// slant is the sine and cosine of 45 degrees in thousandths.
const slant = 707
