// Package text says which text may stand in a signed leaf, for ever and on every machine alike.
//
// Text that looks the same must be the same bytes, or one product gets a twin. Unicode offers many ways to write one
// word, and its tables grow with every release of a toolchain; a node that asked its toolchain would accept tomorrow what
// it refuses today. So the table is small, chosen by hand, and frozen: table_gen.go is the truth, written once from
// Unicode 15.0.0 by scripts/gen-text. Widening it takes a new protocol version and a class of its own.
//
// # Repertoire of names
//
// What Vietnamese public registers are written with, and nothing whose look-alike is already there:
//
//   - space (U+0020) and printable ASCII;
//   - Latin letters: Latin-1, Latin Extended-A, the Vietnamese block U+1EA0–1EF9, Ơ Ư of Latin Extended-B, and ƀ Ƀ, which
//     Ê Đê, Gia Rai and M'Nông names need beside Đắk Nông's Vietnamese ones;
//   - eleven combining marks. Vietnamese in NFC leaves none, but ê̆ ô̆ ơ̆ ư̆ of the languages of the Central Highlands
//     have no code points of their own. Overlays (U+0334–0338) are out: d̵ looks like đ and NFC keeps them apart;
//   - § © ® ™ ° ± × µ · « » – — ‘ ’ “ ” • … ‰, the currencies £ ¥ ₫ €, raised and lowered digits, fractions.
//
// Left out on purpose:
//
//   - every other script: Cyrillic а, Greek ο and their like are drawn as Latin letters are;
//   - Ð ð (eth), which look like Đ đ and are a common typing error for them; ı ĸ ſ þ, ĳ ŀ ŉ and other letters that look
//     like another letter or like two; º ª, which look like °; ´ ¨ ¸, which look like a mark or an apostrophe; hyphens and
//     minus signs other than - – —; Roman numerals, ℃, № and other signs that spell what letters spell;
//   - ★: stars are certified, not written;
//   - whatever cannot be seen or changes what is seen: control, format, bidi, zero-width and joiner characters, variation
//     selectors, soft hyphen, spaces other than U+0020, line and paragraph separators;
//   - unassigned, private-use and surrogate code points.
//
// A client that composes text may fold these into what is allowed; a verifier refuses. Names that differ in case, in ' and ’
// or in - and – are different texts all the same: whether they name one product is for rules and search to ask.
//
// # Normal form
//
// Names are in NFC (UAX #15), checked exactly: [IsNFC] decomposes, orders and composes again each letter that carries
// marks, by the frozen table. Within the repertoire only marks take part in composition, so all other text is in NFC as
// it stands. A mark follows a letter, at most [MaxMarks] stand on it beyond those composed into it, and none twice:
// stacks of marks spill over other lines of a page.
package text
