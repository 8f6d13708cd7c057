package keys

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Place is where a node will stand on a ledger that does not exist yet.
type Place struct {
	ChainName     string
	Agency        ledger.AccountID
	CosignerName  string // C2SP name of its cosigner, such as "ocop.tinh.example/node"
	PeerAddress   string // host:port where the other validators reach it
	PublicAddress string
}

// Validator is the node's part of its agency's descriptor: public keys with proofs of possession, and the log key if there is one.
func (s *Set) Validator(at Place) (*recordv1.Validator, *genesis.LogKey, error) {
	v := &recordv1.Validator{CosignerName: at.CosignerName, PeerAddress: at.PeerAddress, PublicAddress: at.PublicAddress}
	prove := func(purpose ident.Purpose, key *ident.Ed25519PrivateKey) (public ident.Ed25519Key, proof ident.NodeSignature, err error) {
		p := ident.GenesisPossession{ChainName: at.ChainName, Agency: uint64(at.Agency), Purpose: purpose}
		proof, err = p.Prove(key)
		return key.Public(), proof, err
	}
	for _, k := range []struct {
		purpose       ident.Purpose
		key           *ident.Ed25519PrivateKey
		public, proof *[]byte
	}{
		{ident.PurposeNode, s.Node, &v.NodeKey, &v.NodeProof}, {ident.PurposeCosigner, s.Cosigner, &v.CosignerKey, &v.CosignerProof}, {ident.PurposeTLS, s.TLS, &v.TlsKey, &v.TlsProof},
	} {
		public, proof, err := prove(k.purpose, k.key)
		if err != nil {
			return nil, nil, err
		}
		*k.public, *k.proof = public[:], proof[:]
	}
	if s.Log == nil {
		return v, nil, nil
	}
	public, proof, err := prove(ident.PurposeLog, s.Log)
	return v, &genesis.LogKey{Key: public, Proof: proof}, err
}

// Held tells whether these are the keys of the validator that a genesis names for an agency, and which is not. Node and cosigner keys may have been
// rotated since; the TLS key tells.
func (s *Set) Held(g *genesis.Genesis, agency ledger.AccountID) (ok bool, wrong ident.Purpose) {
	for _, a := range g.Body.Agencies {
		if a.Account != uint64(agency) || a.Validator == nil {
			continue
		}
		if public := s.TLS.Public(); string(public[:]) != string(a.Validator.TlsKey) {
			return false, ident.PurposeTLS
		}
		return true, 0
	}
	return false, 0
}
