package ident

import "errors"

// Why a key or a signature is refused. Verdicts are these values themselves; parsers wrap them.
var (
	// ErrPublicKey: not a compressed point of secp256k1 (33 bytes, 02 or 03 first). Uncompressed and hybrid forms are refused, too.
	ErrPublicKey = errors.New("public key is not a compressed point of secp256k1")
	// ErrSignatureRange: r or s is zero or not below the group order.
	ErrSignatureRange = errors.New("signature has r or s outside 1 … n−1")
	// ErrHighS: s is above half the group order. Its twin n − s is as good mathematically, and accepting both would make two records of one.
	ErrHighS = errors.New("signature has a high s")
	// ErrSignature: well-formed, but not made by this key over this message.
	ErrSignature = errors.New("signature does not match key and message")
	// ErrEd25519Key: not a canonical Ed25519 point, or of small order (such a key has signatures that fit any message).
	ErrEd25519Key = errors.New("not a canonical Ed25519 public key of large order")
	// ErrPrivateKey: not a usable private key: wrong length, out of range, or wiped.
	ErrPrivateKey = errors.New("not a private key")
	// ErrFormat: a text form (hexadecimal, verifier key, note name) is not what the formatter writes.
	ErrFormat = errors.New("malformed text form")
	// ErrPossession: a proof of possession is asked for a key or with fields that its purpose does not allow.
	ErrPossession = errors.New("proof of possession does not fit the key's purpose")
	// ErrClosed: the verifier was closed.
	ErrClosed = errors.New("verifier is closed")

	// errUnverified is a verdict that never leaves the package, unless there is a bug in it.
	errUnverified = errors.New("signature was not verified")
)
