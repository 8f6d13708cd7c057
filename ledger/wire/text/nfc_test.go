package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// allowed lists all code points that names may hold.
func allowed() (all, combiningMarks []rune) {
	all = append(all, ' ')
	for _, s := range spans {
		for r := s.lo; r <= s.hi; r++ {
			all = append(all, r)
			if s.kind == combining {
				combiningMarks = append(combiningMarks, r)
			}
		}
	}
	return all, combiningMarks
}

func sameAsNorm(t *testing.T, s string) {
	t.Helper()
	if got, want := IsNFC([]byte(s)), norm.NFC.IsNormalString(s); got != want {
		t.Fatalf("IsNFC(%+q) = %v, norm says %v", s, got, want)
	}
}

// The toolchain may know a newer Unicode than the table; what was assigned when the table was frozen must not differ.
func TestTableAgreesWithToolchain(t *testing.T) {
	t.Logf("toolchain: unicode %s, norm %s", unicode.Version, norm.Version)
	all, _ := allowed()
	if len(all) > 600 {
		t.Errorf("%d code points are allowed: no longer a small repertoire", len(all))
	}
	for _, r := range all {
		if r != ' ' && !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) {
			t.Errorf("%U %c is neither letter, mark, number, punctuation nor symbol", r, r)
		}
		if unicode.In(r, unicode.Greek, unicode.Cyrillic) {
			t.Errorf("%U %c is of a script with look-alikes", r, r)
		}
		for _, part := range norm.NFD.String(string(r)) {
			if got, want := classOf(part), norm.NFC.PropertiesString(string(part)).CCC(); got != want {
				t.Errorf("%U %c: class %d, norm says %d", part, part, got, want)
			}
		}
		if marks := len([]rune(norm.NFD.String(string(r)))) - 1; marks >= maxSplits {
			t.Errorf("%U %c decomposes into a letter and %d marks", r, r, marks)
		}
		sameAsNorm(t, string(r))
	}
	for _, c := range composites {
		if got := norm.NFC.String(string([]rune{c.first, c.mark})); got != string(c.whole) {
			t.Errorf("%U + %U compose to %+q, the table says %U", c.first, c.mark, got, c.whole)
		}
	}
}

func TestTableOrder(t *testing.T) {
	for i := 1; i < len(spans); i++ {
		if spans[i].lo <= spans[i-1].hi || spans[i].hi < spans[i].lo {
			t.Errorf("span %d out of order", i)
		}
	}
	for i := 1; i < len(composites); i++ {
		if composites[i].whole <= composites[i-1].whole {
			t.Errorf("composite %d out of order", i)
		}
		a, b := composites[byParts[i-1]], composites[byParts[i]]
		if b.first < a.first || b.first == a.first && b.mark <= a.mark {
			t.Errorf("byParts %d out of order", i)
		}
	}
	if len(byParts) != len(composites) {
		t.Errorf("byParts has %d entries, composites %d", len(byParts), len(composites))
	}
}

// Every code point followed by every one, and by every two marks.
func TestNFCPairs(t *testing.T) {
	all, marks := allowed()
	var b []byte
	check := func(rs ...rune) {
		b = b[:0]
		for _, r := range rs {
			b = utf8.AppendRune(b, r)
		}
		if got, want := IsNFC(b), norm.NFC.IsNormal(b); got != want {
			t.Fatalf("IsNFC(%+q) = %v, norm says %v", b, got, want)
		}
	}
	for _, r := range all {
		for _, s := range all {
			check(r, s)
		}
		for _, m := range marks {
			for _, n := range marks {
				check(r, m, n)
			}
		}
	}
}

// Letters that already carry marks, with three more: the order of marks and what blocks what.
func TestNFCThreeMarks(t *testing.T) {
	_, marks := allowed()
	for _, base := range "aăâeêoôơọộuưựyıđ=Ṩ " {
		for _, m := range marks {
			for _, n := range marks {
				for _, o := range marks {
					s := string([]rune{base, m, n, o})
					if kindOf(base) != forbidden || base == ' ' {
						sameAsNorm(t, s)
					}
				}
			}
		}
	}
}

func TestNFCRandom(t *testing.T) {
	all, marks := allowed()
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.OneOf(rapid.SampledFrom(all), rapid.SampledFrom(marks), rapid.SampledFrom([]rune("aeou")))
		s := string(rapid.SliceOfN(r, 0, 40).Draw(t, "s"))
		if got, want := IsNFC([]byte(s)), norm.NFC.IsNormalString(s); got != want {
			t.Fatalf("IsNFC(%+q) = %v, norm says %v", s, got, want)
		}
		if composed := norm.NFC.String(s); inTable(composed) && !IsNFC([]byte(composed)) && maxRun(norm.NFD.String(composed)) <= maxCluster {
			t.Fatalf("the normal form %+q of %+q is refused", composed, s)
		}
	})
}

func TestNFCLongClusters(t *testing.T) {
	for n := range 40 {
		sameAsNorm(t, "x"+strings.Repeat("\u0306", n))
		sameAsNorm(t, "ê"+strings.Repeat("\u0306", n))
		sameAsNorm(t, strings.Repeat("\u0323", n)+"\u0306")
	}
}

func TestNFCOutsideTable(t *testing.T) {
	for _, s := range []string{"а", "\u212b", "\xff", "a\xcc", "\u00a0", "\ufffd", "가"} {
		if IsNFC([]byte(s)) {
			t.Errorf("IsNFC(%+q): text outside the table has no normal form here", s)
		}
	}
}

func inTable(s string) bool {
	for _, r := range s {
		if kindOf(r) == forbidden && r != ' ' {
			return false
		}
	}
	return true
}

func maxRun(s string) int {
	most, run := 0, 0
	for _, r := range s {
		run++
		if classOf(r) == 0 {
			run = 0
		}
		most = max(most, run)
	}
	return most
}
