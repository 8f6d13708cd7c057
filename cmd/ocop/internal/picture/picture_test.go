package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/ocopledger/ocop/ledger/blob"
)

// corner is a grey picture whose upper left quarter is red.
func corner(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		c := color.NRGBA{128, 128, 128, 255}
		if i%w < w/2 && i/w < h/2 {
			c = color.NRGBA{255, 0, 0, 255}
		}
		m.Set(i%w, i/w, c)
	}
	return m
}

func jpg(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is an APP1 segment that says how the camera was held, and where.
func exif(order binary.AppendByteOrder, mark string, o uint16) []byte {
	tiff := order.AppendUint32([]byte(mark), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, tag := range []uint16{0x8825, 274} { // GPS, orientation
		tiff = order.AppendUint16(order.AppendUint16(tiff, tag), 3)
		tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, 1), o), 0)
	}
	body := append([]byte("Exif\x00\x00"), append(tiff, "12.0047N 107.6904E"...)...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, markAPP1}, uint16(len(body)+2)), body...)
}

func with(data []byte, segments ...[]byte) []byte {
	return append(append(bytes.Clone(data[:2]), bytes.Join(segments, nil)...), data[2:]...)
}

// TestUprightStaysAsItIs: what is right keeps its pixels to the last byte, and loses what stands beside them.
func TestUprightStaysAsItIs(t *testing.T) {
	plain := jpg(t, corner(64, 48))
	for name, data := range map[string][]byte{
		"nothing beside": plain, "EXIF": with(plain, exif(binary.BigEndian, "MM\x00*", 1)), "a comment": with(plain, []byte("\xff\xfe\x00\x05abc")),
		"a preview behind": append(bytes.Clone(plain), plain...),
	} {
		p, err := Prepare(data)
		if err != nil || !bytes.Equal(p.Content, plain) || p.Drawn || p.Cleaned != (len(data) != len(plain)) || p.Width != 64 || p.Height != 48 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestTurned: whichever way the camera was held, the red quarter is where the photographer saw it, and nothing says where that was.
func TestTurned(t *testing.T) {
	// Where the stored upper left corner is shown, by orientation (EXIF 2.3, 4.6.4): right, bottom.
	shown := map[uint16][2]bool{1: {false, false}, 2: {true, false}, 3: {true, true}, 4: {false, true}, 5: {false, false}, 6: {true, false}, 7: {true, true}, 8: {false, true}}
	for o, at := range shown {
		for _, e := range [][]byte{exif(binary.BigEndian, "MM\x00*", o), exif(binary.LittleEndian, "II*\x00", o)} {
			p, err := Prepare(with(jpg(t, corner(64, 32)), e))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(p.Content, []byte("107.6904E")) {
				t.Errorf("orientation %d: the place is still in it", o)
			}
			m, err := jpeg.Decode(bytes.NewReader(p.Content))
			if err != nil {
				t.Fatal(err)
			}
			b := m.Bounds()
			if (b.Dx() > b.Dy()) != (o < 5) {
				t.Errorf("orientation %d: %v", o, b)
			}
			x, y := b.Dx()/4, b.Dy()/4
			if at[0] {
				x = b.Dx() - 1 - x
			}
			if at[1] {
				y = b.Dy() - 1 - y
			}
			if r, g, _, _ := m.At(x, y).RGBA(); r < 0xe000 || g > 0x2000 {
				t.Errorf("orientation %d: the red quarter is not at %d, %d of %v", o, x, y, b)
			}
		}
	}
}

// TestLarge: what is too large becomes small enough, photo or drawing, opaque or not.
func TestLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := image.NewNRGBA(image.Rect(0, 0, 1800, 1200))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32())
	}
	opaque := image.NewNRGBA(noise.Rect)
	copy(opaque.Pix, noise.Pix)
	for i := 3; i < len(opaque.Pix); i += 4 {
		opaque.Pix[i] = 255
	}
	var clear, solid bytes.Buffer
	if png.Encode(&clear, noise) != nil || png.Encode(&solid, opaque) != nil {
		t.Fatal("PNG")
	}
	for name, c := range map[string]struct {
		data  []byte
		media string
	}{"a JPEG": {jpg(t, opaque), blob.JPEG}, "a PNG": {solid.Bytes(), blob.JPEG}, "a PNG with transparency": {clear.Bytes(), blob.PNG}} {
		p, err := Prepare(c.data)
		if err != nil || p.Media != c.media || len(p.Content) > blob.MaxPicture || !p.Drawn || max(p.Width, p.Height) > side || p.Width <= p.Height {
			t.Errorf("%s: %v", name, err)
			if p != nil {
				t.Errorf("%s, %d bytes, %d×%d", p.Media, len(p.Content), p.Width, p.Height)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	plain := jpg(t, corner(64, 48))
	bomb := bytes.Clone(plain)
	at := bytes.Index(bomb, []byte{0xff, 0xc0})
	copy(bomb[at+5:], "\xff\xff\xff\xff")
	for name, data := range map[string][]byte{
		"nothing": nil, "HTML": []byte("<html>"), "SVG": []byte("<svg/>"), "GIF": []byte("GIF89a"), "4 thousand million pixels": bomb, "cut short": plain[:len(plain)/2],
		"a beginning": plain[:3],
	} {
		if p, err := Prepare(data); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := Prepare(data); err == nil {
			b := blob.Blob{Media: p.Media, Content: p.Content}
			if err := b.Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
