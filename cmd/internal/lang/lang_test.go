package lang

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want Language
	}{
		{nil, Vietnamese},
		{map[string]string{"LANG": "vi_VN.UTF-8"}, Vietnamese},
		{map[string]string{"LANG": "en_US.UTF-8"}, English},
		{map[string]string{"LANG": "fr_FR.UTF-8"}, English},
		{map[string]string{"LANG": "C.UTF-8"}, Vietnamese},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "vi_VN"}, Vietnamese},
		{map[string]string{"LANG": "vi_VN.UTF-8", "LC_ALL": "C.UTF-8", "OCOP_LANG": "en"}, English},
	} {
		if got := Detect(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v, want %v", c.env, got, c.want)
		}
	}
}

func TestErrorsSayThemselvesInBothLanguages(t *testing.T) {
	inner := Errorf(Text{"tệp %s hỏng", "file %s is damaged"}, "a.xlsx")
	outer := Errorf(Text{"không đọc được: %v", "cannot be read: %v"}, inner)
	if got := outer.In(Vietnamese); got != "không đọc được: tệp a.xlsx hỏng" {
		t.Error(got)
	}
	if got := outer.Error(); got != "cannot be read: file a.xlsx is damaged" {
		t.Error(got)
	}
	if !errors.Is(Errorf(Text{"%v", "%v"}, io.EOF), io.EOF) {
		t.Error("a wrapped error is lost")
	}
	if got := Say(Vietnamese, io.EOF); got != "EOF" {
		t.Error(got)
	}
}

func TestSayFiles(t *testing.T) {
	_, err := os.Open("không-có")
	if got := Say(Vietnamese, fmt.Errorf("reading: %w", err)); got != "không có tệp không-có" {
		t.Error(got)
	}
	if got := Say(English, err); got != "there is no file không-có" {
		t.Error(got)
	}
}

func TestFractions(t *testing.T) {
	text := Same("%.1f | %6.2f | %v | %s | %d")
	args := []any{1.25, 1234.5, 1500 * time.Millisecond, "1.0", 7}
	for l, want := range map[Language]string{English: "1.2 | 1234.50 | 1.5s | 1.0 | 7", Vietnamese: "1,2 | 1234,50 | 1,5s | 1.0 | 7"} {
		if got := text.F(l, args...); got != want || text.Each(args...).In(l) != want {
			t.Errorf("%v: %q, want %q", l, got, want)
		}
	}
}
