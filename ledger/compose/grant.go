package compose

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Possession is what a new key signs to be bound: itself in this place, and nowhere else.
type Possession struct {
	Chain   ledger.ChainID
	Account ledger.AccountID
	Epoch   uint32 // of the account after the key is bound: 1 for a first key
	Roles   uint16 // bits of subject.KeyRegister and its like
}

func (p Possession) statement() *ident.KeyPossession {
	return &ident.KeyPossession{Chain: p.Chain, Account: uint64(p.Account), Epoch: p.Epoch, Roles: uint32(p.Roles)}
}

// Prove makes the proof.
func (p Possession) Prove(key *ident.PrivateKey) (ident.Signature, error) {
	return p.statement().Prove(key)
}

// Check verifies a proof.
func (p Possession) Check(key ident.PublicKey, proof ident.Signature) error {
	return p.statement().Check(key, proof)
}

// Grant is the key with its proof, as registrations and bindings carry it.
func (p Possession) Grant(key ident.PublicKey, proof ident.Signature) *recordv1.KeyGrant {
	return &recordv1.KeyGrant{PublicKey: key[:], Roles: uint32(p.Roles), Proof: proof[:]}
}
