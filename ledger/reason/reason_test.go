package reason

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/ledger/reason/reasontest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The numbers, names and finality of released reasons never change.
func TestFrozen(t *testing.T) {
	var b strings.Builder
	for _, i := range All() {
		final := ""
		if i.Final {
			final = " final"
		}
		fmt.Fprintf(&b, "%d %s%s\n", i.Code, i.Name, final)
	}
	const path = "testdata/frozen.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("numbers, names or finality differ from %s; they are frozen:\n%s", path, got)
	}
}

func TestTable(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]bool{}
	last := Code(0)
	for _, i := range All() {
		if i.Code <= last {
			t.Errorf("%s: number %d after %d", i.Name, i.Code, last)
		}
		last = i.Code
		if !name.MatchString(i.Name) || seen[i.Name] {
			t.Errorf("%d: name %q", i.Code, i.Name)
		}
		seen[i.Name] = true
		if i.Door < Read || i.Door > Rules {
			t.Errorf("%s: door %d", i.Name, i.Door)
		}
		if i.Final && i.Door != Rules {
			t.Errorf("%s: final, but not a reason of the rules", i.Name)
		}
		bare := i.BareVietnamese != "" || i.BareEnglish != ""
		if bare != (len(Placeholders(i.Vietnamese)) > 0) {
			t.Errorf("%s: bare sentences are for those with placeholders, and only for those", i.Name)
		}
		sentences := []string{i.Vietnamese, i.English}
		if bare {
			sentences = append(sentences, i.BareVietnamese, i.BareEnglish)
		}
		for _, s := range sentences {
			first := []rune(s)[0]
			if !unicode.IsUpper(first) && first != '{' || !strings.HasSuffix(s, ".") || !norm.NFC.IsNormalString(s) {
				t.Errorf("%s: not a sentence in NFC: %q", i.Name, s)
			}
		}
		vi, en := Placeholders(i.Vietnamese), Placeholders(i.English)
		slices.Sort(vi)
		slices.Sort(en)
		if !slices.Equal(vi, en) {
			t.Errorf("%s: placeholders %v in Vietnamese, %v in English", i.Name, vi, en)
		}
	}
}

func TestLookUp(t *testing.T) {
	for _, i := range All() {
		if Of(i.Code) != i {
			t.Errorf("Of(%d) = %v", i.Code, Of(i.Code))
		}
		if by, ok := ByName(i.Name); !ok || by != i {
			t.Errorf("ByName(%q) = %v, %v", i.Name, by, ok)
		}
	}
	for _, c := range []Code{0, 30, 65535} {
		if i := Of(c); i.Code != c || i.Final || !strings.Contains(i.Vietnamese, fmt.Sprint(uint16(c))) || !strings.Contains(i.English, fmt.Sprint(uint16(c))) {
			t.Errorf("Of(%d) = %+v", c, i)
		}
	}
	if _, ok := ByName("no_such_reason"); ok {
		t.Error("found a reason that is not there")
	}
}

func TestSentences(t *testing.T) {
	vi, en := Of(TotalNotSum).Sentences([]Arg{Points("have", 8500), Points("want", 123456)})
	if vi != "Tổng điểm ghi 85,00, nhưng A + B + C = 1.234,56." || en != "The total is given as 85.00, but A + B + C = 1,234.56." {
		t.Errorf("%q %q", vi, en)
	}
	vi, en = Of(ProductNameTaken).Sentences([]Arg{Text("have", "{product} {x"), Text("product", "{have}")})
	if vi != "Chủ thể này đã có sản phẩm {have} mang đúng tên “{product} {x”." || en != "This producer has product {have} with the very name “{product} {x”." {
		t.Errorf("braces in values: %q %q", vi, en)
	}
}

// Whatever values are missing, a sentence reads well: no gap, no brace, no dots.
func TestSentencesWithoutValues(t *testing.T) {
	for _, i := range append(All(), Of(4711)) {
		names := Placeholders(i.Vietnamese)
		var known []Arg
		for n := range len(names) + 1 {
			if n > 0 {
				known = append(known, Text(names[n-1], "1"))
			}
			vi, en := i.Sentences(known)
			recalledVi, recalledEn := i.Recalled()
			for _, s := range []string{vi, en, recalledVi, recalledEn} {
				if s == "" || strings.ContainsAny(s, "{}…") || strings.Contains(s, "  ") || strings.Contains(s, "“”") || !strings.HasSuffix(s, ".") {
					t.Errorf("%s with %d of %d values: %q", i.Name, n, len(names), s)
				}
			}
			if complete := n == len(names); complete == (vi == i.BareVietnamese) {
				t.Errorf("%s with %d of %d values: %q", i.Name, n, len(names), vi)
			}
			if before := strings.Contains(recalledVi, "đã bị từ chối trước đây") && strings.Contains(recalledEn, "refused before"); before != (len(names) > 0) {
				t.Errorf("%s recalled: %q %q", i.Name, recalledVi, recalledEn)
			}
		}
	}
}

// What is said in Vietnamese is Vietnamese, also where the rule comes from.
func TestVietnamese(t *testing.T) {
	for _, i := range append(All(), Of(4711)) {
		if i.Rule.Vietnamese == "" || i.Rule.English == "" {
			t.Errorf("%s: rule %q", i.Name, i.Rule)
		}
		if i.Rule.Vietnamese == i.Rule.English {
			t.Errorf("%s: rule %q in both languages", i.Name, i.Rule.English)
		}
		for _, s := range []string{i.Vietnamese, i.BareVietnamese, i.Rule.Vietnamese} {
			if words := reasontest.Foreign(s); len(words) > 0 {
				t.Errorf("%s: %q are not Vietnamese, in %q", i.Name, words, s)
			}
		}
		for _, s := range []string{i.Vietnamese, i.Rule.Vietnamese} {
			if !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f && unicode.IsLetter(r) }) {
				t.Errorf("%s: no Vietnamese in %q", i.Name, s)
			}
		}
	}
}

func TestFault(t *testing.T) {
	f := Fault{"too_long", "quá dài", "too long"}
	vi, en := Of(InvalidRequest).Sentences(append(f.Args(), Text("field", "q")))
	if vi != "Yêu cầu không hợp lệ ở trường “q”: quá dài." || en != "The request is invalid in field “q”: too long." || KindOf(f.Args()) != "too_long" || KindOf(nil) != "" {
		t.Errorf("%q %q", vi, en)
	}
}

func TestArgs(t *testing.T) {
	for _, c := range []struct {
		got    Arg
		vi, en string
	}{
		{Count("n", 0), "0", "0"},
		{Count("n", 999), "999", "999"},
		{Count("n", 12500), "12.500", "12,500"},
		{Count("n", 1<<64-1), "18.446.744.073.709.551.615", "18,446,744,073,709,551,615"},
		{Points("n", 5), "0,05", "0.05"},
		{Points("n", 10000), "100,00", "100.00"},
		{Day("n", 20201103), "03/11/2020", "03/11/2020"},
		{Moment("n", 1604368800000), "09:00:00 03/11/2020", "09:00:00 03/11/2020"},
		{Moment("n", maxMoment), "23:59:59 31/12/9999", "23:59:59 31/12/9999"},
		{Moment("n", maxMoment+1), "253402275600000 ms", "253402275600000 ms"},
		{Moment("n", 1<<64-1), "18446744073709551615 ms", "18446744073709551615 ms"},
		{Span("n", 45*86_400_000), "45 ngày", "45 days"},
		{Span("n", 5*60_000), "5 phút", "5 minutes"},
		{Span("n", 7_200_000), "2 giờ", "2 hours"},
		{Span("n", 1000), "1 giây", "1 second"},
		{Span("n", 1500), "1.500 ms", "1,500 ms"},
		{Span("n", 0), "0 ms", "0 ms"},
		{Words("n", "a", "b"), "a", "b"},
	} {
		if c.got.Vietnamese != c.vi || c.got.English != c.en {
			t.Errorf("%+v, want %q %q", c.got, c.vi, c.en)
		}
	}
}
