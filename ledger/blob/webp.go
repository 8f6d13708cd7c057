package blob

import (
	"bytes"
	"encoding/binary"
)

// webpAlpha is the only flag of an extended header that a picture may have: the others stand for colour profiles, metadata and animation.
const webpAlpha = 0x10

func isWebP(data []byte) bool {
	return len(data) >= 12 && bytes.HasPrefix(data, []byte("RIFF")) && string(data[8:12]) == "WEBP"
}

// checkWebP walks the chunks (RFC 9649): one still picture, with or without transparency.
func checkWebP(data []byte) (d dimensions, err error) {
	if !isWebP(data) {
		return d, notA("WebP", "it does not begin like one")
	}
	switch n := int64(binary.LittleEndian.Uint32(data[4:])) + 8; {
	case n > int64(len(data)):
		return d, notA("WebP", "it is cut short")
	case n < int64(len(data)):
		return d, trails(int(int64(len(data)) - n))
	}
	kind, chunk, rest, ok := webpChunk(data[12:])
	if !ok {
		return d, notA("WebP", "a chunk is cut short")
	}
	var canvas dimensions
	if kind == "VP8X" {
		if canvas, err = webpCanvas(chunk); err != nil {
			return canvas, err
		}
		alpha := chunk[0]&webpAlpha != 0
		if kind, chunk, rest, ok = webpChunk(rest); ok && alpha && kind == "ALPH" {
			if kind, chunk, rest, ok = webpChunk(rest); kind != "VP8 " {
				ok = false // lossless pictures have their own transparency
			}
		}
	}
	if !ok {
		return d, notA("WebP", "a chunk is cut short, or missing")
	}
	switch kind {
	case "VP8 ":
		d, err = vp8(chunk)
	case "VP8L":
		d, err = vp8l(chunk)
	default:
		return d, hides(pngName(kind))
	}
	switch {
	case err != nil:
		return d, err
	case len(rest) > 0:
		return d, hides("RIFF")
	case canvas != (dimensions{}) && canvas != d:
		return d, notA("WebP", "its canvas is not the picture's")
	}
	return d, d.check()
}

func webpChunk(b []byte) (kind string, chunk, rest []byte, ok bool) {
	if len(b) < 8 {
		return "", nil, nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(b[4:]))
	end := 8 + n + n%2
	if end > uint64(len(b)) || n%2 == 1 && b[end-1] != 0 {
		return "", nil, nil, false
	}
	return string(b[:4]), b[8 : 8+n], b[end:], true
}

func webpCanvas(c []byte) (d dimensions, err error) {
	if len(c) != 10 || c[1] != 0 || c[2] != 0 || c[3] != 0 {
		return d, notA("WebP", "its header")
	}
	if c[0]&^byte(webpAlpha) != 0 {
		return d, hides("ICC/EXIF/XMP/ANIM")
	}
	u24 := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	d = dimensions{u24(c[4:]) + 1, u24(c[7:]) + 1}
	return d, d.check()
}

// vp8 reads the header of a lossy key frame (RFC 6386, 9.1).
func vp8(c []byte) (d dimensions, err error) {
	if len(c) < 10 || c[0]&1 != 0 || c[3] != 0x9d || c[4] != 0x01 || c[5] != 0x2a {
		return d, notA("WebP", "no key frame")
	}
	const size = 1<<14 - 1 // the other two bits ask for scaling
	return dimensions{int(binary.LittleEndian.Uint16(c[6:])) & size, int(binary.LittleEndian.Uint16(c[8:])) & size}, nil
}

// vp8l reads the header of a lossless picture (RFC 9649, 3.4).
func vp8l(c []byte) (d dimensions, err error) {
	if len(c) < 5 || c[0] != 0x2f || c[4]>>5 != 0 {
		return d, notA("WebP", "no lossless picture")
	}
	bits := binary.LittleEndian.Uint32(c[1:])
	return dimensions{int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1}, nil
}
