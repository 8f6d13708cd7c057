package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNames(t *testing.T) {
	for _, s := range []string{
		"", "a", "7",
		"Cà phê bột Đắk Đam", "HTX Sản xuất lúa gạo Buôn Choáh", "Hộ kinh doanh Nguyễn Thị Hường",
		"Công ty TNHH MTV “Cao nguyên” & Bạn – chi nhánh 2 (Đắk R'Lấp)", "Rượu cần M’Nông 29,5 % × 500 ml",
		"Buôn Ƀuôr, xã Ea Tiêu", "Êa ƀar ê̆ ô̆ ơ̆ ư̆ Ƀǔ"[:len("Êa ƀar ê̆ ô̆ ơ̆ ư̆ Ƀ")],
		"Tinh dầu 100 µg/m² ±5 °C, CO₂, ½ kg, 50.000 ₫, €5", "Macca® Đắk Nông™",
	} {
		if p, at := Check(Name, []byte(s)); p != OK {
			t.Errorf("%q: problem %d at %d", s, p, at)
		}
	}
}

func TestNamesRefused(t *testing.T) {
	for _, c := range []struct {
		what, s string
		want    Problem
		at      int
	}{
		{"leading space", " a", Spacing, 0},
		{"only a space", " ", Spacing, 0},
		{"trailing space", "ab ", Spacing, 2},
		{"double space", "a  b", Spacing, 2},
		{"tab", "a\tb", NotAllowed, 1},
		{"newline", "a\nb", NotAllowed, 1},
		{"NUL", "\x00", NotAllowed, 0},
		{"delete", "a\x7f", NotAllowed, 1},
		{"no-break space", "a\u00a0b", NotAllowed, 1},
		{"soft hyphen", "a\u00adb", NotAllowed, 1},
		{"C1 control", "\u0085", NotAllowed, 0},
		{"zero-width space", "a\u200bb", NotAllowed, 1},
		{"zero-width joiner", "a\u200db", NotAllowed, 1},
		{"byte order mark", "\ufeffa", NotAllowed, 0},
		{"right-to-left override", "a\u202eb", NotAllowed, 1},
		{"isolate", "\u2066a", NotAllowed, 0},
		{"line separator", "a\u2028b", NotAllowed, 1},
		{"ideographic space", "a\u3000b", NotAllowed, 1},
		{"variation selector", "a\ufe0f", NotAllowed, 1},
		{"grapheme joiner", "a\u034f", NotAllowed, 1},
		{"private use", "\ue000", NotAllowed, 0},
		{"unassigned", "\u0378", NotAllowed, 0},
		{"noncharacter", "\uffff", NotAllowed, 0},
		{"replacement character", "\ufffd", NotAllowed, 0},
		{"Cyrillic а", "C\u0430", NotAllowed, 1},
		{"Greek ο", "\u03bf", NotAllowed, 0},
		{"eth for Đ", "\u00d0ắk Nông", NotAllowed, 0},
		{"stroke overlay for đ", "d\u0335", NotAllowed, 1},
		{"dotless i", "\u0131", NotAllowed, 0},
		{"non-breaking hyphen", "a\u2011b", NotAllowed, 1},
		{"minus sign", "\u22121", NotAllowed, 0},
		{"masculine ordinal for °", "5\u00baC", NotAllowed, 1},
		{"Roman numeral", "\u2160", NotAllowed, 0},
		{"star", "OCOP 5★", NotAllowed, 6},
		{"emoji", "☕", NotAllowed, 0},
		{"fullwidth A", "\uff21", NotAllowed, 0},
		{"han", "越", NotAllowed, 0},
		{"angstrom sign", "\u212b", NotAllowed, 0},
		{"composed grave mark", "a\u0340", NotAllowed, 1},

		{"decomposed ệ", "Vi" + norm.NFD.String("ệ") + "t", NotNFC, 3},
		{"half composed ệ", "ẹ\u0302", NotNFC, 3},
		{"marks in the wrong order", "ê\u0323", NotNFC, 2},
		{"decomposed ơ", "o\u031b", NotNFC, 1},
		{"composes to a letter outside", "w\u0300", NotNFC, 1},

		{"mark at the start", "\u0306a", Marks, 0},
		{"mark on a space", "a \u0306", Marks, 2},
		{"mark on a digit", "1\u0306", Marks, 1},
		{"the same mark twice", "ê\u0306\u0306", Marks, 2},
		{"three marks", "x\u0306\u0308\u030c", Marks, 1},
		{"a tower of marks", "x" + strings.Repeat("\u0306", 1000), Marks, 1},

		{"lone continuation", "a\x80", NotUTF8, 1},
		{"cut short", "a\xe1\xbb", NotUTF8, 1},
		{"overlong", "\xc0\xaf", NotUTF8, 0},
		{"surrogate", "\xed\xa0\x80", NotUTF8, 0},
		{"beyond Unicode", "\xf4\x90\x80\x80", NotUTF8, 0},
		{"cut short after a mark", "ê\u0306\xcc", NotUTF8, 4},
	} {
		if p, at := Check(Name, []byte(c.s)); p != c.want || at != c.at {
			t.Errorf("%s: problem %d at %d, want %d at %d", c.what, p, at, c.want, c.at)
		}
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		class Class
		s     string
		want  Problem
		at    int
	}{
		{DecisionNumber, "1234/QĐ-UBND", OK, 0},
		{DecisionNumber, "1234:QĐ", NotAllowed, 4},
		{DecisionNumber, " 1", Spacing, 0},
		{Name, "a:b", OK, 0},
		{Code, "RS-2019/v1.0_a", OK, 0},
		{Code, "a b", NotAllowed, 1},
		{Code, "QĐ", NotAllowed, 1},
		{Code, "a+b", NotAllowed, 1},
		{Code, "a\xff", NotUTF8, 1},
		{Code, "a\x00", NotAllowed, 1},
		{CSET82, `L0t_!"%&'()*+,-./:;<=>?`, OK, 0},
		{CSET82, "a#", NotAllowed, 1},
		{CSET82, "a b", NotAllowed, 1},
		{CSET82, "a@", NotAllowed, 1},
		{Address, "[2001:db8::1]:7401", OK, 0},
		{Address, "node-1.ubnd.example:7401", OK, 0},
		{Address, "a_b", NotAllowed, 1},
		{Address, "a/b", NotAllowed, 1},
		{None, "", NotAllowed, 0},
		{None, "a", NotAllowed, 0},
		{Class(99), "a", NotAllowed, 0},
	} {
		if p, at := Check(c.class, []byte(c.s)); p != c.want || at != c.at {
			t.Errorf("class %d %q: problem %d at %d, want %d at %d", c.class, c.s, p, at, c.want, c.at)
		}
	}
	for class, want := range map[Class]int{Code: 66, CSET82: 82, Address: 67} {
		n := 0
		for r := range rune(0x3000) {
			if p, _ := Check(class, []byte(string(r))); p == OK {
				n++
			}
		}
		if n != want {
			t.Errorf("class %d has %d characters, want %d", class, n, want)
		}
	}
}

// Whatever passes is a name by the toolchain's tables too, and no two names are canonically equivalent.
func FuzzName(f *testing.F) {
	for _, s := range []string{"Cà phê bột Đắk Đam", "ê̆ơ̆", "ẹ\u0302", "a\u0323\u0302", "\xff", " a", "x\u0306\u0308"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, at := Check(Name, b)
		if at < 0 || at > len(b) {
			t.Fatalf("problem at byte %d of %d", at, len(b))
		}
		if p != OK {
			return
		}
		switch s := string(b); {
		case !utf8.Valid(b), !norm.NFC.IsNormal(b), !IsNFC(b):
			t.Fatalf("%+q is not NFC", b)
		case strings.TrimSpace(s) != s, strings.Contains(s, "  "), strings.ContainsAny(s, "\n\r\t\v"):
			t.Fatalf("%+q is badly spaced", b)
		case !inTable(s):
			t.Fatalf("%+q is outside the table", b)
		}
		if d := norm.NFD.Bytes(b); string(d) != string(b) {
			if p, _ := Check(Name, d); p == OK {
				t.Fatalf("%+q and its decomposition are both names", b)
			}
		}
	})
}

var sink Problem

func BenchmarkName(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":      "HTX San xuat lua gao Buon Choah, thon 5",
		"vietnamese": "Hợp tác xã sản xuất lúa gạo Buôn Choáh",
		"marks":      "ê̆ơ̆ư̆ô̆ê̆ơ̆ư̆ô̆ê̆ơ̆ư̆ô̆",
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(s)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				sink, _ = Check(Name, data)
			}
		})
	}
}
