package gs1_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
)

const cset82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// GTINs that are printed in the GS1 General Specifications and the Digital Link standard, and one of each shorter form.
func TestGTIN(t *testing.T) {
	for s, want := range map[string]gs1.GTIN{
		"09506000134352": "09506000134352", "9506000134352": "09506000134352", "614141123452": "00614141123452", "96385074": "00000096385074", "08930000000002": "08930000000002",
	} {
		if got, err := gs1.ParseGTIN(s); err != nil || got != want {
			t.Errorf("%s: %q, %v", s, got, err)
		}
	}
	for s, want := range map[string]gs1.Kind{
		"": gs1.GTINLength, "0950600013435": gs1.GTINCheck, "950600013435": gs1.GTINCheck, "12345678901": gs1.GTINLength, "095060001343522": gs1.GTINLength,
		"0950600013435x": gs1.GTINCharacter, "-9506000134352": gs1.GTINCharacter, "00000000000000": gs1.GTINZero, "00000000": gs1.GTINZero, "０９５０６": gs1.GTINCharacter,
	} {
		if _, err := gs1.ParseGTIN(s); kind(err) != want {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
	_, err := gs1.ParseGTIN("9506000134353")
	if e, _ := errors.AsType[*gs1.Error](err); e == nil || e.Right != "09506000134352" || !strings.Contains(e.English, "should be 2") || !strings.Contains(e.Vietnamese, "phải là 2") {
		t.Errorf("%+v", e)
	}
}

func kind(err error) gs1.Kind {
	if e, ok := errors.AsType[*gs1.Error](err); ok {
		return e.Kind
	}
	return ""
}

// The check digit finds every single wrong digit, and the one that it proposes makes a GTIN of any digits before it.
func TestCheckDigitFindsAWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9]{13}`).Filter(func(s string) bool { return strings.Trim(s, "0") != "" }).Draw(t, "digits")
		good := body + string(gs1.CheckDigit(body))
		if g, err := gs1.ParseGTIN(good); err != nil || string(g) != good {
			t.Fatalf("%s: %v", good, err)
		}
		at := rapid.IntRange(0, 13).Draw(t, "place")
		digit := byte('0') + (good[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "added")))%10
		bad := good[:at] + string(digit) + good[at+1:]
		_, err := gs1.ParseGTIN(bad)
		if k := kind(err); k != gs1.GTINCheck && k != gs1.GTINZero {
			t.Errorf("%s instead of %s: %v", bad, good, err)
		}
		if e, ok := errors.AsType[*gs1.Error](err); ok && e.Kind == gs1.GTINCheck {
			if _, err := gs1.ParseGTIN(e.Right); err != nil || e.Right[:13] != bad[:13] {
				t.Errorf("for %s it proposes %q: %v", bad, e.Right, err)
			}
		}
	})
}

func TestPaths(t *testing.T) {
	product := ledger.ProductID{Producer: 1000012, Number: 3}
	for path, want := range map[string]gs1.Link{
		"/01/09506000134352":                          {GTIN: "09506000134352"},
		"/01/09506000134352/10/L-1/21/7":              {GTIN: "09506000134352", Lot: "L-1", Serial: "7"},
		"/01/09506000134352/22/2A/10/ABC/21/XYZ":      {GTIN: "09506000134352", Variant: "2A", Lot: "ABC", Serial: "XYZ"},
		"/01/09506000134352/21/7":                     {GTIN: "09506000134352", Serial: "7"},
		"/01/09506000134352/10/A%2FB%25":              {GTIN: "09506000134352", Lot: "A/B%"},
		"/01/09506000134352/235/abc":                  {GTIN: "09506000134352", Extension: "abc"},
		"/id/1000012.3":                               {Product: product},
		"/id/1000012.3/10/L-1/21/7":                   {Product: product, Lot: "L-1", Serial: "7"},
		"/id/1000012.3/10/" + strings.Repeat("9", 20): {Product: product, Lot: strings.Repeat("9", 20)},
	} {
		got, err := gs1.ParsePath(path)
		if err != nil || got != want || got.Path() != path || got.Check() != nil {
			t.Errorf("%s: %+v %q, %v", path, got, got.Path(), err)
		}
	}
	for path, canonical := range map[string]string{
		"/01/09506000134352/": "/01/09506000134352", "/%301/09506000134352": "/01/09506000134352", "/01/09506000134352/10/%41b%2f": "/01/09506000134352/10/Ab%2F",
		"/01/09506000134352/10/a+b": "/01/09506000134352/10/a%2Bb",
	} {
		if l, err := gs1.ParsePath(path); err != nil || l.Path() != canonical {
			t.Errorf("%s: %q, %v", path, l.Path(), err)
		}
	}
	if url := (gs1.Link{Product: product, Lot: "L"}).URL("https://ocop.example.vn"); url != "https://ocop.example.vn/id/1000012.3/10/L" {
		t.Error(url)
	}
}

func TestWrongPaths(t *testing.T) {
	const g = "/01/09506000134352"
	for path, want := range map[string]gs1.Kind{
		"": gs1.Malformed, "/": gs1.Malformed, "/01": gs1.Malformed, "/01/": gs1.Malformed, g + "/10": gs1.Malformed, g + "//": gs1.Malformed, g + "/10/": gs1.Malformed,
		g + "/10/%zz": gs1.Malformed, g + "/10/A/B": gs1.Malformed, g + "/10/%": gs1.Malformed,
		"/00/106141412345678908": gs1.Unknown, "/gtin/09506000134352": gs1.Unknown, g + "/lot/1": gs1.Unknown, g + "/10/A/B/C": gs1.Unknown,
		g + "/17/261231": gs1.Attribute, g + "/3103/000195": gs1.Attribute, g + "/01/09506000134352": gs1.Attribute,
		g + "/21/7/10/L": gs1.Order, g + "/10/L/22/V": gs1.Order, g + "/10/L/10/L": gs1.Order, g + "/21/7/235/x": gs1.Order, g + "/235/x/21/7": gs1.Order,
		"/01/09506000134353": gs1.GTINCheck, "/01/9506000134352": gs1.GTINLength, "/01/0950600013435a": gs1.GTINCharacter, "/01/1": gs1.GTINLength,
		g + "/10/L%C3%94-1": gs1.Character, g + "/10/a%20b": gs1.Character, g + "/10/a%23": gs1.Character, g + "/10/%00": gs1.Character, g + "/10/%ff": gs1.Character,
		g + "/10/" + strings.Repeat("9", 21): gs1.Length, g + "//L": gs1.Unknown, g + "/10//21/7": gs1.Length, g + "/235/" + strings.Repeat("9", 29): gs1.Length,
		g + "/10/..": gs1.Dots, g + "/21/%2E": gs1.Dots,
		"/id/1000012": gs1.Product, "/id/01000012.3": gs1.Product, "/id/1000012.0": gs1.Product, "/id/1000012.3/21/7/10/L": gs1.Order, "/id/x": gs1.Product,
	} {
		_, err := gs1.ParsePath(path)
		e, ok := errors.AsType[*gs1.Error](err)
		if !ok || e.Kind != want || e.Vietnamese == "" || e.English == "" || e.Vietnamese == e.English || strings.Contains(e.English+e.Vietnamese, "%!") {
			t.Errorf("%q: %+v, want %s", path, e, want)
		}
	}
	_, err := gs1.ParsePath("/01/9506000134352")
	if e, _ := errors.AsType[*gs1.Error](err); e == nil || e.Right != "09506000134352" {
		t.Errorf("a short GTIN is not told in full: %+v", e)
	}
	for _, l := range []gs1.Link{{}, {GTIN: "1"}, {GTIN: "09506000134352", Lot: "Lô"}, {GTIN: "09506000134352", Serial: "."}} {
		if l.Check() == nil {
			t.Errorf("%+v can be written", l)
		}
	}
}

func drawLink(t *rapid.T) gs1.Link {
	value := func(name string) string {
		return rapid.StringOfN(rapid.SampledFrom([]rune(cset82)), 0, 20, -1).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(t, name)
	}
	l := gs1.Link{Variant: value("variant"), Lot: value("lot"), Serial: value("serial")}
	if rapid.Bool().Draw(t, "with GTIN") {
		body := "1" + rapid.StringMatching(`[0-9]{12}`).Draw(t, "GTIN")
		l.GTIN = gs1.GTIN(body + string(gs1.CheckDigit(body)))
	} else {
		l.Product = ledger.ProductID{Producer: ledger.AccountID(rapid.Uint64Range(1, 1<<40).Draw(t, "producer")), Number: rapid.Uint32Range(1, 999_999).Draw(t, "product")}
	}
	return l
}

// Whatever can be written is read back, from the path, and from what a person types of it.
func TestWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLink(t)
		if got, err := gs1.ParsePath(l.Path()); err != nil || got != l {
			t.Fatalf("%s: %+v, %v, want %+v", l.Path(), got, err, l)
		}
		if got := gs1.Typed("https://ocop.example.vn" + l.Path() + "?17=261231#x"); len(got) != 1 || got[0] != l {
			t.Errorf("the link %s typed: %+v", l.Path(), got)
		}
		if l.GTIN != "" {
			return
		}
		l.Variant = ""
		l.Serial = strings.ReplaceAll(l.Serial, "/", "") // those of the ledger are numbers
		if l.Lot == "" {
			l.Serial = ""
		}
		if l.Check() != nil { // of dots alone now
			return
		}
		short := gs1.Short(l.Product, l.Lot, l.Serial)
		for _, got := range gs1.Typed(short) {
			if got == l {
				return
			}
		}
		t.Errorf("%q is not read as %+v: %+v", short, l, gs1.Typed(short))
	})
}

func TestTyped(t *testing.T) {
	p := ledger.ProductID{Producer: 1000012, Number: 3}
	for s, want := range map[string][]gs1.Link{
		"1000012.3":                       {{Product: p}},
		" 1000012 . 3 / ":                 {{Product: p}},
		"1000012.3/L-1":                   {{Product: p, Lot: "L-1"}},
		"1000012.3 / L-1 / 57":            {{Product: p, Lot: "L-1", Serial: "57"}, {Product: p, Lot: "L-1/57"}},
		"1000012.3/A/B/7":                 {{Product: p, Lot: "A/B", Serial: "7"}, {Product: p, Lot: "A/B/7"}},
		"\u200e1000012.3\u200b":           {{Product: p}},
		"9506000134352":                   {{GTIN: "09506000134352"}},
		"9 506000 134352":                 {{GTIN: "09506000134352"}},
		"9-506000-134352":                 {{GTIN: "09506000134352"}},
		"96385074":                        {{GTIN: "00000096385074"}},
		"(01)09506000134352(10)L-1(21)57": {{GTIN: "09506000134352", Lot: "L-1", Serial: "57"}},
		"(01)09506000134352(10)L(x)(21)5": {{GTIN: "09506000134352", Lot: "L(x)", Serial: "5"}},
		"/01/09506000134352/21/5":         {{GTIN: "09506000134352", Serial: "5"}},
		"ocop.vn/id/1000012.3/10/L-1":     {{Product: p, Lot: "L-1"}},
		"1000012.3/id/1.1":                {{Product: p, Lot: "id", Serial: "1.1"}, {Product: p, Lot: "id/1.1"}},
		"9506000134353":                   nil, "cà phê": nil, "": nil, "1000012": nil, "1000012.3/lô": nil, "(01)09506000134352(21)5(10)L": nil,
		"(01)09506000134352(10": nil, "(01": nil, strings.Repeat("9", 600): nil, "https://ocop.vn/": nil, "../01/": nil,
	} {
		got := gs1.Typed(s)
		if len(got) != len(want) {
			t.Errorf("%q: %+v, want %+v", s, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q: %+v, want %+v", s, got, want)
			}
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"/01/09506000134352/10/L-1/21/7", "/id/1000012.3", "/01/09506000134353", "/01/09506000134352/10/%2F", "//", "/01/09506000134352/17/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		l, err := gs1.ParsePath(path)
		if err != nil {
			e, ok := errors.AsType[*gs1.Error](err)
			if !ok || e.Kind == "" || e.Vietnamese == "" || e.English == "" {
				t.Fatalf("%q: %v says too little", path, err)
			}
			return
		}
		again, err := gs1.ParsePath(l.Path())
		if err != nil || again != l || again.Path() != l.Path() {
			t.Fatalf("%q: %+v, written %q, read %+v, %v", path, l, l.Path(), again, err)
		}
	})
}

func FuzzTyped(f *testing.F) {
	for i, s := range []string{"1000012.3/L-1/57", "9 506000 134352", "(01)09506000134352(10)L-1(21)57", "https://ocop.vn/01/09506000134352?x#y", "(01)09506000134352(", "/id/"} {
		f.Add(s + strconv.Itoa(i))
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range gs1.Typed(s) {
			if err := l.Check(); err != nil {
				t.Fatalf("%q is read as %+v: %v", s, l, err)
			}
		}
	})
}
