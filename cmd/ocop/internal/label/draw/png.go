package draw

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	imagedraw "image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/vector"
)

// Resolutions of a PNG in dots per inch: an office printer's, and the most, at which an A4 page takes 400 MB of memory.
const (
	DefaultDPI = 300
	MaxDPI     = 600
)

// leastDots are the dots that a module of a code must have.
const leastDots = 3

// ErrCoarse says that a PNG has too few dots for a module of its code.
var ErrCoarse = errors.New("too few dots per inch for the code's modules")

const inch Length = 25_400

// PNG writes a page with so many dots per inch, which the file says, so that it is printed at its size. Edges of modules lie on dots.
func (f *Fonts) PNG(to io.Writer, p *Page, dpi int) error {
	scale := dots(dpi)
	page := image.NewRGBA(image.Rect(0, 0, scale.round(p.Width), scale.round(p.Height)))
	c := &canvas{page, scale, f, new(vector.Rasterizer)}
	c.fill(page.Bounds(), White)
	for _, i := range p.Items {
		switch i := i.(type) {
		case Shape:
			c.shape(i)
		case Text:
			c.text(&i)
		case Code:
			if err := c.code(i); err != nil {
				return err
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, page); err != nil {
		return err
	}
	_, err := to.Write(sized(b.Bytes(), dpi))
	return err
}

// dots is a resolution.
type dots int

func (d dots) round(l Length) int     { return (int(l)*int(d) + int(inch)/2) / int(inch) }
func (d dots) exact(l Length) float32 { return float32(l) * float32(d) / float32(inch) }

type canvas struct {
	*image.RGBA
	dots
	fonts  *Fonts
	raster *vector.Rasterizer
}

func (c *canvas) fill(r image.Rectangle, with Color) {
	imagedraw.Draw(c.RGBA, r, image.NewUniform(with.rgba()), image.Point{}, imagedraw.Src)
}

func (c Color) rgba() color.RGBA { return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 255} }

func (c *canvas) shape(s Shape) {
	var pen pen
	for i, p := range s.Points {
		op := sfnt.SegmentOpLineTo
		if i == 0 {
			op = sfnt.SegmentOpMoveTo
		}
		pen.add(op, [3][2]float32{{c.exact(p.X), c.exact(p.Y)}})
	}
	pen.ink(c, s.Fill)
}

func (c *canvas) text(t *Text) {
	line, width := c.fonts.faces[t.Face].set(t.S)
	start := c.fonts.start(t, width)
	originX, originY, scale := c.exact(start.X), c.exact(start.Y), c.exact(t.Size)/em
	for _, g := range line {
		var pen pen
		for _, s := range g.path {
			var to [3][2]float32
			for k := range points(s.Op) {
				x, y := units(s.Args[k])
				dx, dy := float32(x+g.x)*scale, float32(y+g.y)*scale
				if t.Rising {
					dx, dy = (dx+dy)*slant/1000, (dy-dx)*slant/1000
				}
				to[k] = [2]float32{originX + dx, originY + dy}
			}
			pen.add(s.Op, to)
		}
		pen.ink(c, t.Fill)
	}
}

func (c *canvas) code(code Code) error {
	if c.exact(code.Module) < leastDots {
		return fmt.Errorf("%w: %d dots per inch, modules of %d µm", ErrCoarse, c.dots, code.Module)
	}
	edge := func(from Length, modules int) int { return c.round(from + code.Module*Length(modules)) }
	rect := func(column, row, length, height int) image.Rectangle {
		return image.Rect(edge(code.At.X, column), edge(code.At.Y, row), edge(code.At.X, column+length), edge(code.At.Y, row+height))
	}
	n := code.Matrix.Modules()
	c.fill(rect(0, 0, n, n), White)
	code.Matrix.bars(func(column, row, length int) { c.fill(rect(column, row, length, 1), Black) })
	return nil
}

// pen collects a path, to be drawn in the rectangle that holds it.
type pen struct {
	ops []sfnt.SegmentOp
	to  [][3][2]float32
}

func (p *pen) add(op sfnt.SegmentOp, to [3][2]float32) {
	p.ops, p.to = append(p.ops, op), append(p.to, to)
}

func (p *pen) ink(c *canvas, fill Color) {
	if len(p.ops) == 0 {
		return
	}
	least, most := p.to[0][0], p.to[0][0]
	for i, op := range p.ops {
		for _, at := range p.to[i][:points(op)] {
			least = [2]float32{min(least[0], at[0]), min(least[1], at[1])}
			most = [2]float32{max(most[0], at[0]), max(most[1], at[1])}
		}
	}
	left, top := int(least[0])-1, int(least[1])-1
	r := image.Rect(left, top, int(most[0])+2, int(most[1])+2)
	c.raster.Reset(r.Dx(), r.Dy())
	for i, op := range p.ops {
		var at [3][2]float32
		for k, a := range p.to[i] {
			at[k] = [2]float32{a[0] - float32(left), a[1] - float32(top)}
		}
		switch op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				c.raster.ClosePath()
			}
			c.raster.MoveTo(at[0][0], at[0][1])
		case sfnt.SegmentOpLineTo:
			c.raster.LineTo(at[0][0], at[0][1])
		case sfnt.SegmentOpQuadTo:
			c.raster.QuadTo(at[0][0], at[0][1], at[1][0], at[1][1])
		case sfnt.SegmentOpCubeTo:
			c.raster.CubeTo(at[0][0], at[0][1], at[1][0], at[1][1], at[2][0], at[2][1])
		}
	}
	c.raster.ClosePath()
	ink := image.NewUniform(fill.rgba())
	if r.In(c.Bounds()) {
		c.raster.Draw(c.RGBA, r, ink, image.Point{})
		return
	}
	mask := image.NewAlpha(image.Rect(0, 0, r.Dx(), r.Dy())) // the rasterizer does not clip: crop marks lie across the edge of the page
	c.raster.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	imagedraw.DrawMask(c.RGBA, r, ink, image.Point{}, mask, image.Point{}, imagedraw.Over)
}

// header is what stands before a PNG's second chunk: its signature, and the chunk IHDR with 13 bytes.
const header = 8 + 4 + 4 + 13 + 4

// sized adds the chunk pHYs, which says how large the picture is on paper: dots per metre, across and down.
func sized(file []byte, dpi int) []byte {
	perMetre := uint32((dpi*10_000 + 127) / 254)
	chunk := binary.BigEndian.AppendUint32([]byte("pHYs"), perMetre)
	chunk = append(binary.BigEndian.AppendUint32(chunk, perMetre), 1)
	out := append([]byte(nil), file[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, file[header:]...)
}
