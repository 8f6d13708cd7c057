package genesis

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func checkAgencies(b *recordv1.Genesis) error {
	seen := make(map[string]string) // public keys, and where they stand
	for i, a := range b.Agencies {
		if i > 0 && a.Account <= b.Agencies[i-1].Account {
			return fault(at("agencies", i, "account"), "not in ascending order")
		}
		if !territory(b, a.Territory) {
			return fault(at("agencies", i, "territory"), "territory %d is unknown", a.Territory)
		}
		for j, grant := range a.Grants {
			if !territory(b, grant.Territory) {
				return fault(at("agencies", i, at("grants", j, "territory")), "territory %d is unknown", grant.Territory)
			}
			if err := checkDates(grant.From, grant.Until); err != "" {
				return fault(at("agencies", i, at("grants", j, "until")), "%s", err)
			}
		}
		if err := CheckAgency(b.ChainName, a); err != nil {
			if e, ok := err.(*Error); ok {
				e.Field = at("agencies", i, e.Field)
			}
			return err
		}
		for _, k := range keysOf(a) {
			if where, twice := seen[string(k.bytes)]; twice {
				return fault(at("agencies", i, k.field), "the key also stands at %s", where)
			}
			seen[string(k.bytes)] = at("agencies", i, k.field)
		}
	}
	return nil
}

type keyField struct {
	field string
	bytes []byte
}

func keysOf(a *recordv1.Agency) (keys []keyField) {
	for j, k := range a.Keys {
		keys = append(keys, keyField{at("keys", j, "public_key"), k.PublicKey})
	}
	if v := a.Validator; v != nil {
		keys = append(keys, keyField{"validator.node_key", v.NodeKey}, keyField{"validator.cosigner_key", v.CosignerKey}, keyField{"validator.tls_key", v.TlsKey})
	}
	return keys
}

// CheckAgency checks what a descriptor says by itself: keys, and their proofs of possession for a chain's name.
func CheckAgency(chainName string, a *recordv1.Agency) error {
	place := ident.GenesisPossession{ChainName: chainName, Agency: a.Account, Purpose: ident.PurposeAuthor}
	for i, k := range a.Keys {
		if i > 0 && slices.Compare(k.PublicKey, a.Keys[i-1].PublicKey) <= 0 {
			return fault(at("keys", i, "public_key"), "not in ascending order")
		}
		key, err := ident.NewPublicKey(k.PublicKey)
		if err != nil {
			return &Error{at("keys", i, "public_key"), "not a key", err}
		}
		if err := place.CheckAuthor(key, ident.Signature(k.Proof)); err != nil {
			return &Error{at("keys", i, "proof"), "proof of possession", err}
		}
	}
	v := a.Validator
	if v == nil {
		return nil
	}
	for _, k := range []struct {
		field      string
		purpose    ident.Purpose
		key, proof []byte
	}{{"validator.node_proof", ident.PurposeNode, v.NodeKey, v.NodeProof}, {"validator.cosigner_proof", ident.PurposeCosigner, v.CosignerKey, v.CosignerProof},
		{"validator.tls_proof", ident.PurposeTLS, v.TlsKey, v.TlsProof}} {
		place.Purpose = k.purpose
		if err := place.Check(ident.Ed25519Key(k.key), ident.NodeSignature(k.proof)); err != nil {
			return &Error{k.field, "proof of possession", err}
		}
	}
	return nil
}

func checkPolicy(b *recordv1.Genesis) error {
	p := b.Policy
	publisher := slices.IndexFunc(b.Agencies, func(a *recordv1.Agency) bool { return a.Account == p.Publisher })
	if publisher < 0 || b.Agencies[publisher].Validator == nil {
		return fault("policy.publisher", "agency %d runs no validator", p.Publisher)
	}
	place := ident.GenesisPossession{ChainName: b.ChainName, Agency: p.Publisher, Purpose: ident.PurposeLog}
	if err := place.Check(ident.Ed25519Key(p.LogKey), ident.NodeSignature(p.LogProof)); err != nil {
		return &Error{"policy.log_proof", "proof of possession", err}
	}
	validators, names := 0, make(map[string]bool)
	for i, a := range b.Agencies {
		if a.Validator == nil {
			continue
		}
		validators++
		if names[a.Validator.CosignerName] || a.Validator.CosignerName == b.Origin {
			return fault(at("agencies", i, "validator.cosigner_name"), "%q names another key of this ledger", a.Validator.CosignerName)
		}
		names[a.Validator.CosignerName] = true
	}
	if validators > ledger.MaxValidators {
		return fault("agencies", "%d validators, at most %d", validators, ledger.MaxValidators)
	}
	if int(p.Quorum) <= validators/2 || int(p.Quorum) > validators {
		return fault("policy.quorum", "%d of %d validators: a quorum is more than half of them", p.Quorum, validators)
	}
	return checkWitnesses(b, names)
}

// checkWitnesses checks that witnesses are outside the ledger and several: a key that signs under two names would be counted twice. The log key is no
// agency's either, so that a line of it is always the publisher's word and never a validator's.
func checkWitnesses(b *recordv1.Genesis, names map[string]bool) error {
	seen := map[string]string{string(b.Policy.LogKey): "policy.log_key"} // public keys, and where they stand
	for i, a := range b.Agencies {
		for _, k := range keysOf(a) {
			field := at("agencies", i, k.field)
			if string(k.bytes) == string(b.Policy.LogKey) {
				return fault("policy.log_key", "the key also stands at %s", field)
			}
			seen[string(k.bytes)] = field
		}
	}
	for i, w := range b.Policy.Witnesses {
		if names[w.Name] || w.Name == b.Origin {
			return fault(at("policy.witnesses", i, "name"), "%q names another key of this ledger", w.Name)
		}
		names[w.Name] = true
		field := at("policy.witnesses", i, "key")
		if err := ident.Ed25519Key(w.Key).Check(); err != nil {
			return &Error{field, "not a key", err}
		}
		if where, twice := seen[string(w.Key)]; twice {
			return fault(field, "the key also stands at %s", where)
		}
		seen[string(w.Key)] = field
	}
	return nil
}
