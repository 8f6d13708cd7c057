package ident

import (
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"

	"github.com/ethereum/go-ethereum/crypto"
)

// generateAttempts bounds the draws for a private key. A draw is out of range with probability 2^-128; several in a row mean that the source of
// randomness is broken (all zeros, all ones), and a key from it would be worthless.
const generateAttempts = 4

// PrivateKey is an author's secp256k1 private key. It may sign from several goroutines; Zero may not run beside them.
type PrivateKey struct {
	key    *ecdsa.PrivateKey // nil when wiped
	public PublicKey
}

// GeneratePrivateKey draws a key from random, which must be a cryptographic source outside tests.
func GeneratePrivateKey(random io.Reader) (*PrivateKey, error) {
	var secret [32]byte
	defer clear(secret[:])
	for range generateAttempts {
		if _, err := io.ReadFull(random, secret[:]); err != nil {
			return nil, fmt.Errorf("drawing a private key: %w", err)
		}
		if k, err := NewPrivateKey(secret[:]); err == nil {
			return k, nil
		}
	}
	return nil, fmt.Errorf("drawing a private key: %w: the source of randomness is broken", ErrPrivateKey)
}

// NewPrivateKey takes 32 bytes, big-endian, 1 … n−1. It copies them.
func NewPrivateKey(secret []byte) (*PrivateKey, error) {
	if len(secret) != 32 {
		return nil, fmt.Errorf("%w: %d bytes, want 32", ErrPrivateKey, len(secret))
	}
	key, err := crypto.ToECDSA(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: outside 1 … n−1", ErrPrivateKey)
	}
	k := &PrivateKey{key: key}
	copy(k.public[:], crypto.CompressPubkey(&key.PublicKey))
	return k, nil
}

// ParsePrivateKey reads 64 hexadecimal digits.
func ParsePrivateKey(text string) (*PrivateKey, error) {
	var secret [32]byte
	defer clear(secret[:])
	if err := parseHex(secret[:], text, "private key"); err != nil {
		return nil, err
	}
	return NewPrivateKey(secret[:])
}

// Public is the key's public half; it stays after Zero.
func (k *PrivateKey) Public() PublicKey { return k.public }

// Sign makes the deterministic (RFC 6979) low-s signature over a digest. Digests are hashes of a [PAE], never chosen by a stranger.
func (k *PrivateKey) Sign(digest [32]byte) (sig Signature, err error) {
	if k.key == nil {
		return sig, fmt.Errorf("%w: it was wiped", ErrPrivateKey)
	}
	full, err := crypto.Sign(digest[:], k.key)
	if err != nil {
		return sig, fmt.Errorf("signing: %w", err)
	}
	copy(sig[:], full)
	return sig, nil
}

// Secret is a copy of the 32 secret bytes, for a keystore. The caller wipes it. Of a wiped key it is zero.
func (k *PrivateKey) Secret() (secret [32]byte) {
	if k.key != nil {
		scalarOf(k.key).FillBytes(secret[:])
	}
	return secret
}

// Hex is the secret as 64 hexadecimal digits. A string cannot be wiped: prefer Secret.
func (k *PrivateKey) Hex() string {
	secret := k.Secret()
	defer clear(secret[:])
	return hex.EncodeToString(secret[:])
}

// Zero wipes the secret; the key signs no more.
func (k *PrivateKey) Zero() {
	if k.key == nil {
		return
	}
	d := scalarOf(k.key)
	clear(d.Bits())
	d.SetInt64(0)
	k.key = nil
}

// scalarOf is the secret number inside the form that go-ethereum signs with.
func scalarOf(key *ecdsa.PrivateKey) *big.Int {
	//lint:ignore SA1019 the alternatives know the NIST curves alone, and none of them lets the secret be wiped
	return key.D
}

// Format keeps the secret out of logs, whatever the verb.
func (k *PrivateKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "private key of %v", k.public)
}
