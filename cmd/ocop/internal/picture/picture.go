package picture

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // so that image.Decode reads it

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/blob"
)

const (
	// MaxInput bounds the file that is read, in bytes: more than cameras make.
	MaxInput = 64 << 20
	// maxPixels bounds what is decoded: 100 million pixels, 400 MiB of memory. Telephones take up to 50 million.
	maxPixels = 100 << 20
	// side is the longer side of a picture that is drawn anew: twice the width of a telephone's screen.
	side = 1600
	// leastSide is where making a picture smaller ends.
	leastSide = 200
)

// qualities are tried one after the other until a JPEG is small enough.
var qualities = [...]int{88, 80, 70}

// Picture is a picture that nodes take.
type Picture struct {
	Media         string
	Content       []byte
	Width, Height int
	Cleaned       bool // something beside the picture was left out
	Drawn         bool // it was drawn anew, because of its size or how it lies
}

// Prepare makes a picture of the bytes of a file. Errors speak both languages.
func Prepare(data []byte) (*Picture, error) {
	media := blob.MediaOf(data)
	if media == "" {
		return nil, lang.Errorf(lang.Text{Vi: "không phải ảnh JPEG, PNG hay WebP", En: "it is no JPEG, PNG or WebP picture"})
	}
	clean, turn := data, upright
	if media == blob.JPEG {
		clean, turn = strip(data)
	}
	if turn == upright {
		if p := finished(media, clean); p != nil {
			p.Cleaned = len(clean) != len(data)
			return p, nil
		}
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "ảnh không đọc được: %v", En: "the picture cannot be read: %v"}, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return nil, lang.Errorf(lang.Text{Vi: "ảnh %d×%d điểm là quá lớn", En: "a picture of %d×%d pixels is too large"}, config.Width, config.Height)
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "ảnh không đọc được: %v", En: "the picture cannot be read: %v"}, err)
	}
	p, err := drawn(turned(m, turn), media)
	if err == nil && p == nil {
		err = lang.Errorf(lang.Text{Vi: "ảnh không thu nhỏ được xuống %d KiB", En: "the picture does not become as small as %d KiB"}, blob.MaxPicture>>10)
	}
	return p, err
}

// finished is a picture as it is, if nodes take it; otherwise nil.
func finished(media string, content []byte) *Picture {
	b := blob.Blob{Media: media, Content: content}
	w, h, err := b.Size()
	if err != nil {
		return nil
	}
	return &Picture{Media: media, Content: content, Width: w, Height: h}
}

// drawn encodes a picture, smaller until it fits. Photos become JPEG; what has transparency, and what was PNG and stays small, PNG.
func drawn(m image.Image, media string) (*Picture, error) {
	opaque := isOpaque(m)
	for longer := side; longer >= leastSide; longer = longer * 3 / 4 {
		fitted := fit(m, longer)
		if media == blob.PNG || !opaque {
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, fitted); err != nil {
				return nil, err
			}
			if p := finished(blob.PNG, b.Bytes()); p != nil {
				p.Cleaned, p.Drawn = true, true
				return p, nil
			}
		}
		if !opaque {
			continue
		}
		for _, quality := range qualities {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, fitted, &jpeg.Options{Quality: quality}); err != nil {
				return nil, err
			}
			if p := finished(blob.JPEG, b.Bytes()); p != nil {
				p.Cleaned, p.Drawn = true, true
				return p, nil
			}
		}
	}
	return nil, nil
}

func isOpaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// fit makes a picture smaller whose longer side is longer than that.
func fit(m image.Image, longer int) image.Image {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if max(w, h) <= longer {
		return m
	}
	scale := func(n int) int { return max(1, n*longer/max(w, h)) }
	to := image.NewNRGBA(image.Rect(0, 0, scale(w), scale(h)))
	draw.CatmullRom.Scale(to, to.Bounds(), m, b, draw.Src, nil)
	return to
}
