package gs1

import "fmt"

// Kind is what is wrong with a code, in a word for machines. Kinds are stable.
type Kind string

// The kinds.
const (
	GTINLength    Kind = "gtin_length"      // of 14 digits in a link; of 8, 12, 13 or 14 elsewhere
	GTINCharacter Kind = "gtin_character"   // something else than a digit
	GTINCheck     Kind = "gtin_check_digit" // the last digit is not the one that the others give
	GTINZero      Kind = "gtin_zero"        // zeros alone
	Malformed     Kind = "malformed"        // no pairs of application identifiers and values; a value that is not percent-encoded right
	Unknown       Kind = "unknown_ai"       // no application identifier that a product's path has
	Attribute     Kind = "attribute"        // an application identifier that belongs in the query string
	Order         Kind = "order"            // not 01, 22, 10, 21; or one twice; or 235 beside another
	Character     Kind = "character"        // outside GS1 AI encodable character set 82
	Length        Kind = "length"           // of 1 to 20 characters
	Dots          Kind = "dots"             // a value of dots alone, which browsers take out of paths
	Product       Kind = "product"          // no id of a product
)

// Error says what is wrong with a code. It is the only error of this package.
type Error struct {
	Kind Kind
	AI   string // whose value is wrong, or which is not as it must be; empty: the whole
	// Right is what would be right, for a person to compare: the GTIN with its own check digit, or written with 14 digits. Only the second is
	// surely the same product: a wrong digit may be any of them, so that nobody must be led there.
	Right      string
	Vietnamese string // a sentence, without full stop
	English    string
}

func (e *Error) Error() string { return e.English }

// Sentences are for people.
func (e *Error) Sentences() (vietnamese, english string) { return e.Vietnamese, e.English }

func wrong(kind Kind, ai, vietnamese, english string, args ...any) *Error {
	return &Error{Kind: kind, AI: ai, Vietnamese: fmt.Sprintf(vietnamese, args...), English: fmt.Sprintf(english, args...)}
}
