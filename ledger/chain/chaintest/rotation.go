package chaintest

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// SpareKey is a later key of an agency's validator for a purpose, by its number.
func SpareKey(agency ledger.AccountID, purpose ident.Purpose, number string) *ident.Ed25519PrivateKey {
	return must(ident.NewEd25519PrivateKey(seed("spare " + number + " " + purpose.String() + agency.String())))
}

// Rotate replaces keys of an agency's validator by spare ones of those numbers; empty: the key stays.
func (w *World) Rotate(agency ledger.AccountID, cosigner, node string) *recordv1.Action {
	spare := func(purpose ident.Purpose, number string) *recordv1.ValidatorKey {
		if number == "" {
			return nil
		}
		return w.bring(agency, purpose, SpareKey(agency, purpose, number))
	}
	return compose.Act(&recordv1.RotateValidator{Cosigner: spare(ident.PurposeCosigner, cosigner), Node: spare(ident.PurposeNode, node)})
}

// bring is a key for a place at an agency's validator, with its proof.
func (w *World) bring(agency ledger.AccountID, purpose ident.Purpose, key *ident.Ed25519PrivateKey) *recordv1.ValidatorKey {
	place := ident.ValidatorPossession{Chain: w.Chain(), Agency: uint64(agency), Purpose: purpose, CosignerName: cosignerName(agency)}
	public, proof := key.Public(), must(place.Prove(key))
	return &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}
}

func cosignerName(agency ledger.AccountID) string { return "node" + agency.String() + ".example" }

// Promote lets an agency's drafts be signed with a spare node key, as they must be from the block after its rotation on.
func (w *World) Promote(agency ledger.AccountID, number string) {
	w.nodes[agency] = SpareKey(agency, ident.PurposeNode, number)
}

// Rotations is how many drafts at the end of the story begin with the first rotation: those before are of policy epoch 0.
const Rotations = 4 + memberships

func (t *teller) rotations() {
	t.draft("the proposer rotates its keys: the block ends the policy epoch", t.Sign(Ministry, t.Rotate(Ministry, "1", "1")))
	t.Promote(Ministry, "1")
	sale := t.Sign(House, Retail(t.Goods(HoneyLot, 3, ledger.CertificateID{})))
	t.draft("the next block, signed with the new key, ends an epoch too: two agencies rotate keys, one of them twice; one wants a key back",
		t.Sign(Province, t.Rotate(Province, "1", "")), sale, t.Sign(District, t.Rotate(District, "", "1")), t.Sign(Province, t.Rotate(Province, "2", "1")),
		t.Sign(Province, t.Rotate(Province, "1", "")))
	t.Promote(Province, "1")
	t.Promote(District, "1")
	t.draft("a sale in the epoch after", t.Sign(House, Retail(t.Goods(HoneyLot, 4, ledger.CertificateID{}))))
	t.Elect(District)
	t.draft("another proposer ends an epoch", t.Sign(District, t.Rotate(District, "2", "")))
}
