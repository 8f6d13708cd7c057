package blob_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
)

const (
	lossy    = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=" // 1×1
	lossless = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="             // 1×1
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func webp(text string) []byte { return must(base64.StdEncoding.DecodeString(text)) }

func drawn(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, color.NRGBA{uint8(i), uint8(i * 7), uint8(i >> 3), 255})
	}
	return m
}

func jpg(w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn(w, h), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// insert puts bytes into others.
func insert(data []byte, at int, more ...byte) []byte {
	return append(append(bytes.Clone(data[:at]), more...), data[at:]...)
}

// set overwrites bytes.
func set(data []byte, at int, more ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[at:], more)
	return data
}

// segment is a segment of a JPEG file.
func segment(mark byte, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, mark}, uint16(len(body)+2)), body...)
}

// chunk is a chunk of a PNG file.
func chunk(kind, body string) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind+body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// riff is a WebP file of chunks.
func riff(chunks ...string) []byte {
	body := "WEBP" + strings.Join(chunks, "")
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(kind, body string) string {
	b := append([]byte(kind), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	if b = append(b, body...); len(body)%2 == 1 {
		b = append(b, 0)
	}
	return string(b)
}

const html = "<html><script>alert(1)</script></html>"

// content is content of a media type, and what is wrong with it.
type content struct {
	name, media string
	content     []byte
	kind        string // of the error; empty: it is taken
}

// contents are each way in which a file can be something else than the picture that it says it is.
func contents() []content {
	j, p, l, ll := jpg(20, 10), pngOf(drawn(20, 10)), webp(lossy), webp(lossless)
	sof := bytes.Index(j, []byte{0xff, 0xc0})
	sos := bytes.Index(j, []byte{0xff, 0xda})
	idat := bytes.Index(p, []byte("IDAT")) - 4
	header := func(w, h uint32, depth, colour, interlace byte) []byte {
		b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
		return append([]byte("\x89PNG\r\n\x1a\n"), append(chunk("IHDR", string(append(b, depth, colour, 0, 0, interlace))), p[33:]...)...)
	}
	return []content{
		{"a JPEG", blob.JPEG, j, ""},
		{"a grey JPEG with JFIF header", blob.JPEG, insert(j, 2, segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")...), ""},
		{"JFIF with a preview", blob.JPEG, insert(j, 2, segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01abc")...), "metadata"},
		{"EXIF", blob.JPEG, insert(j, 2, segment(0xe1, "Exif\x00\x00MM\x00*GPS")...), "metadata"},
		{"ICC", blob.JPEG, insert(j, 2, segment(0xe2, "ICC_PROFILE\x00")...), "metadata"},
		{"IPTC", blob.JPEG, insert(j, 2, segment(0xed, "Photoshop 3.0\x00")...), "metadata"},
		{"HTML in a JPEG's comment", blob.JPEG, insert(j, 2, segment(0xfe, html)...), "metadata"},
		{"HTML in a JPEG's application segment", blob.JPEG, insert(j, 2, segment(0xeb, html)...), "metadata"},
		{"HTML behind a JPEG", blob.JPEG, append(bytes.Clone(j), html...), "trailing"},
		{"a zip behind a JPEG", blob.JPEG, append(bytes.Clone(j), "PK\x03\x04"...), "trailing"},
		{"two JPEGs", blob.JPEG, append(bytes.Clone(j), j...), "trailing"},
		{"a JPEG cut short", blob.JPEG, j[:len(j)-2], "not_JPEG"},
		{"a JPEG without picture", blob.JPEG, append(bytes.Clone(j[:sos]), 0xff, 0xd9), "not_JPEG"},
		{"a JPEG of 65,535 pixels square", blob.JPEG, set(j, sof+5, 0xff, 0xff, 0xff, 0xff), "dimensions"},
		{"a JPEG without height", blob.JPEG, set(j, sof+5, 0, 0), "dimensions"},
		{"a JPEG of CMYK", blob.JPEG, set(j, sof+9, 4), "not_JPEG"},
		{"a lossless JPEG", blob.JPEG, set(j, sof+1, 0xc3), "not_JPEG"},
		{"a JPEG with two frames", blob.JPEG, insert(j, sof, j[sof:sof+19]...), "not_JPEG"},
		{"a JPEG of 33 scans", blob.JPEG, insert(j, sos, bytes.Repeat(j[sos:len(j)-2], 32)...), "not_JPEG"},
		{"HTML before a JPEG", blob.JPEG, append([]byte(html), j...), "not_JPEG"},
		{"a JPEG as a PNG", blob.PNG, j, "not_PNG"},

		{"a PNG", blob.PNG, p, ""},
		{"a PNG of a palette", blob.PNG, pngOf(image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.Transparent})), ""},
		{"HTML in a PNG's text", blob.PNG, insert(p, 33, chunk("tEXt", "x\x00"+html)...), "metadata"},
		{"a PNG with EXIF", blob.PNG, insert(p, 33, chunk("eXIf", "MM\x00*")...), "metadata"},
		{"a PNG with a colour profile", blob.PNG, insert(p, 33, chunk("iCCP", "x\x00\x00")...), "metadata"},
		{"an animated PNG", blob.PNG, insert(p, 33, chunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00")...), "metadata"},
		{"a PNG with a chunk of no name", blob.PNG, insert(p, 33, chunk("\x00<>&", html)...), "metadata"},
		{"HTML behind a PNG", blob.PNG, append(bytes.Clone(p), html...), "trailing"},
		{"a PNG with a wrong checksum", blob.PNG, set(p, 29, p[29]^1), "not_PNG"},
		{"a chunk as long as the world", blob.PNG, set(p, idat, 0xff, 0xff, 0xff, 0xff), "not_PNG"},
		{"a PNG of 2^32−1 pixels square", blob.PNG, header(1<<32-1, 1<<32-1, 8, 6, 0), "dimensions"},
		{"a PNG of 4,096 pixels square", blob.PNG, header(4096, 4096, 8, 6, 0), "dimensions"},
		{"a PNG of 8 million pixels", blob.PNG, header(4096, 2048, 8, 6, 0), ""},
		{"a PNG without pixels", blob.PNG, header(0, 1, 8, 6, 0), "dimensions"},
		{"a PNG of no colour type", blob.PNG, header(1, 1, 8, 5, 0), "not_PNG"},
		{"a PNG of two bits in colour", blob.PNG, header(1, 1, 2, 2, 0), "not_PNG"},
		{"a PNG with a palette behind the picture", blob.PNG, insert(p, len(p)-12, chunk("PLTE", "abc")...), "not_PNG"},
		{"a PNG in two pieces", blob.PNG, insert(insert(p, len(p)-12, chunk("IDAT", "x")...), len(p)-12, chunk("PLTE", "abc")...), "not_PNG"},
		{"a PNG with two headers", blob.PNG, insert(p, 33, p[8:33]...), "not_PNG"},
		{"a PNG without picture", blob.PNG, append(bytes.Clone(p[:33]), chunk("IEND", "")...), "not_PNG"},

		{"a lossy WebP", blob.WebP, l, ""},
		{"a lossless WebP", blob.WebP, ll, ""},
		{"a WebP with transparency", blob.WebP, riff(riffChunk("VP8X", "\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riffChunk("ALPH", "\x00a"), string(l[12:])), ""},
		{"a WebP of another canvas", blob.WebP, riff(riffChunk("VP8X", "\x10\x00\x00\x00\x09\x00\x00\x09\x00\x00"), string(l[12:])), "not_WebP"},
		{"a WebP with EXIF", blob.WebP, riff(riffChunk("VP8X", "\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), string(l[12:]), riffChunk("EXIF", "MM")), "metadata"},
		{"a WebP with unannounced EXIF", blob.WebP, riff(string(l[12:]), riffChunk("EXIF", "MM")), "metadata"},
		{"an animated WebP", blob.WebP, riff(riffChunk("VP8X", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riffChunk("ANIM", "abcdef")), "metadata"},
		{"HTML behind a WebP", blob.WebP, append(bytes.Clone(l), html...), "trailing"},
		{"a WebP cut short", blob.WebP, l[:len(l)-1], "not_WebP"},
		{"a WebP of 16,384 pixels square", blob.WebP, set(ll, 21, 0xff, 0xff, 0xff, 0x0f), "dimensions"},
		{"a WebP with bytes between chunks", blob.WebP, riff(riffChunk("VP8L", string(ll[20:33])[:12]+"x") + "\x01"), "metadata"},

		{"a name", blob.Name, []byte("Hộ kinh doanh Đắk R'lấp"), ""},
		{"HTML as a name is text", blob.Name, []byte("<b>"), ""},
		{"no name", blob.Name, nil, "empty"},
		{"a name of two lines", blob.Name, []byte("a\nb"), "text"},
		{"a name in parts (NFD)", blob.Name, []byte("e\u0302"), "text"},
		{"a name that turns the line around", blob.Name, []byte("a\u202eb"), "text"},
		{"a name of 240 bytes", blob.Name, bytes.Repeat([]byte("x"), 240), ""},
		{"a name of 241 bytes", blob.Name, bytes.Repeat([]byte("x"), 241), "too_large"},
		{"SVG", "image/svg+xml", []byte("<svg/>"), "media_type"},
		{"HTML", "text/html", []byte(html), "media_type"},
		{"no media type", "", j, "media_type"},
		{"a picture of a byte too many", blob.JPEG, make([]byte, blob.MaxPicture+1), "too_large"},
	}
}

func TestContent(t *testing.T) {
	for _, c := range contents() {
		b := blob.Blob{Media: c.media, Content: c.content}
		err := b.Check()
		e, _ := errors.AsType[*blob.Error](err)
		switch {
		case c.kind == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.kind != "" && (e == nil || e.Kind != c.kind):
			t.Errorf("%s: %v, want %s", c.name, err, c.kind)
		}
	}
}

// TestSizes: our walkers and the decoders of the library read one size.
func TestSizes(t *testing.T) {
	for _, w := range []int{1, 7, 64, 300} {
		for media, content := range map[string][]byte{blob.JPEG: jpg(w, w+3), blob.PNG: pngOf(drawn(w, w+3))} {
			b := blob.Blob{Media: media, Content: content}
			c, _, err := image.DecodeConfig(bytes.NewReader(content))
			width, height, wrong := b.Size()
			if err != nil || wrong != nil || c.Width != width || c.Height != height {
				t.Errorf("%s of %d: %d×%d, %v; the library says %+v, %v", media, w, width, height, wrong, c, err)
			}
			if blob.MediaOf(content) != media {
				t.Errorf("%s is taken for %q", media, blob.MediaOf(content))
			}
		}
	}
}

// TestID: a name is the blob whose hash leaves have held since protocol version 1, and a picture's bytes are no name.
func TestID(t *testing.T) {
	name := blob.Blob{Salt: [32]byte{1, 2}, Media: blob.Name, Content: []byte("Hộ kinh doanh Y Blơ")}
	if got, want := name.ID(), compose.Commit(compose.Salt(name.Salt), compose.CommitName, string(name.Content)); got != want {
		t.Errorf("a name's id is %v, its commitment %v", got, want)
	}
	if got, want := (&blob.Blob{Media: blob.JPEG, Content: []byte("x")}).ID(), compose.Commit(compose.Salt{}, "image/jpeg", "x"); got != want {
		t.Errorf("a picture's id is %v, its commitment %v", got, want)
	}
	seen := map[ledger.Hash]bool{}
	for _, b := range []blob.Blob{{}, {Salt: [32]byte{31: 1}}, {Media: blob.JPEG}, {Media: blob.PNG}, {Media: blob.Name}, {Media: blob.JPEG, Content: []byte{0}}} {
		if seen[b.ID()] {
			t.Errorf("%+v has another one's id", b)
		}
		seen[b.ID()] = true
	}
}

// TestContainer: what is written is read, and every other spelling is refused.
func TestContainer(t *testing.T) {
	b := blob.Blob{Salt: [32]byte{9: 7}, Media: blob.PNG, Content: pngOf(drawn(3, 2))}
	file := b.Append(nil)
	got, err := blob.ParseNamed(b.ID(), file)
	if err != nil || got.Salt != b.Salt || got.Media != b.Media || !bytes.Equal(got.Content, b.Content) {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = blob.ParseNamed(ledger.Hash{1}, file)
	if e, _ := errors.AsType[*blob.Error](err); e == nil || e.Kind != "wrong_hash" {
		t.Errorf("a blob of another id: %v", err)
	}
	for i := range file {
		if _, err := blob.ParseNamed(b.ID(), set(file, i, file[i]^0x20)); err == nil {
			t.Errorf("byte %d changed: accepted", i)
		}
		if _, err := blob.Parse(file[:i]); err == nil {
			t.Errorf("cut to %d bytes: accepted", i)
		}
	}
	for name, data := range map[string][]byte{
		"a byte more": append(bytes.Clone(file), 0), "nothing": nil, "too large": make([]byte, blob.MaxFile+1), "a length beyond the file": set(file, 51, 0xff, 0xff, 0xff, 0xff),
	} {
		if _, err := blob.Parse(data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for media, content := range map[string][]byte{blob.JPEG: jpg(9, 5), blob.PNG: pngOf(drawn(4, 4)), blob.WebP: webp(lossy), blob.Name: []byte("Hộ A")} {
		b := blob.Blob{Media: media, Content: content}
		f.Add(b.Append(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := blob.Parse(data)
		if err != nil {
			return
		}
		if !bytes.Equal(b.Append(nil), data) {
			t.Error("two spellings of one blob")
		}
		w, h, err := b.Size()
		if err != nil || b.IsPicture() && (w < 1 || h < 1 || w*h > blob.MaxPixels) {
			t.Errorf("%d×%d, %v", w, h, err)
		}
	})
}
