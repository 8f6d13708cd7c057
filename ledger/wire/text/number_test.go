package text

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestHasPersonalNumber(t *testing.T) {
	for s, want := range map[string]bool{
		"":                             false,
		"Gạo ST24":                     false,
		"Nguyễn Văn A 0912345678":      true,
		"0912 345 678":                 true,
		"0912.345.678":                 true,
		"0912-345-678":                 true,
		"0912–345—678":                 true,
		"(+84) 912 345 678":            true,
		"CCCD 012345678901":            true,
		"12345678":                     false,
		"123456789":                    true,
		"12.500 kg, 2020 hộp":          false,
		"1234/QĐ-UBND ngày 24/09/2020": false,
		"12345x6789":                   false,
		"0912,345,678":                 false,
		"⁰⁹¹²³⁴⁵⁶⁷⁸":                   true,
		"₀₉₁₂₃₄₅₆₇₈":                   true,
		"0912  -  345 . 678":           true,
		"1234567\xff89":                false,
		"năm 2019 – 2020, 4 sao":       false,
		"số 2020 – 20 24 1":            true,
	} {
		if got := HasPersonalNumber(s); got != want {
			t.Errorf("HasPersonalNumber(%q) = %v", s, got)
		}
	}
}

func TestHasPersonalNumberModel(t *testing.T) {
	model := regexp.MustCompile(`(?:[0-9][ .–—-]*){9}`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("0123456789012345 .-–/a")), 0, 40, -1).Draw(t, "s")
		if got, want := HasPersonalNumber(s), model.MatchString(s); got != want {
			t.Fatalf("HasPersonalNumber(%q) = %v, the model says %v", s, got, want)
		}
	})
}
