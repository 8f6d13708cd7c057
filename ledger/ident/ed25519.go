package ident

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// Ed25519Key is a validator's public key (RFC 8032): node, cosigner, log or TLS. A value need not be a good key: see Check.
type Ed25519Key [32]byte

// NodeSignature is an Ed25519 signature: of a node key over a draft, or of any Ed25519 key over its proof of possession.
type NodeSignature [64]byte

// Verify checks a signature over a message: nil or ErrSignature.
func (k Ed25519Key) Verify(message []byte, sig NodeSignature) error {
	if !ed25519.Verify(k[:], message, sig[:]) {
		return ErrSignature
	}
	return nil
}

// Check reports whether the key is a canonical point of large order, or ErrEd25519Key. Verification alone accepts more: under a key of small order
// there are signatures that fit any message, so that its proof of possession would prove nothing. To be called wherever a key enters genesis
// or a policy; it costs some 20 µs.
func (k Ed25519Key) Check() error {
	y := slices.Clone(k[:])
	y[31] &= 0x7f // the sign of x
	slices.Reverse(y)
	if string(y) >= fieldPrime || smallOrder(string(y)) || !onEdwards(new(big.Int).SetBytes(y)) {
		return ErrEd25519Key
	}
	return nil
}

// p = 2^255 − 19 and d = −121665/121666 mod p of edwards25519, big-endian.
const (
	fieldPrime = "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xed"
	edwardsD   = "\x52\x03\x6c\xee\x2b\x6f\xfe\x73\x8c\xc7\x40\x79\x77\x79\xe8\x98\x00\x70\x0a\x4d\x41\x41\xd8\xab\x75\xeb\x4d\xca\x13\x59\x78\xa3"
)

// smallOrder reports whether y, canonical and big-endian, belongs to one of the eight points whose order divides 8.
func smallOrder(y string) bool {
	switch y {
	case zeroScalar, // order 4
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", // 1: the neutral point
		"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xec", // −1: order 2
		"\x7a\x03\xac\x92\x77\xfd\xc7\x4e\xc6\xcc\x39\x2c\xfa\x53\x20\x2a\x0f\x67\x10\x0d\x76\x0b\x3c\xba\x4f\xd8\x4d\x3d\x70\x6a\x17\xc7", // order 8
		"\x05\xfc\x53\x6d\x88\x02\x38\xb1\x39\x33\xc6\xd3\x05\xac\xdf\xd5\xf0\x98\xef\xf2\x89\xf4\xc3\x45\xb0\x27\xb2\xc2\x8f\x95\xe8\x26": // order 8
		return true
	}
	return false
}

// onEdwards reports whether some x ≠ 0 satisfies −x² + y² = 1 + d·x²·y²: whether (y² − 1)/(d·y² + 1) is a square. Multiplying by the square of the
// denominator, which is never zero, spares the division.
func onEdwards(y *big.Int) bool {
	p := new(big.Int).SetBytes([]byte(fieldPrime))
	one := big.NewInt(1)
	y2 := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(y2, one)
	v := new(big.Int).SetBytes([]byte(edwardsD))
	v.Mul(v, y2).Add(v, one)
	u.Mul(u, v).Mod(u, p)
	return big.Jacobi(u, p) == 1
}

// NewEd25519Key copies and checks the 32 bytes.
func NewEd25519Key(data []byte) (k Ed25519Key, err error) {
	if len(data) != len(k) {
		return k, fmt.Errorf("%w: %d bytes, want %d", ErrEd25519Key, len(data), len(k))
	}
	copy(k[:], data)
	return k, k.Check()
}

// ParseEd25519Key reads 64 hexadecimal digits and checks the point.
func ParseEd25519Key(text string) (k Ed25519Key, err error) {
	if err := parseHex(k[:], text, "Ed25519 key"); err != nil {
		return Ed25519Key{}, err
	}
	return k, k.Check()
}

// ParseNodeSignature reads 128 hexadecimal digits.
func ParseNodeSignature(text string) (s NodeSignature, err error) {
	return s, parseHex(s[:], text, "signature")
}

func (k Ed25519Key) String() string    { return hex.EncodeToString(k[:]) }
func (s NodeSignature) String() string { return hex.EncodeToString(s[:]) }

// Ed25519PrivateKey is the private half. One key has one use: a node key signs drafts, a TLS key certificates, cosigner and log keys are
// wrapped in [Cosigner] and [LogSigner]. It may sign from several goroutines; Zero may not run beside them.
type Ed25519PrivateKey struct {
	key    ed25519.PrivateKey // nil when wiped
	public Ed25519Key
}

// GenerateEd25519 draws a key from random, which must be a cryptographic source outside tests.
func GenerateEd25519(random io.Reader) (*Ed25519PrivateKey, error) {
	var seed [32]byte
	defer clear(seed[:])
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("drawing a private key: %w", err)
	}
	return NewEd25519PrivateKey(seed[:])
}

// NewEd25519PrivateKey takes the 32-byte seed. It copies it.
func NewEd25519PrivateKey(seed []byte) (*Ed25519PrivateKey, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%w: seed of %d bytes, want %d", ErrPrivateKey, len(seed), ed25519.SeedSize)
	}
	k := &Ed25519PrivateKey{key: ed25519.NewKeyFromSeed(seed)}
	copy(k.public[:], k.key[ed25519.SeedSize:])
	return k, nil
}

// Public is the key's public half; it stays after Zero.
func (k *Ed25519PrivateKey) Public() Ed25519Key { return k.public }

// Sign signs a message, which is a [PAE].
func (k *Ed25519PrivateKey) Sign(message []byte) (sig NodeSignature, err error) {
	if k.key == nil {
		return sig, fmt.Errorf("%w: it was wiped", ErrPrivateKey)
	}
	copy(sig[:], ed25519.Sign(k.key, message))
	return sig, nil
}

// Signer is a copy of the key as the standard library wants it for certificates and TLS. Zero does not reach it.
func (k *Ed25519PrivateKey) Signer() (crypto.Signer, error) {
	if k.key == nil {
		return nil, fmt.Errorf("%w: it was wiped", ErrPrivateKey)
	}
	return slices.Clone(k.key), nil
}

// Secret is a copy of the seed, for a keystore. The caller wipes it. Of a wiped key it is zero.
func (k *Ed25519PrivateKey) Secret() (seed [32]byte) {
	copy(seed[:], k.key)
	return seed
}

// Zero wipes the secret; the key signs no more.
func (k *Ed25519PrivateKey) Zero() {
	clear(k.key)
	k.key = nil
}

// Format keeps the secret out of logs, whatever the verb.
func (k *Ed25519PrivateKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "private key of %v", k.public)
}
