package blob

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

func isPNG(data []byte) bool { return bytes.HasPrefix(data, []byte(pngMagic)) }

// pngColours are what a decoder may need beside the picture, with the sizes they have, in bytes; each at most once and before the picture.
var pngColours = map[string]struct{ least, most int }{
	"PLTE": {3, 768}, "tRNS": {1, 256}, "gAMA": {4, 4}, "cHRM": {32, 32}, "sRGB": {1, 1}, "sBIT": {1, 4}, "bKGD": {1, 6}, "pHYs": {9, 9},
}

// checkPNG walks the chunks (W3C PNG, second edition): header, colours, one picture, end.
func checkPNG(data []byte) (d dimensions, err error) {
	if !isPNG(data) {
		return d, notA("PNG", "it does not begin like one")
	}
	seen, last := map[string]bool{}, ""
	for rest := data[len(pngMagic):]; ; {
		kind, chunk, after, ok := pngChunk(rest)
		if !ok {
			return d, notA("PNG", "the chunk at byte %d is cut short, or its checksum does not fit", len(data)-len(rest))
		}
		colours, known := pngColours[kind]
		switch {
		case (last == "") != (kind == "IHDR"):
			return d, notA("PNG", "it has no header at its beginning, or two")
		case kind == "IHDR":
			if d, err = pngHeader(chunk); err != nil {
				return d, err
			}
		case kind == "IDAT" && (last == "IDAT" || !seen[kind]):
		case kind == "IEND" && len(chunk) == 0 && seen["IDAT"]:
			if len(after) > 0 {
				return d, trails(len(after))
			}
			return d, nil
		case kind == "IDAT" || kind == "IEND":
			return d, notA("PNG", "its picture is not in one piece")
		case !known:
			return d, hides(pngName(kind))
		case seen[kind] || seen["IDAT"] || len(chunk) < colours.least || len(chunk) > colours.most:
			return d, notA("PNG", "chunk %s", kind)
		}
		seen[kind], last, rest = true, kind, after
	}
}

func pngChunk(b []byte) (kind string, chunk, after []byte, ok bool) {
	if len(b) < 12 {
		return "", nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n > uint64(len(b)-12) {
		return "", nil, nil, false
	}
	end := 8 + int(n)
	return string(b[4:8]), b[8:end], b[end+4:], crc32.ChecksumIEEE(b[4:end]) == binary.BigEndian.Uint32(b[end:])
}

// pngDepths are the bits of a sample that each colour type has.
var pngDepths = map[byte]string{0: "\x01\x02\x04\x08\x10", 2: "\x08\x10", 3: "\x01\x02\x04\x08", 4: "\x08\x10", 6: "\x08\x10"}

func pngHeader(h []byte) (d dimensions, err error) {
	if len(h) != 13 || bytes.IndexByte([]byte(pngDepths[h[9]]), h[8]) < 0 || h[10] != 0 || h[11] != 0 || h[12] > 1 {
		return d, notA("PNG", "its header")
	}
	w, ht := binary.BigEndian.Uint32(h), binary.BigEndian.Uint32(h[4:])
	d = dimensions{int(min(w, MaxSide+1)), int(min(ht, MaxSide+1))}
	return d, d.check()
}

// pngName is a chunk's type when it is one: four letters.
func pngName(kind string) string {
	for _, c := range []byte(kind) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return "?"
		}
	}
	return kind
}
