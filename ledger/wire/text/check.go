package text

import "unicode/utf8"

// Class is a set of texts. The numbers are those of ocop.options.v1.Text.
type Class uint8

const (
	// None is for fields that hold no text.
	None Class = iota
	// Name is a name from a public register: the repertoire of the package documentation, NFC, no space at either end, no
	// two spaces in a row.
	Name
	// Code is A–Z a–z 0–9 . _ / -
	Code
	// DecisionNumber is the number of a Decision (số quyết định), such as 1234/QĐ-UBND: a Name without colon.
	DecisionNumber
	// CSET82 is GS1 AI encodable character set 82 (GS1 General Specifications, figure 7.11-1).
	CSET82
	// Address is host:port: A–Z a–z 0–9 . : - [ ]
	Address
)

// Problem says what is wrong with a text.
type Problem uint8

const (
	OK         Problem = iota
	NotUTF8            // malformed UTF-8
	NotAllowed         // a code point outside the class
	NotNFC             // not in Normalization Form C
	Spacing            // a space at an end, or two in a row
	Marks              // a combining mark without letter, twice, or too many
)

// MaxMarks is the largest number of combining marks after a letter: ê̆ takes one, and no orthography of Vietnam is known
// to leave more than two.
const MaxMarks = 2

// Check reports what is wrong first with b as a text of the class, and at which byte. The empty text is right in every
// class but None, which has none. Allocates nothing; time is linear in len(b).
func Check(class Class, b []byte) (Problem, int) {
	switch class {
	case Name:
		return checkName(b, 0)
	case DecisionNumber:
		return checkName(b, ':')
	case Code:
		return checkSet(b, &codeSet)
	case CSET82:
		return checkSet(b, &cset82)
	case Address:
		return checkSet(b, &addressSet)
	}
	return NotAllowed, 0
}

// checkName checks a name that must not hold the ASCII character barred.
func checkName(b []byte, barred byte) (Problem, int) {
	base, space := rune(-1), true
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			switch {
			case c == ' ':
				if space {
					return Spacing, i
				}
			case c < ' ', c == 0x7F, c == barred && barred != 0:
				return NotAllowed, i
			}
			base, space = rune(c), c == ' '
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return NotUTF8, i
		}
		space = false
		switch kindOf(r) {
		case forbidden:
			return NotAllowed, i
		case combining:
			end, problem := checkMarks(base, b, i)
			if problem != OK {
				return problem, i
			}
			base, i = -1, end
		default:
			base = r
			i += size
		}
	}
	if space && len(b) > 0 {
		return Spacing, len(b) - 1
	}
	return OK, 0
}

// checkMarks checks the marks that follow base at b[at:] and returns where they end. NFC goes first, so that decomposed
// text, the common mistake, is called by its name.
func checkMarks(base rune, b []byte, at int) (end int, problem Problem) {
	var c cluster
	end, ok := c.read(base, b, at)
	switch {
	case !ok:
		return end, Marks
	case !c.isNFC():
		return end, NotNFC
	case c.n > MaxMarks, kindOf(base) != letter:
		return end, Marks
	}
	for i, m := range c.marks[:c.n] {
		for _, earlier := range c.marks[:i] {
			if m == earlier {
				return end, Marks
			}
		}
	}
	return end, OK
}
