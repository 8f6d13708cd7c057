package draw

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Flags of a font descriptor: glyphs are named by number, and not by an encoding of letters.
const symbolic = 4

// font writes a face as a font of PDF. Its codes are the numbers of its glyphs; a table beside it says what they read.
func (p *PDF) font(face Face) int {
	t := &p.fonts.faces[face]
	name := "OCOPVN+" + names[face] // six letters and a plus sign: a part of the font of that name
	file := p.stream(fmt.Sprintf("/Length1 %d", len(t.file)), t.file)
	slope := 0
	if face == SerifItalic {
		slope = -12
	}
	descriptor := p.object("<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %d/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, symbolic, t.bounds.left, -t.bounds.bottom, t.bounds.right, -t.bounds.top, slope, -t.bounds.top, -t.bounds.bottom, -t.runes['H'].ink.top, file)
	widths := strings.Trim(fmt.Sprint(t.widths), "[]")
	descendant := p.object("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/W[0[%s]]>>",
		name, descriptor, widths)
	return p.object("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, descendant, p.stream("", t.reading()))
}

// mostChars is how many characters one operator of a CMap may map.
const mostChars = 100

// reading is the CMap from glyphs to letters, by which text is searched, copied and read aloud.
func (t *typeface) reading() []byte {
	letters := make(map[int]rune) // a glyph of several letters reads as the first
	for _, r := range slices.Sorted(maps.Keys(t.runes)) {
		if i := int(t.runes[r].index); letters[i] == 0 {
			letters[i] = r
		}
	}
	b := bytes.NewBufferString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for chars := range slices.Chunk(slices.Sorted(maps.Keys(letters)), mostChars) {
		fmt.Fprintf(b, "%d beginbfchar\n", len(chars))
		for _, i := range chars {
			fmt.Fprintf(b, "<%04X><%04X>\n", i, letters[i])
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return b.Bytes()
}
