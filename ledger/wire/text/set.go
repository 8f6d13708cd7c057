package text

import "unicode/utf8"

// set holds ASCII characters, one bit each.
type set [2]uint64

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Never written after initialisation.
var (
	codeSet    = setOf(alphanumeric + "._/-")
	cset82     = setOf(alphanumeric + `!"%&'()*+,-./:;<=>?_`)
	addressSet = setOf(alphanumeric + ".:-[]")
)

func setOf(chars string) set {
	var s set
	for i := range len(chars) {
		s[chars[i]>>6] |= 1 << (chars[i] & 63)
	}
	return s
}

func checkSet(b []byte, s *set) (Problem, int) {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRune(b[i:]); r == utf8.RuneError && size <= 1 {
				return NotUTF8, i
			}
			return NotAllowed, i
		}
		if s[c>>6]>>(c&63)&1 == 0 {
			return NotAllowed, i
		}
	}
	return OK, 0
}
