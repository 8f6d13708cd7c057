package ident

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signature types of C2SP signed notes that this ledger uses.
const (
	NoteLog      = 0x01 // Ed25519 over the note's text: a log key
	NoteCosigner = 0x04 // timestamped Ed25519 over a checkpoint: a cosigner key
)

// MaxNoteName bounds the name of a log or cosigner, in bytes. It goes into every signature line, and a checkpoint with 16 of them must stay below
// the 10 KiB that common witnesses take.
const MaxNoteName = 128

// VKey is a C2SP verifier key: whose signature lines of which type to believe.
type VKey struct {
	Name string
	Type byte // NoteLog or NoteCosigner
	Key  Ed25519Key
}

// NewVKey checks type, name and key.
func NewVKey(name string, noteType byte, key Ed25519Key) (VKey, error) {
	v := VKey{Name: name, Type: noteType, Key: key}
	if noteType != NoteLog && noteType != NoteCosigner {
		return VKey{}, fmt.Errorf("%w: verifier key of unknown type 0x%02x", ErrFormat, noteType)
	}
	if err := CheckNoteName(name); err != nil {
		return VKey{}, err
	}
	if err := key.Check(); err != nil {
		return VKey{}, fmt.Errorf("verifier key: %w", err)
	}
	return v, nil
}

// CheckNoteName accepts 1 to 128 printable ASCII characters without space and plus. C2SP allows more of Unicode, by tables that change; names are
// URLs without a scheme, which need none of it.
func CheckNoteName(name string) error {
	if len(name) == 0 || len(name) > MaxNoteName {
		return fmt.Errorf("%w: note name of %d bytes, want 1 to %d", ErrFormat, len(name), MaxNoteName)
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '+' {
			return fmt.Errorf("%w: note name has byte 0x%02x at %d; printable ASCII without space and plus is wanted", ErrFormat, c, i)
		}
	}
	return nil
}

// ID is the 4-byte key id of the signature lines: SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4].
func (v VKey) ID() uint32 {
	b := make([]byte, 0, MaxNoteName+2+len(v.Key))
	b = append(b, v.Name...)
	b = append(b, '\n', v.Type)
	sum := sha256.Sum256(append(b, v.Key[:]...))
	return binary.BigEndian.Uint32(sum[:])
}

// String is the text form: name+hex(id)+base64(type ‖ key).
func (v VKey) String() string {
	material := append([]byte{v.Type}, v.Key[:]...)
	return fmt.Sprintf("%s+%08x+%s", v.Name, v.ID(), base64.StdEncoding.EncodeToString(material))
}

// ParseVKey reads exactly what String writes.
func ParseVKey(text string) (VKey, error) {
	const rest = 1 + 8 + 1 + 44
	if len(text) > MaxNoteName+rest {
		return VKey{}, fmt.Errorf("%w: verifier key of %d bytes, at most %d", ErrFormat, len(text), MaxNoteName+rest)
	}
	parts := strings.Split(text, "+")
	if len(parts) < 3 {
		return VKey{}, fmt.Errorf("%w: verifier key has not the form name+id+key", ErrFormat)
	}
	material, err := base64.StdEncoding.DecodeString(strings.Join(parts[2:], "+")) // base64 has pluses of its own
	if err != nil || len(material) != 1+len(Ed25519Key{}) {
		return VKey{}, fmt.Errorf("%w: verifier key: want base64 of a type byte and 32 bytes", ErrFormat)
	}
	v, err := NewVKey(parts[0], material[0], Ed25519Key(material[1:]))
	if err != nil {
		return VKey{}, err
	}
	if v.String() != text {
		return VKey{}, fmt.Errorf("%w: verifier key: the key id is not that of name and key, or the form is not canonical", ErrFormat)
	}
	return v, nil
}

// Verifier is the key as package note wants it.
func (v VKey) Verifier() note.Verifier { return noteVerifier{v} }

type noteVerifier struct{ vkey VKey }

func (v noteVerifier) Name() string    { return v.vkey.Name }
func (v noteVerifier) KeyHash() uint32 { return v.vkey.ID() }

func (v noteVerifier) Verify(text, sig []byte) bool {
	switch v.vkey.Type {
	case NoteLog:
		return len(sig) == len(NodeSignature{}) && v.vkey.Key.Verify(text, NodeSignature(sig)) == nil
	case NoteCosigner:
		c, err := ParseCosignature(sig)
		return err == nil && v.vkey.Key.Verify(cosignedMessage(c.Time, text), c.Signature) == nil
	}
	return false
}
