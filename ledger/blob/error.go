package blob

import "github.com/ocopledger/ocop/ledger/flaw"

// Error says in both languages why bytes are no blob, or an order is none.
type Error struct{ flaw.Flaw }

func wrong(kind, vietnamese, english string, args ...any) error {
	return &Error{flaw.New(kind, vietnamese, english, args...)}
}

func (e *Error) Error() string { return e.English }

// Sentences are what is wrong, in both languages, without full stop.
func (e *Error) Sentences() (vietnamese, english string) { return e.Vietnamese, e.English }
