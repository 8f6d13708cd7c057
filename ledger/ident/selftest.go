package ident

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger/ident/internal/curve"
)

// SelfTestError says that the signature library of this build does not give a known answer. A node must not run on it: its verdicts could differ
// from those of the other validators.
type SelfTestError struct {
	Backend string // the library
	Vector  string // the known answer that is missed
	Got     error  // the wrong verdict; nil when something was accepted, or a value differs
}

func (e *SelfTestError) Error() string {
	return fmt.Sprintf("signature self-test of %s failed at %q (got: %v): this build must not run", e.Backend, e.Vector, e.Got)
}

func (e *SelfTestError) Unwrap() error { return e.Got }

// SelfTest compares the libraries of this build, and the tables, with known answers, in less than 10 ms. The error is a [*SelfTestError].
func SelfTest() error {
	for _, v := range knownAnswers() {
		if err := v.check(); err != nil {
			return err
		}
	}
	if err := knownSigning(); err != nil {
		return err
	}
	if err := knownTable(); err != nil {
		return err
	}
	return knownEd25519()
}

type knownAnswer struct {
	name   string
	key    string // hexadecimal
	digest string // raw
	r, s   string // hexadecimal, 64 digits each
	want   error
	raw    bool // ask the library beneath our own checks, too: it must not be looser than they are where we rely on it
}

// The signature of private key 1 over SHA-256("Satoshi Nakamoto"), published with the first RFC 6979 implementations for this curve.
const (
	knownKey    = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	knownDigest = "\xa0\xdc\x65\xff\xca\x79\x98\x73\xcb\xea\x0a\xc2\x74\x01\x5b\x95\x26\x50\x5d\xaa\xae\xd3\x85\x15\x54\x25\xf7\x33\x77\x04\x88\x3e"
	knownR      = "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
	knownS      = "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
	knownHighS  = "dbbd3162d46e9f9bef7feb87c16dc13b4f6568a87f4e83f728e2443ba586675c" // n − s
	knownZero   = "0000000000000000000000000000000000000000000000000000000000000000"
	knownOrder  = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
)

func knownAnswers() []knownAnswer {
	other := "\xff" + knownDigest[1:]
	return []knownAnswer{
		{"good", knownKey, knownDigest, knownR, knownS, nil, true},
		{"high s", knownKey, knownDigest, knownR, knownHighS, ErrHighS, true},
		{"r zero", knownKey, knownDigest, knownZero, knownS, ErrSignatureRange, true},
		{"s zero", knownKey, knownDigest, knownR, knownZero, ErrSignatureRange, true},
		{"r = n", knownKey, knownDigest, knownOrder, knownS, ErrSignatureRange, true},
		{"s = n", knownKey, knownDigest, knownR, knownOrder, ErrSignatureRange, true},
		{"r not ours", knownKey, knownDigest, knownS, knownS, ErrSignature, true},
		{"other digest", knownKey, other, knownR, knownS, ErrSignature, true},
		{"negated key", "03" + knownKey[2:], knownDigest, knownR, knownS, ErrSignature, true},
		{"hybrid prefix", "06" + knownKey[2:], knownDigest, knownR, knownS, ErrPublicKey, false},
		{"x not on the curve", "020000000000000000000000000000000000000000000000000000000000000005", knownDigest, knownR, knownS, ErrPublicKey, false},
	}
}

func (v *knownAnswer) check() error {
	var (
		key PublicKey
		sig Signature
	)
	if parseHex(key[:], v.key, "") != nil || parseHex(sig[:], v.r+v.s, "") != nil {
		return &SelfTestError{Backend, v.name + ": vector", ErrFormat}
	}
	digest := [32]byte([]byte(v.digest))
	if got := key.Verify(digest, sig); got != v.want {
		return &SelfTestError{Backend, v.name, got}
	}
	if !v.raw {
		return nil
	}
	point, err := key.decompress()
	if err != nil {
		return &SelfTestError{Backend, v.name + ": point", err}
	}
	if good := verifyPoint(&point, &digest, &sig) == nil; good != (v.want == nil) {
		return &SelfTestError{Backend, v.name + ": library alone", nil}
	}
	return nil
}

func knownSigning() error {
	one := [32]byte{31: 1}
	k, err := NewPrivateKey(one[:])
	if err != nil {
		return &SelfTestError{Backend, "private key", err}
	}
	sig, err := k.Sign([32]byte([]byte(knownDigest)))
	if err != nil || k.Public().String() != knownKey || sig.String() != knownR+knownS {
		return &SelfTestError{Backend, "deterministic signature", err}
	}
	return nil
}

// knownTable asks a table what the library was asked. Were it wrong, verdicts would be right and late.
func knownTable() error {
	const tables = "tables"
	for _, v := range knownAnswers() {
		var (
			key PublicKey
			sig Signature
		)
		if v.want != nil && v.want != ErrSignature {
			continue // never asked of a table
		}
		if parseHex(key[:], v.key, "") != nil || parseHex(sig[:], v.r+v.s, "") != nil {
			return &SelfTestError{tables, v.name + ": vector", ErrFormat}
		}
		point, err := key.decompress()
		if err != nil {
			return &SelfTestError{tables, v.name + ": point", err}
		}
		digest, good := [32]byte([]byte(v.digest)), make([]bool, 1)
		curve.NewVerifier(curve.NewGenerator()).Verify([]curve.Claim{{Table: curve.NewTable(&point), Digest: &digest, Sig: (*[64]byte)(&sig)}}, good)
		if good[0] != (v.want == nil) {
			return &SelfTestError{tables, v.name, nil}
		}
	}
	return nil
}

// knownEd25519 is test 2 of RFC 8032, section 7.1.
func knownEd25519() error {
	const (
		seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
		key  = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
		sig  = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	)
	const library = "crypto/ed25519"
	var raw [32]byte
	if err := parseHex(raw[:], seed, ""); err != nil {
		return &SelfTestError{library, "RFC 8032: vector", err}
	}
	k, err := NewEd25519PrivateKey(raw[:])
	if err != nil {
		return &SelfTestError{library, "RFC 8032: seed", err}
	}
	got, err := k.Sign([]byte{0x72})
	if err != nil || k.Public().String() != key || got.String() != sig {
		return &SelfTestError{library, "RFC 8032: signature", err}
	}
	if err := k.Public().Verify([]byte{0x72}, got); err != nil {
		return &SelfTestError{library, "RFC 8032: verification", err}
	}
	if k.Public().Verify([]byte{0x73}, got) == nil {
		return &SelfTestError{library, "RFC 8032: other message", nil}
	}
	return nil
}
