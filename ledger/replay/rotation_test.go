package replay_test

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// validatorPossession is a proof that came with a rotation.
type validatorPossession struct {
	Agency       uint64 `json:"agency"`
	Role         string `json:"role"`
	CosignerName string `json:"cosigner_name"`
	PublicKey    string `json:"public_key"`
	Proof        string `json:"proof"`
}

// tell2 writes the golden ledger of protocol version 2: the same story in that version, with rotations before it ends. It is never changed.
func tell2(tb testing.TB) *story {
	s := &story{world: newWorld(tb, newGenesis(2, chainName+"-2", at(2026, time.September, 1, 9, 0)))}
	s.now += 60_000
	registrations := s.registers()
	s.keys()
	s.certifies()
	s.corrects(registrations)
	s.trades()
	s.rotates()
	s.revokes()
	s.ends()
	return s
}

// rotates keys: of one agency, of two in one block, of one twice in a block, and in two blocks one after the other.
func (s *story) rotates() {
	s.elect(province)
	s.block(0, ok(1), s.sign(province, "2", s.rotation(province, "cosigner 2b", "")))
	s.block(0, ok(1), s.sign(coop, "coop", retail(coffeeA, 100, s.now, ledger.CertificateID{})))

	s.block(0, []want{accepted, accepted, accepted, reason.ValidatorKeyUsed, reason.NotAValidator},
		s.sign(ministry, "1", s.rotation(ministry, "", "node 1b")),
		s.sign(coop, "coop", retail(coffeeA, 200, s.now, ledger.CertificateID{})),
		s.sign(neighbour, "3", s.rotation(neighbour, "cosigner 3b", "node 3b")),
		s.sign(province, "2", s.rotation(province, "cosigner 2", "")),
		s.sign(department, "5", s.rotation(department, "cosigner 5", "")),
	)
	s.rotations = s.rotations[:len(s.rotations)-2] // those of accepted rotations
	s.elect(ministry)                              // with the new key
	s.block(ledger.FlagCosign, ok(1), s.sign(coop, "coop", retail(coffeeA, 300, s.now, ledger.CertificateID{})))

	s.block(0, ok(2),
		s.sign(province, "2", s.rotation(province, "cosigner 2c", "node 2b"), s.rotation(province, "cosigner 2d", "")),
		s.sign(province, "2", s.rotation(province, "", "node 2c")),
	)
	s.elect(province)
	s.block(0, ok(1), s.sign(neighbour, "3", s.rotation(neighbour, "", "node 3c")))
	s.block(0, ok(1), s.sign(coop, "coop", retail(coffeeA, 400, s.now, ledger.CertificateID{})))
}

// rotation replaces keys of an agency's validator by those of the names; empty: the key stays.
func (s *story) rotation(agency ledger.AccountID, cosigner, node string) *recordv1.Action {
	a := new(recordv1.RotateValidator)
	if cosigner != "" {
		a.Cosigner = s.bring(agency, ident.PurposeCosigner, cosigner)
	}
	if node != "" {
		a.Node = s.bring(agency, ident.PurposeNode, node)
	}
	return compose.Act(a)
}

func (s *story) bring(agency ledger.AccountID, purpose ident.Purpose, name string) *recordv1.ValidatorKey {
	place := ident.ValidatorPossession{Chain: s.genesis.Chain, Agency: uint64(agency), Purpose: purpose, CosignerName: "node" + agency.String() + ".example"}
	key := s.hold(name)
	public, proof := key.Public(), must(place.Prove(key))
	s.rotations = append(s.rotations, validatorPossession{uint64(agency), purpose.String(), place.CosignerName, hexOf(public[:]), hexOf(proof[:])})
	return &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}
}

// TestEpochsOfTheGoldenLedger holds the seals of the golden ledger against the documents that its subjects hold.
func TestEpochsOfTheGoldenLedger(t *testing.T) {
	s := tell2(t)
	documents := []ledger.Policy{*s.genesis.Policy()}
	twice := 0
	for _, b := range s.blocks {
		now := documents[len(documents)-1]
		if b.Seal.Policy != now.Hash() {
			t.Fatalf("block %d: policy %v, want that of epoch %d", b.Seal.Height, b.Seal.Policy, now.Number)
		}
		changed := false
		for _, c := range b.Changes {
			if c.ID == subject.Policy() {
				documents, changed = append(documents, must(subject.ParsePolicy(c.Row.Value)).Policy), true
				twice += len(c.Entries) - 1
			}
		}
		next := documents[len(documents)-1]
		if b.Seal.EndsEpoch() != changed || b.Seal.NextPolicy != next.Hash() || b.Head.Policy != next.Hash() || b.Next.Hash() != next.Hash() {
			t.Errorf("block %d: next policy %v, want that of epoch %d", b.Seal.Height, b.Seal.NextPolicy, next.Number)
		}
		if changed && (next.Number != now.Number+1 || next.Previous != now.Hash()) {
			t.Errorf("block %d: epoch %d follows %d", b.Seal.Height, next.Number, now.Number)
		}
	}
	if len(documents) != 5 || twice != 3 {
		t.Errorf("%d epochs, %d rotations beside another, want 5 and 3", len(documents), twice)
	}
	for id, row := range s.rows {
		if id.Kind != subject.KindValidatorKeys {
			continue
		}
		keys := must(subject.ParseValidatorKeys(row.Value))
		for _, document := range documents {
			v, _ := document.Validator(keys.Agency)
			node, _ := keys.At(subject.ValidatorNode, document.Number)
			cosigner, _ := keys.At(subject.ValidatorCosigner, document.Number)
			if node != v.NodeKey || cosigner != v.CosignerKey {
				t.Errorf("the keys of agency %d say others of epoch %d than its document", keys.Agency, document.Number)
			}
		}
	}
}

// TestProposersOfTheirEpoch lets the key of an epoch sign a draft of another: only the epoch of the block counts.
func TestProposersOfTheirEpoch(t *testing.T) {
	s := market(t, newGenesis(2, "ocop-proposers", at(2026, time.September, 1, 9, 0)))
	v := newMemory(t)
	sell := func() *compose.Signed {
		return s.later().sign(coop, "coop", retail(coffeeA, 1, s.now, ledger.CertificateID{}))
	}
	forged := func(signer string, record *compose.Signed) {
		t.Helper()
		o := *s.world.draft(0, record)
		o.Signature = must(edKey(signer).Sign(o.Header.Message()))
		block, _ := s.machine.Derive(s.rows, &o, func(ledger.RecordID) bool { return false })
		leaf, height := uint64(len(s.leaves))+1, s.machine.Head().Height+1
		diverges(t, s.genesis, v, append(s.leaves[:leaf-1:leaf-1], block.Leaves...), finding{leaf, height, false, "seal.draft.signature"})
	}
	rotation := s.sign(province, "2", s.rotation(province, "", "node 2b"))
	forged("node 2b", rotation) // the new key does not sign the draft that brings it
	s.block(0, ok(2), sell(), rotation)
	forged("node 2", sell()) // nor the old one those after it
	s.block(0, ok(1), sell())
	if _, err := audit(s.genesis, v, s.leaves, 1, nil); err != nil {
		t.Errorf("the new key signs: %v", err)
	}
}

// TestNoRotationInVersion1 orders one in a ledger that began before there were any.
func TestNoRotationInVersion1(t *testing.T) {
	s := market(t, newGenesis(1, "ocop-old", at(2026, time.September, 1, 9, 0)))
	rotation := must(compose.Marshal(2, []*recordv1.Action{s.rotation(province, "cosigner 2b", "")}))
	a := compose.Author{Chain: s.genesis.Chain, Account: province, Schema: 2, Key: authorKey("2")}
	later := must(a.Sign(rotation, s.now, compose.AtOnce))
	unknown := garbage(ledger.Header{Chain: a.Chain, Author: province, Schema: 1, Issued: s.now, Expires: s.now + 1, Key: a.Key.Public().ID()}, "2", rotation[0])
	s.block(0, []want{reason.SchemaNotInForce, reason.ActionMalformed}, later, unknown)
	if policy := s.genesis.Policy(); s.machine.Head().Policy != policy.Hash() || s.machine.Policy().Number != 0 {
		t.Error("the policy has changed")
	}
}
