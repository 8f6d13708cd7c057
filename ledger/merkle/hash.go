package merkle

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// HashSize is the length of a hash in bytes.
const HashSize = 32

// A Hash is a SHA-256 hash.
type Hash [HashSize]byte

var (
	// ErrProof says that a proof does not show what it claims to show.
	ErrProof = errors.New("merkle: proof does not hold")
	// ErrEncoding says that bytes or text are not the one valid encoding of anything.
	ErrEncoding = errors.New("merkle: bad encoding")
	// ErrRange says that a position or size lies outside the tree spoken of, or outside every possible tree.
	ErrRange = errors.New("merkle: out of range")
)

// String returns h as 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash is the inverse of [Hash.String]. Upper-case digits are refused: a hash has one spelling.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*HashSize {
		return Hash{}, fmt.Errorf("%w: hash of %d digits, want %d", ErrEncoding, len(s), 2*HashSize)
	}
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return Hash{}, fmt.Errorf("%w: %q is no lower-case hexadecimal digit", ErrEncoding, c)
		}
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	return h, nil
}

// MarshalText makes a hash its hexadecimal digits in JSON.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText is [ParseHash].
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}
