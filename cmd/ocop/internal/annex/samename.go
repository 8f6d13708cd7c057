package annex

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SameName tells whether two names of a product are the same to a reader of Vietnamese. Letter case, punctuation and the letter under which a tone
// mark stands (hòa, hoà) are matters of style, and so is the tone of a syllable such as Đăk, which can be said in one way only (Đắk). Every other
// diacritic makes another word: dried beef (bò khô) is not dried avocado (bơ khô). A name that is typed without any (CA PHE BOT) says nothing about
// them.
func SameName(a, b string) bool {
	if bare(a) || bare(b) {
		return fold(a) == fold(b)
	}
	return spoken(a) == spoken(b)
}

// bare tells whether a name has no diacritics at all.
func bare(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// Tone marks, decomposed. Those of vowels (circumflex, breve, horn) are parts of letters.
const (
	tones = "\u0300\u0301\u0303\u0309\u0323"
	acute = '\u0301'
)

// spoken writes a name down as its syllables, each with its tone at the end.
func spoken(name string) string {
	words := strings.FieldsFunc(norm.NFD.String(strings.ToLower(name)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	for i, w := range words {
		words[i] = syllable(w)
	}
	return strings.Join(words, " ")
}

func syllable(w string) string {
	tone := ""
	letters := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(tones, r):
			tone += string(r)
			return -1
		case r == 'ð':
			return 'đ'
		}
		return r
	}, w)
	if tone == "" && stops(letters) {
		tone = string(acute)
	}
	return letters + tone
}

// stops tells whether a syllable ends in a stop: such a one has the acute tone or the heavy one, and writing none means the acute.
func stops(letters string) bool {
	for _, end := range []string{"c", "ch", "k", "p", "t"} {
		if strings.HasSuffix(letters, end) {
			return true
		}
	}
	return false
}
