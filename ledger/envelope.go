package ledger

// EnvelopeFault says in a word what is wrong first with an envelope. The words are stable: clients translate them.
type EnvelopeFault string

// What can be wrong with the bytes of an envelope.
const (
	EnvelopeTooLong   EnvelopeFault = "too_long"         // more than MaxEnvelope bytes
	EnvelopeTruncated EnvelopeFault = "truncated"        // it ends too early
	BytesLeftOver     EnvelopeFault = "bytes_left_over"  // it goes on after its last action
	NoEnvelope        EnvelopeFault = "not_a_record"     // the first byte is that of another leaf, or of none
	UnknownVersion    EnvelopeFault = "unknown_version"  // of the layout
	HeaderMalformed   EnvelopeFault = "header_malformed" // its size, version, or an issue time out of bounds
	SchemaZero        EnvelopeFault = "schema_zero"      // protocol versions begin with 1
	ActionCount       EnvelopeFault = "action_count"     // none, or more than MaxActions
	ActionEmpty       EnvelopeFault = "action_empty"
	ActionsDiffer     EnvelopeFault = "actions_differ" // from what the header says: changed after signing
	KeyDiffers        EnvelopeFault = "key_differs"    // from the one the header names
)

// EnvelopeFaults lists every fault that exists.
func EnvelopeFaults() []EnvelopeFault {
	return []EnvelopeFault{EnvelopeTooLong, EnvelopeTruncated, BytesLeftOver, NoEnvelope, UnknownVersion, HeaderMalformed, SchemaZero, ActionCount, ActionEmpty, ActionsDiffer, KeyDiffers}
}

// EnvelopeError says what is wrong first with an envelope, and where. It wraps ErrMalformed.
type EnvelopeError struct {
	Fault EnvelopeFault
	Field string // such as "header.key" or "actions[3]"; empty: the envelope as a whole
	Have  uint16 // what the field says, for SchemaZero and ActionCount
	cause error
}

func (e *EnvelopeError) Error() string { return e.cause.Error() }

// Unwrap gives the cause, which wraps ErrMalformed.
func (e *EnvelopeError) Unwrap() error { return e.cause }

func broken(f EnvelopeFault, field, format string, args ...any) error {
	return &EnvelopeError{Fault: f, Field: field, cause: malformed("envelope", format, args...)}
}

// outOfBounds says that a number of the header is not one it may be.
func outOfBounds(f EnvelopeFault, field string, have uint16, want string) error {
	return &EnvelopeError{Fault: f, Field: field, Have: have, cause: malformed("record header", "%s %d, want %s", field, have, want)}
}
