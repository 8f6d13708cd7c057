package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rotateValidator changes the policy as the block has left it so far into that of the next epoch: however many rotations a block has, they end one epoch
// and begin one. A key that is brought and replaced in one block never belongs to an epoch. TLS keys are in no policy, and end none.
func (r *record) rotateValidator(a *recordv1.RotateValidator) *Refusal {
	now, i, refusal := r.ownValidator()
	if refusal != nil {
		return refusal
	}
	v := &now.Policy.Validators[i]
	k := &keyring{record: r, policy: &now.Policy, agency: v.Agency, cosignerName: v.CosignerName, keys: r.validatorKeys(v), epoch: r.nextEpoch()}
	node := r.node(v.Agency)
	for _, replaced := range []struct {
		brought *recordv1.ValidatorKey
		purpose ident.Purpose
		place   *ident.Ed25519Key
		field   string
	}{
		{a.Cosigner, ident.PurposeCosigner, &v.CosignerKey, "rotate_validator.cosigner"},
		{a.Node, ident.PurposeNode, &v.NodeKey, "rotate_validator.node"},
		{a.Tls, ident.PurposeTLS, &node.TLSKey, "rotate_validator.tls"},
	} {
		if replaced.brought == nil {
			continue
		}
		key, refusal := k.bring(replaced.brought, replaced.purpose, replaced.field)
		if refusal != nil {
			return refusal
		}
		*replaced.place = key
	}
	if a.Cosigner != nil || a.Node != nil {
		r.endEpoch(&now)
	}
	r.write(subject.ValidatorKeys(v.Agency), k.keys.Append(r.buffer()))
	if a.Tls != nil {
		r.write(subject.Node(v.Agency), node.Append(r.buffer()))
	}
	return nil
}

// ownValidator is the policy as the block has left it so far, and the place of the author's validator in it, for a key that may govern.
func (r *record) ownValidator() (now subject.PolicyValue, at int, refusal *Refusal) {
	if refusal := r.agency(); refusal != nil {
		return now, 0, refusal
	}
	if refusal := r.keyRole(subject.KeyGovern); refusal != nil {
		return now, 0, refusal
	}
	now = r.policy()
	at = slices.IndexFunc(now.Policy.Validators, func(v ledger.PolicyValidator) bool { return v.Agency == r.author.Account })
	if at < 0 {
		return now, 0, refuse(reason.NotAValidator, "", accountArg(r.author.Account))
	}
	return now, at, nil
}

// policy is the document as the block has left it so far.
func (r *record) policy() subject.PolicyValue {
	now, _ := read(r.Block, subject.Policy(), subject.ParsePolicy)
	return now
}

// nextEpoch is the number of the epoch that the next block begins, should this block end its own.
func (r *record) nextEpoch() uint32 {
	before, _ := fixed(r.Block, subject.Policy(), subject.ParsePolicy)
	return before.Policy.Number + 1
}

// endEpoch writes the document that the next block begins with.
func (r *record) endEpoch(now *subject.PolicyValue) {
	before, _ := fixed(r.Block, subject.Policy(), subject.ParsePolicy)
	now.Policy.Number, now.Policy.Previous = before.Policy.Number+1, before.Policy.Hash()
	r.write(subject.Policy(), now.Append(r.buffer()))
}
