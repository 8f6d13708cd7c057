package reasontest

import (
	"slices"
	"testing"
)

func TestForeign(t *testing.T) {
	for _, c := range []struct {
		sentence string
		want     []string
	}{
		{"Bản ghi không đúng khuôn dạng: bị cắt cụt. Hãy lập và ký lại bằng phần mềm ocop.", nil},
		{"Tên “Cocoa powder” đã có ở 1000001.3, mục certify.scores.a, “quyen loi trong nghieng khuya” và cho hai.", nil},
		{"Bản ghi không đúng khuôn dạng: cut short: want 33 bytes.", []string{"short", "want", "bytes"}},
		{"Yêu cầu không hợp lệ ở trường from: leaf beyond the end.", []string{"from", "leaf", "beyond", "end"}},
		{"Lỗi: unexpected EOF.", []string{"unexpected", "eof"}},
	} {
		if got := Foreign(c.sentence); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.sentence, got, c.want)
		}
	}
}
