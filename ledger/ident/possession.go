package ident

import (
	"encoding/binary"
	"fmt"
)

// Whoever adds a key shows that its holder wants it there: the new key signs itself together with the place it is added to. Without that an
// agency could bind a stranger's key and claim the stranger's records as its own.

// KeyPossession is the place an author key is bound to by a record.
//
//	body = chain id (32) ‖ account u64 ‖ epoch u32 ‖ roles u32 ‖ public key (33)
type KeyPossession struct {
	Chain   [32]byte
	Account uint64
	Epoch   uint32 // the account's key epoch after the key is bound: an old proof does not bind a retired key again
	Roles   uint32
}

// Body is the 81 bytes that the PAE of TypeKeyPossession covers.
func (p *KeyPossession) Body(key PublicKey) []byte {
	b := make([]byte, 0, 32+8+4+4+len(key))
	b = append(b, p.Chain[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Account)
	b = binary.BigEndian.AppendUint32(b, p.Epoch)
	b = binary.BigEndian.AppendUint32(b, p.Roles)
	return append(b, key[:]...)
}

// Prove makes the proof for the key's own public half.
func (p *KeyPossession) Prove(key *PrivateKey) (Signature, error) {
	return key.Sign(Digest(TypeKeyPossession, p.Body(key.Public())))
}

// Job is the proof's verification, for a [Verifier].
func (p *KeyPossession) Job(key PublicKey, proof Signature) Job {
	return Job{Key: key, Digest: Digest(TypeKeyPossession, p.Body(key)), Sig: proof}
}

// Check verifies the proof; errors are those of [PublicKey.Verify].
func (p *KeyPossession) Check(key PublicKey, proof Signature) error {
	j := p.Job(key, proof)
	return j.Key.Verify(j.Digest, j.Sig)
}

// GenesisPossession is the place of a key in a genesis document. The chain id is the document's hash and not yet known, so that the chain's name
// stands for it.
//
//	body = u8 length ‖ chain name ‖ agency u64 ‖ u8 length ‖ role ‖ public key (33 or 32)
//
// The role is the purpose as a word, "officer" for author keys.
type GenesisPossession struct {
	ChainName string // 1 to 255 bytes
	Agency    uint64
	Purpose   Purpose
}

// Body is what the PAE of TypeGenesisPossession covers. It fails with ErrPossession when name or key do not fit.
func (p *GenesisPossession) Body(key []byte) ([]byte, error) {
	size := len(PublicKey{})
	if p.Purpose.Ed25519() {
		size = len(Ed25519Key{})
	}
	switch {
	case !p.Purpose.Valid():
		return nil, fmt.Errorf("%w: %v", ErrPossession, p.Purpose)
	case len(key) != size:
		return nil, fmt.Errorf("%w: %v key of %d bytes, want %d", ErrPossession, p.Purpose, len(key), size)
	case p.ChainName == "" || len(p.ChainName) > 255:
		return nil, fmt.Errorf("%w: chain name of %d bytes, want 1 to 255", ErrPossession, len(p.ChainName))
	}
	role := p.Purpose.String()
	if p.Purpose == PurposeAuthor {
		role = "officer"
	}
	b := make([]byte, 0, 1+len(p.ChainName)+8+1+len(role)+size)
	b = append(b, byte(len(p.ChainName)))
	b = append(b, p.ChainName...)
	b = binary.BigEndian.AppendUint64(b, p.Agency)
	b = append(b, byte(len(role)))
	b = append(b, role...)
	return append(b, key...), nil
}

// ProveAuthor makes an author key's proof: secp256k1 over the SHA-256 of the PAE.
func (p *GenesisPossession) ProveAuthor(key *PrivateKey) (Signature, error) {
	public := key.Public()
	body, err := p.Body(public[:])
	if err != nil {
		return Signature{}, err
	}
	return key.Sign(Digest(TypeGenesisPossession, body))
}

// CheckAuthor verifies an author key's proof: ErrPossession, or the errors of [PublicKey.Verify].
func (p *GenesisPossession) CheckAuthor(key PublicKey, proof Signature) error {
	body, err := p.Body(key[:])
	if err != nil {
		return err
	}
	return key.Verify(Digest(TypeGenesisPossession, body), proof)
}

// Prove makes the proof of an Ed25519 key, which signs the PAE itself.
func (p *GenesisPossession) Prove(key *Ed25519PrivateKey) (NodeSignature, error) {
	public := key.Public()
	body, err := p.Body(public[:])
	if err != nil {
		return NodeSignature{}, err
	}
	return key.Sign(PAE(TypeGenesisPossession, body))
}

// Check verifies the proof of an Ed25519 key and the key itself: ErrPossession, ErrEd25519Key or ErrSignature.
func (p *GenesisPossession) Check(key Ed25519Key, proof NodeSignature) error {
	body, err := p.Body(key[:])
	if err != nil {
		return err
	}
	if err := key.Check(); err != nil {
		return err
	}
	return key.Verify(PAE(TypeGenesisPossession, body), proof)
}
