package main

// span is an inclusive range of code points of one kind that names may hold.
type span struct {
	lo, hi rune
	kind   string // letter, digit, sign, combining
	what   string
}

// repertoire is chosen by hand; package text gives the reasons. What the
// Unicode data says about each of these code points is looked up and frozen.
//
// Left out of Latin-1 and Latin Extended-A on purpose:
//
//	00D0 Ð 00F0 ð             look like Đ đ, and are often typed in their place
//	00DE Þ 00FE þ 0131 ı 0138 ĸ 017F ſ
//	                          look like p, i, k, f; no register here uses them
//	0132 Ĳ 0133 ĳ 013F Ŀ 0140 ŀ 0149 ŉ
//	                          look like two letters
//	00A8 ¨ 00AF ¯ 00B4 ´ 00B8 ¸  look like a mark on a space, or like '
//	00AA ª 00BA º             º looks like °
//	00A0, 00AD                no-break space and soft hyphen: invisible
var repertoire = []span{
	{0x0021, 0x002F, "sign", `! … /`},
	{0x0030, 0x0039, "digit", `0 … 9`},
	{0x003A, 0x0040, "sign", `: … @`},
	{0x0041, 0x005A, "letter", `A … Z`},
	{0x005B, 0x0060, "sign", "[ … `"},
	{0x0061, 0x007A, "letter", `a … z`},
	{0x007B, 0x007E, "sign", `{ … ~`},

	{0x00A3, 0x00A3, "sign", `£`},
	{0x00A5, 0x00A5, "sign", `¥`},
	{0x00A7, 0x00A7, "sign", `§`},
	{0x00A9, 0x00A9, "sign", `©`},
	{0x00AB, 0x00AB, "sign", `«`},
	{0x00AE, 0x00AE, "sign", `®`},
	{0x00B0, 0x00B1, "sign", `° ±`},
	{0x00B2, 0x00B3, "digit", `² ³`},
	{0x00B5, 0x00B5, "letter", `µ, as in µg`},
	{0x00B7, 0x00B7, "sign", `·`},
	{0x00B9, 0x00B9, "digit", `¹`},
	{0x00BB, 0x00BB, "sign", `»`},
	{0x00BC, 0x00BE, "sign", `¼ ½ ¾`},

	{0x00C0, 0x00CF, "letter", `À … Ï`},
	{0x00D1, 0x00D6, "letter", `Ñ … Ö`},
	{0x00D7, 0x00D7, "sign", `×, as in 10 × 50 g`},
	{0x00D8, 0x00DD, "letter", `Ø … Ý`},
	{0x00DF, 0x00EF, "letter", `ß … ï`},
	{0x00F1, 0x00F6, "letter", `ñ … ö`},
	{0x00F8, 0x00FD, "letter", `ø … ý`},
	{0x00FF, 0x00FF, "letter", `ÿ`},

	{0x0100, 0x0130, "letter", `Ā … İ, with Ă ă Đ đ Ĩ ĩ, and č ĕ of Ê Đê and Gia Rai`},
	{0x0134, 0x0137, "letter", `Ĵ … ķ`},
	{0x0139, 0x013E, "letter", `Ĺ … ľ`},
	{0x0141, 0x0148, "letter", `Ł … ň`},
	{0x014A, 0x017E, "letter", `Ŋ … ž, with ŏ Ũ ũ ŭ`},
	{0x0180, 0x0180, "letter", `ƀ of Ê Đê, Gia Rai, M'Nông`},
	{0x01A0, 0x01A1, "letter", `Ơ ơ`},
	{0x01AF, 0x01B0, "letter", `Ư ư`},
	{0x0243, 0x0243, "letter", `Ƀ`},

	{0x0300, 0x0304, "combining", `grave, acute, circumflex, tilde, macron`},
	{0x0306, 0x0306, "combining", `breve: ê̆ ô̆ ơ̆ ư̆ have no code point of their own`},
	{0x0308, 0x0309, "combining", `diaeresis, hook above`},
	{0x030C, 0x030C, "combining", `caron`},
	{0x031B, 0x031B, "combining", `horn`},
	{0x0323, 0x0323, "combining", `dot below`},

	{0x1EA0, 0x1EF9, "letter", `Ạ … ỹ: the Vietnamese block`},

	{0x2013, 0x2014, "sign", `– —`},
	{0x2018, 0x2019, "sign", `‘ ’`},
	{0x201C, 0x201D, "sign", `“ ”`},
	{0x2022, 0x2022, "sign", `•`},
	{0x2026, 0x2026, "sign", `…`},
	{0x2030, 0x2030, "sign", `‰`},
	{0x2070, 0x2070, "digit", `⁰`},
	{0x2074, 0x2079, "digit", `⁴ … ⁹`},
	{0x2080, 0x2089, "digit", `₀ … ₉`},
	{0x20AB, 0x20AC, "sign", `₫ €`},
	{0x2122, 0x2122, "sign", `™`},
	{0x2153, 0x215E, "sign", `⅓ … ⅞`},
}
