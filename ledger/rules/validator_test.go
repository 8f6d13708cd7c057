package rules_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// policy publisher NAME, validators NAME+NAME+…: the document of epoch 0. Validators hold the keys "node NAME", "cosigner NAME" and "tls NAME".
func (w *world) policy(rest string) {
	c := split(rest)
	p := ledger.Policy{
		Chain: w.chain, Origin: "log.example/scenarios", Publisher: w.account(c.need("publisher")), LogKey: edKeyOf("log").Public(), Quorum: 2, TrustPeriod: 1,
		Witnesses: []ledger.PolicyWitness{{Name: "witness.example", Key: edKeyOf("witness").Public()}},
	}
	for name := range strings.SplitSeq(c.need("validators"), "+") {
		agency := w.account(name)
		p.Validators = append(p.Validators, ledger.PolicyValidator{
			Agency: agency, NodeKey: edKeyOf("node " + name).Public(), CosignerName: name + ".example", CosignerKey: edKeyOf("cosigner " + name).Public(),
		})
		w.put(subject.Node(agency), &subject.NodeValue{Agency: agency, Incarnation: 1, TLSKey: edKeyOf("tls " + name).Public(), PeerAddress: name + ":7401", PublicAddress: name + ":7400"})
	}
	slices.SortFunc(p.Validators, func(a, b ledger.PolicyValidator) int { return int(a.Agency) - int(b.Agency) })
	c.done()
	w.put(subject.Policy(), &subject.PolicyValue{Policy: p})
}

// rotate cosigner KEY, node KEY, proof by KEY, proof of ROLE, proof for AGENCY, proof under NAME, proof on LEDGER
func (w *world) rotate(author ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	name := w.nameOf(author) + ".example"
	p := ident.ValidatorPossession{Chain: w.chain, Agency: uint64(author), CosignerName: c.or("proof under", name)}
	if other, ok := c.get("proof for"); ok {
		p.Agency = uint64(w.account(other))
	}
	if other, ok := c.get("proof on"); ok {
		copy(p.Chain[:], other)
	}
	bring := bringer(c, p)
	a := &recordv1.RotateValidator{Cosigner: bring(ident.PurposeCosigner, ""), Node: bring(ident.PurposeNode, ""), Tls: bring(ident.PurposeTLS, "")}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RotateValidator{RotateValidator: a}}
}

// bringer makes keys of a place as clauses say: "node KEY", "proof by KEY", "proof of ROLE". A key that no clause names is the other one; empty: none.
func bringer(c *clauses, p ident.ValidatorPossession) func(purpose ident.Purpose, otherwise string) *recordv1.ValidatorKey {
	by, role := c.or("proof by", ""), c.or("proof of", "")
	return func(purpose ident.Purpose, otherwise string) *recordv1.ValidatorKey {
		name := c.or(purpose.String(), otherwise)
		if name == "" {
			return nil
		}
		public, signer := edKeyOf(name).Public(), edKeyOf(name)
		if name == "small order" {
			public = ident.Ed25519Key{1}
		}
		if by != "" {
			signer = edKeyOf(by)
		}
		place := p
		place.Purpose = purpose
		if role != "" {
			place.Purpose = must(ident.ParsePurpose(role))
		}
		proof := must(signer.Sign(ident.PAE(ident.TypeValidatorPossession, must(place.Body(public)))))
		return &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}
	}
}

// nameOf is the scenario's name for an account.
func (w *world) nameOf(account ledger.AccountID) string {
	for name, a := range w.accounts {
		if a == account {
			return name
		}
	}
	return account.String()
}

func short(b []byte) string { return fmt.Sprintf("%x", b[:4]) }

func keysOf(v subject.ValidatorKeysValue) (list []string) {
	for _, k := range v.Keys {
		role, until := []string{"", "node", "cosigner", "tls"}[k.Role], "on"
		if k.Until != 0 {
			until = fmt.Sprintf("to before %d", k.Until)
		}
		list = append(list, fmt.Sprintf("%s %s from epoch %d %s", role, short(k.Key[:]), k.From, until))
	}
	return list
}
