// Package draw puts pages on paper: one description of a page becomes SVG, PNG or PDF.
//
// A page is text, filled shapes and QR codes, and no more. Text is set here, glyph by glyph, so that the three formats show the same letters at the same
// places: SVG and PNG have the letters' outlines, PDF has the font beside it, and its text can be searched and read aloud. The fonts are embedded in the
// program and have every letter that a name on the ledger may have.
//
// Lengths are whole micrometres and nothing asks the clock: the same page is the same SVG on every machine, and the same bytes of PNG and PDF with one
// build of the program. A PDF is written page by page; what is kept of a page that was written is where it begins.
//
// The PDF is written by this package because it needs a twentieth of what PDF libraries do, and they hold all pages in memory.
package draw
