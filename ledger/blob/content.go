package blob

import (
	"github.com/ocopledger/ocop/ledger/wire/text"
)

const (
	// MaxSide and MaxPixels bound what a picture becomes when it is shown: 8 million pixels take 32 MiB, on the cheapest phone. How small a file is says
	// nothing about that.
	MaxSide   = 4096
	MaxPixels = 8 << 20
)

// checks look at content of each media type. They decode nothing and allocate nothing that grows with what the content claims.
var checks = map[string]func([]byte) (dimensions, error){JPEG: checkJPEG, PNG: checkPNG, WebP: checkWebP, Name: checkName}

// dimensions of a picture, in pixels.
type dimensions struct{ width, height int }

func (d dimensions) check() error {
	if d.width < 1 || d.height < 1 || d.width > MaxSide || d.height > MaxSide || d.width*d.height > MaxPixels {
		return wrong("dimensions", "ảnh %d×%d điểm: mỗi cạnh từ 1 đến %d, tất cả không quá %d điểm", "a picture of %d×%d pixels: each side is 1 to %d, and there are at most %d in all",
			d.width, d.height, MaxSide, MaxPixels)
	}
	return nil
}

// notA says that content is not what its media type says.
func notA(what string, english string, args ...any) error {
	e := wrong("not_"+what, "nội dung không phải ảnh "+what+" đúng chuẩn", "the contents are no well-formed "+what+" picture: "+english, args...)
	return e
}

// hides says that content carries something beside the picture: where and with what a photo was taken, a preview, a text, a program.
func hides(what string) error {
	return wrong("metadata", "ảnh mang dữ liệu kèm theo (%s), có thể là nơi chụp hoặc thông tin cá nhân: hãy bỏ đi bằng “ocop blob make”",
		"the picture carries other data (%s), such as the place where it was taken: take it off with “ocop blob make”", what)
}

// trails says that something follows the end of the picture.
func trails(n int) error {
	return wrong("trailing", "sau ảnh còn %d byte khác", "%d bytes follow the end of the picture", n)
}

// checkName takes what a leaf would take as a name: composed letters of the frozen repertoire on one line.
func checkName(content []byte) (dimensions, error) {
	if len(content) == 0 {
		return dimensions{}, wrong("empty", "tên trống", "the name is empty")
	}
	if problem, at := text.Check(text.Name, content); problem != text.OK {
		return dimensions{}, wrong("text", "tên có ký tự không được nhận ở byte %d", "the name has a character at byte %d that is not taken", at)
	}
	return dimensions{}, nil
}
