package ident

import "fmt"

// Purpose is the one use a key is made for. Its words are signed in proofs of possession, its numbers are written on recovery sheets: neither changes.
type Purpose uint8

// The purposes. Author keys are secp256k1, all others Ed25519.
const (
	PurposeAuthor   Purpose = 1 // signs records
	PurposeNode     Purpose = 2 // signs drafts
	PurposeCosigner Purpose = 3 // cosigns heads
	PurposeLog      Purpose = 4 // signs checkpoints for the publisher
	PurposeTLS      Purpose = 5 // identifies a node to its peers
)

func (p Purpose) String() string {
	switch p {
	case PurposeAuthor:
		return "author"
	case PurposeNode:
		return "node"
	case PurposeCosigner:
		return "cosigner"
	case PurposeLog:
		return "log"
	case PurposeTLS:
		return "tls"
	}
	return fmt.Sprintf("purpose %d", uint8(p))
}

// Valid reports whether the purpose is one of those above.
func (p Purpose) Valid() bool { return p >= PurposeAuthor && p <= PurposeTLS }

// Ed25519 reports whether keys of this purpose are Ed25519 keys.
func (p Purpose) Ed25519() bool { return p.Valid() && p != PurposeAuthor }

// ParsePurpose reads a purpose's word.
func ParsePurpose(text string) (Purpose, error) {
	for p := PurposeAuthor; p.Valid(); p++ {
		if p.String() == text {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%w: unknown purpose of a key; want author, node, cosigner, log or tls", ErrFormat)
}
