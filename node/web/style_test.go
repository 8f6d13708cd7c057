package web

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// sheets are the rules of all pages, and those of the pages to search and to choose on.
func sheets(t *testing.T) string {
	t.Helper()
	var all string
	for _, file := range []string{"page/style.css", "page/lists.css"} {
		css, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(css)
	}
	return all
}

// colours reads the colours of the style sheet by their names.
func colours(t *testing.T) map[string][3]float64 {
	t.Helper()
	css, err := os.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][3]float64)
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(string(css), -1) {
		var rgb [3]float64
		for i := range rgb {
			n, err := strconv.ParseUint(m[2][2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			rgb[i] = float64(n) / 255
		}
		found[m[1]] = rgb
	}
	return found
}

// luminance and contrast as WCAG 2 defines them.
func luminance(rgb [3]float64) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := rgb[i]
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// All text is read in a shop, in the sun, at 7 : 1, but for badges, which say in a word what stands elsewhere, at 4.5 : 1; signs and borders at 3 : 1.
func TestContrast(t *testing.T) {
	colour := colours(t)
	for _, pair := range []struct {
		front, back string
		least       float64
	}{
		{"on", "good", 7}, {"on", "past", 7}, {"on", "bad", 7}, {"on", "none", 7}, {"ink", "sample", 7},
		{"ink", "paper", 7}, {"ink", "card", 7}, {"ink", "none-pale", 7}, {"ink", "past-pale", 7},
		{"soft", "paper", 7}, {"soft", "card", 7}, {"link", "paper", 7}, {"link", "card", 7}, {"on", "link", 7},
		{"good", "good-pale", 4.5}, {"past", "past-pale", 4.5}, {"bad", "bad-pale", 4.5}, {"none", "none-pale", 4.5},
		{"good", "card", 4.5}, {"bad", "card", 4.5}, {"none", "card", 4.5},
		{"star", "paper", 3}, {"star", "card", 3}, {"soft", "paper", 3}, {"good", "good-pale", 3},
	} {
		front, ok := colour[pair.front]
		back, also := colour[pair.back]
		if !ok || !also {
			t.Errorf("the style sheet has no colour %s or %s", pair.front, pair.back)
			continue
		}
		if got := contrast(front, back); got < pair.least {
			t.Errorf("%s on %s: %.2f, want %v", pair.front, pair.back, got, pair.least)
		}
	}
	if got := contrast([3]float64{0, 0, 0}, [3]float64{1, 1, 1}); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white is %v, and 21 by definition", got)
	}
}

// All colours have names, so that the test above knows them; the verdict is at least 24 px at the browser's default of 16 px.
func TestStyleSheet(t *testing.T) {
	data := sheets(t)
	_, rules, _ := strings.Cut(data, "}\n")
	for _, m := range regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).FindAllString(rules, -1) {
		if m != "#0000" && m != "#ffffff" {
			t.Errorf("colour %s has no name", m)
		}
	}
	sizes := regexp.MustCompile(`\.verdict \.sentence \{ font-size: ([0-9.]+)rem`).FindAllStringSubmatch(rules, -1)
	if len(sizes) == 0 {
		t.Error("the verdict has no size")
	}
	for _, m := range sizes {
		if rem, err := strconv.ParseFloat(m[1], 64); err != nil || rem*16 < 24 {
			t.Errorf("the verdict has %s rem", m[1])
		}
	}
	if m := regexp.MustCompile(`\.denied \.sentence \{[^}]*font-size: ([0-9.]+)rem`).FindStringSubmatch(rules); m == nil || m[1] < "1.5" { // 24 px
		t.Error("what is said of a code that was not issued is smaller than a verdict")
	}
	if !strings.Contains(rules, "main .denied ~ .verdict.good { background: var(--none) }") {
		t.Error("the verdict below a code that was not issued is green, which is taken for an answer about the code")
	}
	for _, never := range []string{"@import", "url(", "@font-face", "expression", "!important"} {
		if strings.Contains(data, never) {
			t.Errorf("the style sheet holds %s", never)
		}
	}
}

// What one taps is at least 44 px high, at the browser's default of 16 px: links that stand alone, buttons, fields. Cards are higher by their text.
// Links that may have several lines are made higher by padding around the line.
func TestTapTargets(t *testing.T) {
	data := sheets(t)
	const line = 1.0625 * 1.55 // of the body's text, in rem
	if !strings.Contains(data, "font: 1.0625rem/1.55 ") {
		t.Error("lines of text have another height")
	}
	for _, target := range []string{".bar a", ".facts a", ".lots h3 a", ".soon h2 a", ".spans a", ".turn a", ".buttons a", ".stopped a", ".calls a", "summary", "button", "input[type=search], input[type=number], select"} {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + ` \{[^}]*(min-height: |inline-block; padding: )([0-9.]+)rem`).FindStringSubmatch(data)
		if m == nil {
			t.Errorf("%s has no least height", target)
			continue
		}
		rem, err := strconv.ParseFloat(m[2], 64)
		if strings.Contains(m[1], "padding") {
			rem = 2*rem + line
		}
		if err != nil || rem*16 < 44 {
			t.Errorf("%s is %v rem high", target, rem)
		}
	}
}

// Every verdict and step has a sign that is drawn and a class that is styled.
func TestSignsAreDrawn(t *testing.T) {
	css, err := os.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := os.ReadFile("page/parts.html")
	if err != nil {
		t.Fatal(err)
	}
	shapes := make(map[string]string)
	for k := range apiv1.VerdictKind_name {
		s := vietnamese.sign(apiv1.VerdictKind(k))
		if !strings.Contains(string(css), ".verdict."+s.Class+" {") || !strings.Contains(string(css), ".badge."+s.Class+" {") {
			t.Errorf("verdict %d: class %s is not styled", k, s.Class)
		}
		if !strings.Contains(string(parts), `<symbol id="`+s.Icon+`"`) {
			t.Errorf("verdict %d: sign %s is not drawn", k, s.Icon)
		}
		if s.Class != "none" && shapes[s.Icon] != "" && shapes[s.Icon] != s.Class {
			t.Errorf("verdict %d differs from another by colour alone", k)
		}
		if s.Class != "none" {
			shapes[s.Icon] = s.Class
		}
	}
}
