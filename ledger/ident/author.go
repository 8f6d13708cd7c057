package ident

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/ethereum/go-ethereum/crypto"
)

// PublicKey is an author's secp256k1 public key, compressed: 02 or 03, then x, big-endian. A value need not be a point: see Check.
type PublicKey [33]byte

// KeyID is the first 8 bytes of the SHA-256 of the public key. It finds a key among an account's; it does not authenticate one.
type KeyID [8]byte

// Signature is r‖s, each 32 bytes, big-endian. There is no recovery byte.
type Signature [64]byte

// The group order n and ⌊n/2⌋, big-endian. Comparing strings of one length compares the numbers.
const (
	groupOrder     = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41"
	halfGroupOrder = "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x5d\x57\x6e\x73\x57\xa4\x50\x1d\xdf\xe9\x2f\x46\x68\x1b\x20\xa0"
	zeroScalar     = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// ID names the key in record headers.
func (k PublicKey) ID() (id KeyID) {
	sum := sha256.Sum256(k[:])
	copy(id[:], sum[:])
	return id
}

// Check reports whether the key is a point of the curve in the one accepted form, or ErrPublicKey. It costs 4–8 µs.
func (k PublicKey) Check() error {
	_, err := k.decompress()
	return err
}

// decompress gives the 65-byte form 04‖x‖y, which the library verifies faster.
func (k PublicKey) decompress() (point [65]byte, err error) {
	if !k.prefixed() {
		return point, ErrPublicKey
	}
	p, err := crypto.DecompressPubkey(k[:])
	if err != nil {
		return point, ErrPublicKey
	}
	copy(point[:], crypto.FromECDSAPub(p))
	return point, nil
}

func (k PublicKey) prefixed() bool { return k[0] == 2 || k[0] == 3 }

// Verify checks one signature over a digest, without any cache: ErrPublicKey, ErrSignatureRange, ErrHighS or ErrSignature. Use a [Verifier]
// where signatures come in numbers.
func (k PublicKey) Verify(digest [32]byte, sig Signature) error {
	if err := precheck(&k, &sig); err != nil {
		return err
	}
	point, err := k.decompress()
	if err != nil {
		return err
	}
	return verifyPoint(&point, &digest, &sig)
}

// precheck refuses by bytes alone, in a fixed order, all that the libraries do not judge alike.
func precheck(k *PublicKey, sig *Signature) error {
	if !k.prefixed() {
		return ErrPublicKey
	}
	r, s := sig[:32], sig[32:]
	if string(r) == zeroScalar || string(s) == zeroScalar || string(r) >= groupOrder || string(s) >= groupOrder {
		return ErrSignatureRange
	}
	if string(s) > halfGroupOrder {
		return ErrHighS
	}
	return nil
}

func verifyPoint(point *[65]byte, digest *[32]byte, sig *Signature) error {
	if !crypto.VerifySignature(point[:], digest[:], sig[:]) {
		return ErrSignature
	}
	return nil
}

// NewPublicKey copies and checks the 33 bytes.
func NewPublicKey(data []byte) (k PublicKey, err error) {
	if len(data) != len(k) {
		return PublicKey{}, fmt.Errorf("%w: %d bytes, want %d", ErrPublicKey, len(data), len(k))
	}
	copy(k[:], data)
	return k, k.Check()
}

// NewSignature copies 64 bytes. Whether r and s are in range is said by verification.
func NewSignature(data []byte) (s Signature, err error) {
	if len(data) != len(s) {
		return s, fmt.Errorf("%w: signature of %d bytes, want %d", ErrFormat, len(data), len(s))
	}
	copy(s[:], data)
	return s, nil
}

// ParsePublicKey reads 66 hexadecimal digits and checks the point.
func ParsePublicKey(text string) (k PublicKey, err error) {
	if err := parseHex(k[:], text, "public key"); err != nil {
		return PublicKey{}, err
	}
	return k, k.Check()
}

// ParseSignature reads 128 hexadecimal digits.
func ParseSignature(text string) (s Signature, err error) {
	return s, parseHex(s[:], text, "signature")
}

// ParseKeyID reads 16 hexadecimal digits.
func ParseKeyID(text string) (id KeyID, err error) {
	return id, parseHex(id[:], text, "key id")
}

func (k PublicKey) String() string { return hex.EncodeToString(k[:]) }
func (id KeyID) String() string    { return hex.EncodeToString(id[:]) }
func (s Signature) String() string { return hex.EncodeToString(s[:]) }

// parseHex fills dst from hexadecimal digits of either case, and leaves it alone when text is refused.
func parseHex(dst []byte, text, what string) error {
	if len(text) != hex.EncodedLen(len(dst)) {
		return fmt.Errorf("%w: %s of %d characters, want %d hexadecimal digits", ErrFormat, what, len(text), hex.EncodedLen(len(dst)))
	}
	b, err := hex.DecodeString(text)
	defer clear(b)
	if err != nil {
		return fmt.Errorf("%w: %s: a character is not a hexadecimal digit", ErrFormat, what)
	}
	copy(dst, b)
	return nil
}
