package query_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/query"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, words string }{
		{"Cà phê bột Đắk Đam", "ca phe bot dak dam"},
		{"đường ĐƯỜNG Đường", "duong duong duong"},
		{"hoà hòa", "hoa hoa"},
		{"thuỷ thủy", "thuy thuy"},
		{"Đăk Mil, Đắk Mil, Ðắk Mil, Dak Mil", "dak mil dak mil dak mil dak mil"}, // the third begins with the Icelandic Ð
		{"Đắk R'lấp Đắk R’lấp", "dak rlap dak rlap"},
		{"Bưởi Sang's Farm", "buoi sangs farm"},
		{"1032/QĐ-UBND", "1032 qd ubnd"},
		{"1000012.3", "1000012 3"},
		{"L_2020-09", "l 2020 09"},
		{"  ca\tphe\n(rang)…xay ", "ca phe rang xay"},
		{"Nghệ An – 2020", "nghe an 2020"},
		{"ưỡng ỡ ỹ ẵ ặ ẫ ậ ễ ệ ĩ ị ũ ụ ữ ự ỵ", "uong o y a a a a e e i i u u u u y"},
		{"crème Übung señor", "creme ubung senor"},
		{"日本茶", "日本茶"},
		{"", ""},
		{"'’ - . ,", ""},
		{"a\xffb", "a b"},
	} {
		if got := strings.Join(query.Words(c.text), " "); got != c.words {
			t.Errorf("%q: %q, want %q", c.text, got, c.words)
		}
		if got := strings.Join(query.Words(norm.NFD.String(c.text)), " "); got != norm.NFD.String(c.words) {
			t.Errorf("%q decomposed: %q, want %q", c.text, got, c.words)
		}
	}
}

// vietnamese are all letters of the alphabet with all tones.
const vietnamese = "aàáạảãâầấậẩẫăằắặẳẵbcdđeèéẹẻẽêềếệểễghiìíịỉĩklmnoòóọỏõôồốộổỗơờớợởỡpqrstuùúụủũưừứựửữvxyỳýỵỷỹ"

func TestWordsOfVietnameseAreASCII(t *testing.T) {
	letters := []rune(vietnamese)
	rapid.Check(t, func(t *rapid.T) {
		word := string(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 12).Draw(t, "word"))
		want := query.Words(word)
		if len(want) != 1 || len(want[0]) != len([]rune(word)) || strings.Trim(want[0], "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%q: %q", word, want)
		}
		for _, other := range []string{norm.NFD.String(word), strings.ToUpper(word), norm.NFD.String(strings.ToUpper(word))} {
			if got := query.Words(other); !slices.Equal(got, want) {
				t.Fatalf("%q: %q, but %q: %q", word, want, other, got)
			}
		}
	})
}
