package draw

import (
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// Quiet is the empty margin around a QR code that its standard (ISO/IEC 18004) asks for, in modules.
const Quiet = 4

// Matrix is a QR code: dark and light modules.
type Matrix struct {
	n    int
	dark []bool
}

// Encode makes the QR code of a text, of error correction level M: a label that lost 15 % of its code still reads.
func Encode(text string) (*Matrix, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code of %d bytes: %w", len(text), err)
	}
	n := code.Bounds().Dx()
	m := &Matrix{n, make([]bool, n*n)}
	for y := range n {
		for x := range n {
			r, _, _, _ := code.At(x, y).RGBA()
			m.dark[y*n+x] = r == 0
		}
	}
	return m, nil
}

// Modules is the width in modules, with the quiet zones of both sides.
func (m *Matrix) Modules() int { return m.n + 2*Quiet }

// Code is a QR code with its quiet zone, which is drawn white over whatever lies below.
type Code struct {
	At     Point // upper left corner of the quiet zone
	Module Length
	Matrix *Matrix
}

// Width is the width and height with the quiet zone.
func (c Code) Width() Length { return c.Module * Length(c.Matrix.Modules()) }

// bars calls f for each run of dark modules in a row. Columns and rows count from the quiet zone's corner.
func (m *Matrix) bars(f func(column, row, length int)) {
	for y := range m.n {
		for x := 0; x < m.n; x++ {
			from := x
			for x < m.n && m.dark[y*m.n+x] {
				x++
			}
			if x > from {
				f(from+Quiet, y+Quiet, x-from)
			}
		}
	}
}
