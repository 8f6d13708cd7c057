package text

// PersonalDigits is how many digits in a row may be a telephone or identity number: telephone numbers have 10 (9 without
// the leading 0), identity cards (CMND, CCCD) 9 or 12, tax codes of persons 10.
const PersonalDigits = 9

// HasPersonalNumber reports whether s holds a run of at least [PersonalDigits] digits, however they are spaced:
// separators . - – — and space between digits do not end a run. Raised and lowered digits count like the others.
func HasPersonalNumber(s string) bool {
	run := 0
	for _, r := range s {
		switch {
		case isDigit(r):
			if run++; run == PersonalDigits {
				return true
			}
		case r == ' ', r == '.', r == '-', r == '–', r == '—':
		default:
			run = 0
		}
	}
	return false
}

func isDigit(r rune) bool {
	if r < 0x80 {
		return '0' <= r && r <= '9'
	}
	return kindOf(r) == digit
}
