package wire

import (
	"fmt"
	"strconv"
)

// Reason says why bytes were refused. The strings are stable: clients translate them.
type Reason string

const (
	// Fields.
	UnknownField  Reason = "unknown_field"  // no such field, or not in this protocol version
	FieldOrder    Reason = "field_order"    // a lower number after a higher one
	FieldRepeated Reason = "field_repeated" // a singular or packed field a second time
	WrongWireType Reason = "wrong_wire_type"
	MissingField  Reason = "missing_field"  // a required field, or every member of a required oneof
	OneofConflict Reason = "oneof_conflict" // a second member of a oneof

	// Values.
	Truncated        Reason = "truncated"          // the value goes on beyond its message
	VarintNotMinimal Reason = "varint_not_minimal" // the same number fits in fewer bytes
	ValueOutOfRange  Reason = "value_out_of_range" // beyond the type or max_value
	UnknownEnumValue Reason = "unknown_enum_value" // no such value, or not in this protocol version
	ExplicitDefault  Reason = "explicit_default"   // 0, false, empty: to be left out

	// Bounds.
	TooShort Reason = "too_short" // fewer bytes than min_bytes or len
	TooLong  Reason = "too_long"  // more bytes than max_bytes or len
	TooMany  Reason = "too_many"  // more elements than max_items
	TooDeep  Reason = "too_deep"  // messages nested deeper than MaxDepth

	// Text.
	TextNotUTF8    Reason = "text_not_utf8"
	TextNotAllowed Reason = "text_not_allowed" // a character outside the field's class
	TextNotNFC     Reason = "text_not_nfc"
	TextSpacing    Reason = "text_spacing" // a space at an end, or two in a row
	TextMarks      Reason = "text_marks"   // a combining mark without letter, twice, or too many
)

// Reasons lists every reason that exists.
func Reasons() []Reason {
	return []Reason{
		UnknownField, FieldOrder, FieldRepeated, WrongWireType, MissingField, OneofConflict,
		Truncated, VarintNotMinimal, ValueOutOfRange, UnknownEnumValue, ExplicitDefault,
		TooShort, TooLong, TooMany, TooDeep,
		TextNotUTF8, TextNotAllowed, TextNotNFC, TextSpacing, TextMarks,
	}
}

// Error says what is wrong first with an encoding, and where.
type Error struct {
	Reason Reason
	// Path names the field, as in "certify.scores.total" or "changes[2].old"; elements count from 0. For an unknown field
	// and a missing oneof member it ends with the message they would be in; it is empty for the outermost message.
	Path string
	// Offset is the first byte of the field's tag if the field should not be there or is of the wrong wire type, of its
	// value (or the value's length) if the value is wrong, of the character if text is wrong, and the end of the message
	// if something is missing.
	Offset int
	// Since is the protocol version from which the field or enum value exists, if the table knows it; otherwise 0. It
	// depends on the binary: for people only, never to be recorded or compared.
	Since uint32
}

func (e *Error) Error() string {
	path := e.Path
	if path == "" {
		path = "message"
	}
	s := fmt.Sprintf("%s: %s at byte %d", path, e.Reason, e.Offset)
	if e.Since != 0 {
		s += fmt.Sprintf(" (exists since protocol version %d)", e.Since)
	}
	return s
}

func refuse(reason Reason, offset int) *Error { return &Error{Reason: reason, Offset: offset} }

// within puts name, with element's number unless negative, in front of the path.
func (e *Error) within(name string, element int) *Error {
	if element >= 0 {
		name += "[" + strconv.Itoa(element) + "]"
	}
	if e.Path != "" {
		name += "." + e.Path
	}
	e.Path = name
	return e
}
