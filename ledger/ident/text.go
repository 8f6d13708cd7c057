package ident

import "encoding/hex"

// The text forms below are hexadecimal, so that keys and signatures read alike in JSON, in flags and in logs.

func (k PublicKey) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, k[:]), nil }
func (id KeyID) MarshalText() ([]byte, error)        { return hex.AppendEncode(nil, id[:]), nil }
func (s Signature) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, s[:]), nil }
func (k Ed25519Key) MarshalText() ([]byte, error)    { return hex.AppendEncode(nil, k[:]), nil }
func (s NodeSignature) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText is ParsePublicKey.
func (k *PublicKey) UnmarshalText(text []byte) (err error) {
	*k, err = ParsePublicKey(string(text))
	return err
}

// UnmarshalText is ParseKeyID.
func (id *KeyID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseKeyID(string(text))
	return err
}

// UnmarshalText is ParseSignature.
func (s *Signature) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSignature(string(text))
	return err
}

// UnmarshalText is ParseEd25519Key.
func (k *Ed25519Key) UnmarshalText(text []byte) (err error) {
	*k, err = ParseEd25519Key(string(text))
	return err
}

// UnmarshalText is ParseNodeSignature.
func (s *NodeSignature) UnmarshalText(text []byte) (err error) {
	*s, err = ParseNodeSignature(string(text))
	return err
}
