package query

import "strings"

// letters maps what is written with diacritics to the letter beneath. A table of our own: the words that find a product must not depend on the
// Unicode tables of a toolchain, and đ is a letter of its own there.
var letters = func() map[rune]rune {
	m := make(map[rune]rune)
	for base, variants := range map[rune]string{
		'a': "àáạảãâầấậẩẫăằắặẳẵäåāÀÁẠẢÃÂẦẤẬẨẪĂẰẮẶẲẴÄÅĀ",
		'c': "çÇ",
		'd': "đĐðÐɖƉ",
		'e': "èéẹẻẽêềếệểễëēÈÉẸẺẼÊỀẾỆỂỄËĒ",
		'i': "ìíịỉĩîïīÌÍỊỈĨÎÏĪ",
		'n': "ñÑ",
		'o': "òóọỏõôồốộổỗơờớợởỡöøōÒÓỌỎÕÔỒỐỘỔỖƠỜỚỢỞỠÖØŌ",
		'u': "ùúụủũưừứựửữûüūÙÚỤỦŨƯỪỨỰỬỮÛÜŪ",
		'y': "ỳýỵỷỹÿỲÝỴỶỸŸ",
	} {
		for _, v := range variants {
			m[v] = base
		}
	}
	return m
}()

// Words splits a text into its words in lower-case letters without diacritics: "Cà phê bột Đắk Đam" has the words ca, phe, bot, dak, dam.
// Composed and decomposed text give the same words; apostrophes join ("Đắk R'lấp": dak, rlap), all other punctuation separates.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch r, what := fold(r); what {
		case inWord:
			word.WriteRune(r)
		case between:
			flush()
		}
	}
	flush()
	return words
}

type class uint8

const (
	inWord  class = iota
	between       // separates words
	nothing       // is as if it were not there
)

func fold(r rune) (rune, class) {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r, inWord
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A', inWord
	case r == '\'', r == '`', r == '´', r == 'ʼ', r == '‘', r == '’', r == '′':
		return 0, nothing
	case r >= 0x0300 && r <= 0x036F: // combining marks of decomposed text
		return 0, nothing
	case r < 0xC0, r >= 0x2000 && r <= 0x206F, r >= 0x3000 && r <= 0x303F, r == '×', r == '÷', r == 0xFFFD:
		return 0, between
	}
	if base, ok := letters[r]; ok {
		return base, inWord
	}
	return r, inWord
}
