package ident

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/mod/sumdb/note"
)

// CosignatureSize is the size of a C2SP Ed25519 cosignature in bytes: time u64 ‖ signature.
const CosignatureSize = 8 + 64

// Cosignature is a cosigner's statement that, at a time, a checkpoint was the largest consistent one it knew.
type Cosignature struct {
	Time      uint64 // Unix seconds, < 2^63
	Signature NodeSignature
}

// Append appends the 72 bytes that follow the key id in a signature line.
func (c Cosignature) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, c.Time)
	return append(b, c.Signature[:]...)
}

// ParseCosignature reads the 72 bytes.
func ParseCosignature(data []byte) (c Cosignature, err error) {
	if len(data) != CosignatureSize {
		return c, fmt.Errorf("%w: cosignature of %d bytes, want %d", ErrFormat, len(data), CosignatureSize)
	}
	c.Time = binary.BigEndian.Uint64(data)
	if c.Time > math.MaxInt64 {
		return Cosignature{}, fmt.Errorf("%w: cosignature time %d beyond 2^63", ErrFormat, c.Time)
	}
	copy(c.Signature[:], data[8:])
	return c, nil
}

// cosignedMessage is the text an Ed25519 cosignature covers: c2sp.org/tlog-cosignature, "Ed25519 signed message".
func cosignedMessage(seconds uint64, text []byte) []byte {
	const header = "cosignature/v1\ntime "
	b := make([]byte, 0, len(header)+21+len(text))
	b = append(b, header...)
	b = strconv.AppendUint(b, seconds, 10)
	b = append(b, '\n')
	return append(b, text...)
}

// Cosigner signs checkpoints for a validator. It signs what it is given: that a head is consistent with those signed before, and is persisted
// before it is released, is the business of whoever holds it.
type Cosigner struct {
	vkey VKey
	key  *Ed25519PrivateKey
}

// NewCosigner binds a cosigner key to the one name it signs under: the signature itself does not cover the name.
func NewCosigner(name string, key *Ed25519PrivateKey) (*Cosigner, error) {
	v, err := NewVKey(name, NoteCosigner, key.Public())
	if err != nil {
		return nil, fmt.Errorf("cosigner: %w", err)
	}
	return &Cosigner{vkey: v, key: key}, nil
}

// VKey is what others verify with.
func (c *Cosigner) VKey() VKey { return c.vkey }

// Cosign signs a checkpoint's text, its final newline included, at a time in Unix seconds.
func (c *Cosigner) Cosign(text []byte, seconds uint64) (Cosignature, error) {
	if seconds > math.MaxInt64 {
		return Cosignature{}, fmt.Errorf("%w: cosignature time %d beyond 2^63", ErrFormat, seconds)
	}
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return Cosignature{}, fmt.Errorf("%w: a checkpoint ends in a newline", ErrFormat)
	}
	sig, err := c.key.Sign(cosignedMessage(seconds, text))
	return Cosignature{Time: seconds, Signature: sig}, err
}

// At is the cosigner as package note wants it, signing at a time in Unix seconds.
func (c *Cosigner) At(seconds uint64) note.Signer { return cosignerAt{c, seconds} }

type cosignerAt struct {
	*Cosigner
	seconds uint64
}

func (c cosignerAt) Name() string    { return c.vkey.Name }
func (c cosignerAt) KeyHash() uint32 { return c.vkey.ID() }

func (c cosignerAt) Sign(text []byte) ([]byte, error) {
	cosignature, err := c.Cosign(text, c.seconds)
	if err != nil {
		return nil, err
	}
	return cosignature.Append(nil), nil
}

// LogSigner is a [note.Signer] with the log key, held by the publisher.
type LogSigner struct {
	vkey VKey
	key  *Ed25519PrivateKey
}

// NewLogSigner binds a log key to its name, which is the log's origin.
func NewLogSigner(origin string, key *Ed25519PrivateKey) (*LogSigner, error) {
	v, err := NewVKey(origin, NoteLog, key.Public())
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	return &LogSigner{vkey: v, key: key}, nil
}

// VKey is what others verify with.
func (l *LogSigner) VKey() VKey { return l.vkey }

// Name implements [note.Signer].
func (l *LogSigner) Name() string { return l.vkey.Name }

// KeyHash implements [note.Signer].
func (l *LogSigner) KeyHash() uint32 { return l.vkey.ID() }

// Sign implements [note.Signer]. The text must begin with the log's own origin line, so that the key signs nothing but its checkpoints.
func (l *LogSigner) Sign(text []byte) ([]byte, error) {
	if n := len(l.vkey.Name); len(text) <= n || string(text[:n]) != l.vkey.Name || text[n] != '\n' {
		return nil, fmt.Errorf("%w: text to sign does not begin with the line %s", ErrFormat, l.vkey.Name)
	}
	sig, err := l.key.Sign(text)
	return sig[:], err
}
