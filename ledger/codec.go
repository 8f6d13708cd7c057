package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every parser of this package: the bytes are not what the encoder writes.
var ErrMalformed = errors.New("malformed encoding")

func malformed(what, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrMalformed, what, fmt.Sprintf(format, args...))
}

// Reader takes fixed encodings apart. The first thing that is missing makes it fail for good; Close reports that, or bytes left over.
// It is exported for the packages that define values in the same style.
type Reader struct {
	what string
	data []byte
	err  error
}

// NewReader reads data, an encoding of what.
func NewReader(what string, data []byte) *Reader { return &Reader{what: what, data: data} }

// Fail makes the reader fail with a reason, unless it has failed before.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = malformed(r.what, format, args...)
	}
}

// Failed reports whether something was missing or refused so far.
func (r *Reader) Failed() bool { return r.err != nil }

// Left is the number of bytes not yet taken.
func (r *Reader) Left() int { return len(r.data) }

// Bytes takes n bytes; they alias the input.
func (r *Reader) Bytes(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.data) {
		r.Fail("cut short: want %d bytes, have %d", n, len(r.data))
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

// Copy fills dst.
func (r *Reader) Copy(dst []byte) { copy(dst, r.Bytes(len(dst))) }

// U8 takes a byte.
func (r *Reader) U8() uint8 {
	if b := r.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 takes a big-endian uint16.
func (r *Reader) U16() uint16 {
	if b := r.Bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// U32 takes a big-endian uint32.
func (r *Reader) U32() uint32 {
	if b := r.Bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// U64 takes a big-endian uint64.
func (r *Reader) U64() uint64 {
	if b := r.Bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Hash takes 32 bytes.
func (r *Reader) Hash() (h Hash) {
	r.Copy(h[:])
	return h
}

// Bool takes a byte that is 0 or 1.
func (r *Reader) Bool() bool {
	b := r.U8()
	if b > 1 {
		r.Fail("flag byte %d is neither 0 nor 1", b)
	}
	return b == 1
}

// Text8 takes a text with a one-byte length: UTF-8, as every text is that a ledger accepts.
func (r *Reader) Text8() string {
	s := string(r.Bytes(int(r.U8())))
	if !utf8.ValidString(s) {
		r.Fail("a text is not UTF-8")
	}
	return s
}

// Bytes16 takes bytes with a two-byte length; they alias the input.
func (r *Reader) Bytes16() []byte { return r.Bytes(int(r.U16())) }

// Version takes the leading version byte, which must be want.
func (r *Reader) Version(want uint8) {
	if v := r.U8(); v != want {
		r.Fail("version %d, want %d", v, want)
	}
}

// Close fails when bytes are left over, and returns what went wrong, if anything.
func (r *Reader) Close() error {
	if r.err == nil && len(r.data) > 0 {
		r.Fail("%d bytes left over", len(r.data))
	}
	return r.err
}

// AppendU16 appends a big-endian uint16.
func AppendU16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }

// AppendU32 appends a big-endian uint32.
func AppendU32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }

// AppendU64 appends a big-endian uint64.
func AppendU64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// AppendBool appends 1 or 0.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendText8 appends a text of at most 255 bytes after its one-byte length. A longer text is a bug of the caller: the wire tables bound them all.
func AppendText8(b []byte, s string) []byte {
	if len(s) > 255 {
		panic("ledger: text of more than 255 bytes")
	}
	return append(append(b, byte(len(s))), s...)
}

// AppendBytes16 appends at most 65,535 bytes after their two-byte length.
func AppendBytes16(b, v []byte) []byte {
	if len(v) > 65535 {
		panic("ledger: more than 65,535 bytes")
	}
	return append(AppendU16(b, uint16(len(v))), v...)
}
