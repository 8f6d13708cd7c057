package genesis

import "fmt"

// Error says what is wrong with a genesis file or descriptor, and where.
type Error struct {
	Field  string // such as "agencies[1].validator.node_proof"
	Detail string
	Err    error // cause, if there is one
}

func (e *Error) Error() string {
	s := "genesis: " + e.Field + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func fault(field, format string, args ...any) error {
	return &Error{Field: field, Detail: fmt.Sprintf(format, args...)}
}

func at(list string, i int, field string) string {
	s := fmt.Sprintf("%s[%d]", list, i)
	if field != "" {
		s += "." + field
	}
	return s
}
