package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rotation is a rotation under evaluation. It changes the policy as the block has left it so far into that of the next epoch: however many rotations a
// block has, they end one epoch and begin one. A key that is brought and replaced in one block never belongs to an epoch.
type rotation struct {
	*record
	policy    *ledger.Policy
	validator *ledger.PolicyValidator // of the author, in policy
	keys      subject.ValidatorKeysValue
	epoch     uint32 // the one that begins after the block
}

func (r *record) rotateValidator(a *recordv1.RotateValidator) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if refusal := r.keyRole(subject.KeyGovern); refusal != nil {
		return refusal
	}
	before, _ := fixed(r.Block, subject.Policy(), subject.ParsePolicy)
	now, _ := read(r.Block, subject.Policy(), subject.ParsePolicy)
	i := slices.IndexFunc(now.Policy.Validators, func(v ledger.PolicyValidator) bool { return v.Agency == r.author.Account })
	if i < 0 {
		return refuse(reason.NotAValidator, "", accountArg(r.author.Account))
	}
	t := &rotation{record: r, policy: &now.Policy, validator: &now.Policy.Validators[i], epoch: before.Policy.Number + 1}
	t.keys = r.validatorKeys(t.validator)
	if refusal := t.replace(a.Cosigner, ident.PurposeCosigner, &t.validator.CosignerKey, "rotate_validator.cosigner"); refusal != nil {
		return refusal
	}
	if refusal := t.replace(a.Node, ident.PurposeNode, &t.validator.NodeKey, "rotate_validator.node"); refusal != nil {
		return refusal
	}
	t.policy.Number, t.policy.Previous = t.epoch, before.Policy.Hash()
	r.write(subject.Policy(), &now)
	r.write(subject.ValidatorKeys(r.author.Account), &t.keys)
	return nil
}

// validatorKeys lists the keys that the author's validator ever had. Before its first rotation these are the ones it came with, in epoch 0.
func (r *record) validatorKeys(v *ledger.PolicyValidator) subject.ValidatorKeysValue {
	if keys, ok := read(r.Block, subject.ValidatorKeys(v.Agency), subject.ParseValidatorKeys); ok {
		return keys
	}
	return subject.ValidatorKeysValue{Agency: v.Agency, Keys: []subject.ValidatorKey{
		{Role: subject.ValidatorNode, Key: v.NodeKey}, {Role: subject.ValidatorCosigner, Key: v.CosignerKey},
	}}
}

// replace puts a new key in the place of a present one, if the action brings one.
func (t *rotation) replace(brought *recordv1.ValidatorKey, purpose ident.Purpose, place *ident.Ed25519Key, field string) *Refusal {
	if brought == nil {
		return nil
	}
	key := ident.Ed25519Key(brought.PublicKey)
	role := subject.ValidatorCosigner
	if purpose == ident.PurposeNode {
		role = subject.ValidatorNode
	}
	switch {
	case key.Check() != nil:
		return refuse(reason.ValidatorKeyInvalid, field+".public_key", edKeyArg(key))
	case t.keys.Used(key): // its present keys are among them
		return refuse(reason.ValidatorKeyUsed, field+".public_key", edKeyArg(key), accountArg(t.author.Account))
	case t.taken(key):
		return refuse(reason.ValidatorKeyTaken, field+".public_key", edKeyArg(key))
	case len(t.keys.Keys) >= subject.MaxValidatorKeys:
		return refuse(reason.LimitReached, field, reason.Count("want", subject.MaxValidatorKeys), reason.Words("what", "khóa của một nút xác thực", "keys of a validator"))
	}
	possession := ident.ValidatorPossession{Chain: t.ctx.Chain, Agency: uint64(t.author.Account), Purpose: purpose, CosignerName: t.validator.CosignerName}
	if possession.Check(key, ident.NodeSignature(brought.Proof)) != nil {
		return refuse(reason.ValidatorPossessionNotProved, field+".proof", accountArg(t.author.Account), purposeArg(purpose))
	}
	t.keys.Replace(role, key, t.epoch)
	*place = key
	return nil
}

// taken tells whether a key has another use already: in the policy, whoever's it is, or as the TLS key of the author's node.
func (t *rotation) taken(key ident.Ed25519Key) bool {
	if node, ok := read(t.Block, subject.Node(t.author.Account), subject.ParseNode); ok && node.TLSKey == key {
		return true
	}
	return key == t.policy.LogKey ||
		slices.ContainsFunc(t.policy.Validators, func(v ledger.PolicyValidator) bool { return v.NodeKey == key || v.CosignerKey == key }) ||
		slices.ContainsFunc(t.policy.Witnesses, func(w ledger.PolicyWitness) bool { return w.Key == key })
}

func edKeyArg(k ident.Ed25519Key) reason.Arg { return reason.Text("key", k.String()[:16]) }

func purposeArg(p ident.Purpose) reason.Arg {
	if p == ident.PurposeNode {
		return reason.Words("role", "ký bản thảo", "signing drafts")
	}
	return reason.Words("role", "đồng ký", "cosigning")
}
