package compose

import (
	"errors"
	"fmt"
)

// What makes composing fail, apart from actions that have no canonical form (*[ActionError]).
var (
	// ErrEmptyDocument: a file of no bytes is no document.
	ErrEmptyDocument = errors.New("the file is empty")
	// ErrActionCount: a record holds 1 to 256 actions.
	ErrActionCount = errors.New("a record holds 1 to 256 actions")
	// ErrTooLarge: an envelope is at most 65,535 bytes.
	ErrTooLarge = errors.New("the record is larger than 65,535 bytes")
	// ErrTooManyParts: a Decision comes in at most 255 parts.
	ErrTooManyParts = errors.New("the Decision needs more than 255 parts")
	// ErrTime: issue time and expiry are not in order, or beyond what a record id holds.
	ErrTime = errors.New("issue time and expiry are out of order or out of range")
)

// ActionError says which action has no place in a leaf, and wraps why: a *wire.Error.
type ActionError struct {
	Action int // from 0
	Err    error
}

func (e *ActionError) Error() string { return fmt.Sprintf("action %d: %v", e.Action, e.Err) }

// Unwrap gives the reason.
func (e *ActionError) Unwrap() error { return e.Err }
