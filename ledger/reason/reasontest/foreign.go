// Package reasontest tells whether what is said in Vietnamese is Vietnamese, for the tests of all who refuse.
package reasontest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// syllable is what a Vietnamese word without marks looks like: every word is one syllable, and its sounds have few places. English words hardly ever
// fit, and a sentence of them never does.
var syllable = regexp.MustCompile(`^(ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?([aeiouy]{1,3})(ch|ng|nh|[cmnpt])?$`)

// terms are names that are written alike in both languages.
var terms = []string{"ocop", "gtin", "tcvn", "byte", "secp", "api", "ms", "nfc", "utf", "unicode", "grpc", "raft", "tls", "protobuf", "url", "uuid", "a", "b", "c", "e", "f", "k", "ml", "l", "g", "kg", "m", "r", "s", "x"}

// noise is what a sentence quotes: values in quotation marks, ids, numbers, paths of fields, file names, addresses and names of Go and gRPC.
var noise = regexp.MustCompile(`“[^”]*”|[^\s“”]*[0-9_./:§{}‖][^\s“”]*`)

// Foreign lists the words of a Vietnamese sentence that are not Vietnamese.
func Foreign(sentence string) (words []string) {
	for _, w := range strings.FieldsFunc(noise.ReplaceAllString(end.ReplaceAllString(sentence, " "), " "), func(r rune) bool { return !unicode.IsLetter(r) }) {
		w = strings.ToLower(w)
		ascii := !strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII })
		if ascii && !syllable.MatchString(w) && !slices.Contains(terms, w) {
			words = append(words, w)
		}
	}
	return words
}

// end is punctuation behind a word. It would make the word look like an id.
var end = regexp.MustCompile(`[.:]+(\s|$)`)
