package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Markers of JPEG, as far as they are looked at here.
const (
	markEOI  = 0xd9
	markSOS  = 0xda
	markAPP0 = 0xe0
	markAPP1 = 0xe1
	markAPPE = 0xee
	markAPPF = 0xef
	markCOM  = 0xfe
)

// strip leaves out of a JPEG file all that is not the picture, and says how the picture lies. What it does not understand it leaves: the check of what
// comes out is the format's, and not this one.
func strip(data []byte) (clean []byte, turn orientation) {
	turn = upright
	clean = append(clean, data[:2]...)
	for at := 2; ; {
		if len(data)-at < 4 || data[at] != 0xff {
			return append(clean, data[at:]...), turn
		}
		mark := data[at+1]
		if mark == markEOI { // previews, gain maps and whatever else are behind it
			return append(clean, data[at:at+2]...), turn
		}
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || n > len(data)-at-2 {
			return append(clean, data[at:]...), turn
		}
		end := at + 2 + n
		body := data[at+4 : end]
		if mark == markAPP1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) && turn == upright {
			turn = orientationOf(body[6:])
		}
		if mark == markSOS {
			end = scanEnd(data, end)
		}
		if !aside(mark, body) {
			clean = append(clean, data[at:end]...)
		}
		at = end
	}
}

// aside tells segments that no decoder needs. Adobe's says which colours the numbers are.
func aside(mark byte, body []byte) bool {
	return mark >= markAPP0 && mark <= markAPPF && !(mark == markAPPE && len(body) == 12 && bytes.HasPrefix(body, []byte("Adobe"))) || mark == markCOM
}

// scanEnd is where the marker behind entropy-coded data begins.
func scanEnd(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if data[at] == 0xff && data[at+1] != 0 && data[at+1]&0xf8 != 0xd0 {
			return at
		}
	}
	return len(data)
}

// orientation is how a camera was held (EXIF 2.3, tag 274), 1 to 8.
type orientation uint16

const upright orientation = 1

// orientationOf reads it from a TIFF structure; upright when there is none, or it is none.
func orientationOf(tiff []byte) orientation {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return upright
	}
	if len(tiff) < 8 {
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for n := order.Uint16(tiff[at:]); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		const tag, short = 274, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if o := orientation(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return upright
}

// turned is a picture the right way up.
func turned(m image.Image, o orientation) image.Image {
	if o == upright {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		to = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch o {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			to.Set(tx, ty, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return to
}
