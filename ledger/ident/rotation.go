package ident

import (
	"encoding/binary"
	"fmt"
)

// ValidatorPossession is the place that a validator's new key takes, by a rotation or when the validator joins.
//
//	body = chain id (32) ‖ agency u64 ‖ u8 length ‖ role ‖ u8 length ‖ cosigner name ‖ public key (32)
//
// The role is the purpose as a word. The proof names no epoch: a key that stood in this place once never stands there again.
type ValidatorPossession struct {
	Chain        [32]byte
	Agency       uint64
	Purpose      Purpose // PurposeNode, PurposeCosigner or PurposeTLS; PurposeLog at the publisher's validator
	CosignerName string  // of the agency's validator, 1 to 255 bytes: it stays at a rotation
}

// Body is what the PAE of TypeValidatorPossession covers. It fails with ErrPossession for another purpose or a name that does not fit.
func (p *ValidatorPossession) Body(key Ed25519Key) ([]byte, error) {
	switch {
	case !p.Purpose.Ed25519():
		return nil, fmt.Errorf("%w: %v is no key of a validator", ErrPossession, p.Purpose)
	case p.CosignerName == "" || len(p.CosignerName) > 255:
		return nil, fmt.Errorf("%w: cosigner name of %d bytes, want 1 to 255", ErrPossession, len(p.CosignerName))
	}
	role := p.Purpose.String()
	b := make([]byte, 0, 32+8+1+len(role)+1+len(p.CosignerName)+len(key))
	b = append(b, p.Chain[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Agency)
	b = append(b, byte(len(role)))
	b = append(b, role...)
	b = append(b, byte(len(p.CosignerName)))
	b = append(b, p.CosignerName...)
	return append(b, key[:]...), nil
}

// Prove makes the proof for the key's own public half.
func (p *ValidatorPossession) Prove(key *Ed25519PrivateKey) (NodeSignature, error) {
	body, err := p.Body(key.Public())
	if err != nil {
		return NodeSignature{}, err
	}
	return key.Sign(PAE(TypeValidatorPossession, body))
}

// Check verifies the proof and the key itself: ErrPossession, ErrEd25519Key or ErrSignature.
func (p *ValidatorPossession) Check(key Ed25519Key, proof NodeSignature) error {
	body, err := p.Body(key)
	if err != nil {
		return err
	}
	if err := key.Check(); err != nil {
		return err
	}
	return key.Verify(PAE(TypeValidatorPossession, body), proof)
}
