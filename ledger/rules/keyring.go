package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// protocolMembership is the version that brought nodes' changes and votes, and with them TLS keys among those that never come back.
const protocolMembership = 3

// keyring takes new keys for an agency's validator, in the policy as the block has left it so far.
type keyring struct {
	*record
	policy       *ledger.Policy
	agency       ledger.AccountID
	cosignerName string
	keys         subject.ValidatorKeysValue
	epoch        uint32 // the one that begins after the block, if the block ends one
}

// bring takes a new key into the list, where it replaces the open one of its role.
func (k *keyring) bring(brought *recordv1.ValidatorKey, purpose ident.Purpose, field string) (key ident.Ed25519Key, refusal *Refusal) {
	if key, refusal = k.check(brought, purpose, field); refusal != nil {
		return key, refusal
	}
	if len(k.keys.Keys) >= subject.MaxValidatorKeys {
		return key, refuse(reason.LimitReached, field, reason.Count("want", subject.MaxValidatorKeys), reason.Words("what", "khóa của một nút xác thực", "keys of a validator"))
	}
	k.keys.Replace(roleOf(purpose), key, k.epoch)
	return key, nil
}

// check looks at a new key: it is one, it has no other use, and whoever brings it holds it.
func (k *keyring) check(brought *recordv1.ValidatorKey, purpose ident.Purpose, field string) (key ident.Ed25519Key, refusal *Refusal) {
	key = ident.Ed25519Key(brought.PublicKey)
	switch {
	case key.Check() != nil:
		return key, refuse(reason.ValidatorKeyInvalid, field+".public_key", edKeyArg(key))
	case k.keys.Used(key): // its present keys are among them
		return key, refuse(reason.ValidatorKeyUsed, field+".public_key", edKeyArg(key), accountArg(k.agency))
	case k.taken(key):
		return key, refuse(reason.ValidatorKeyTaken, field+".public_key", edKeyArg(key))
	}
	possession := ident.ValidatorPossession{Chain: k.ctx.Chain, Agency: uint64(k.agency), Purpose: purpose, CosignerName: k.cosignerName}
	if possession.Check(key, ident.NodeSignature(brought.Proof)) != nil {
		return key, refuse(reason.ValidatorPossessionNotProved, field+".proof", accountArg(k.agency), purposeArg(purpose))
	}
	return key, nil
}

func roleOf(p ident.Purpose) subject.ValidatorRole {
	switch p {
	case ident.PurposeNode:
		return subject.ValidatorNode
	case ident.PurposeCosigner:
		return subject.ValidatorCosigner
	}
	return subject.ValidatorTLS
}

// taken tells whether a key has another use already: in the policy, whoever's it is, or as the TLS key of a validator's node. Before TLS keys could change,
// only the author's own was asked for.
func (k *keyring) taken(key ident.Ed25519Key) bool {
	if k.isTLS(k.agency, key) {
		return true
	}
	return key == k.policy.LogKey ||
		slices.ContainsFunc(k.policy.Validators, func(v ledger.PolicyValidator) bool {
			return v.NodeKey == key || v.CosignerKey == key || k.ctx.Protocol >= protocolMembership && k.isTLS(v.Agency, key)
		}) ||
		slices.ContainsFunc(k.policy.Witnesses, func(w ledger.PolicyWitness) bool { return w.Key == key })
}

func (k *keyring) isTLS(agency ledger.AccountID, key ident.Ed25519Key) bool {
	node, ok := read(k.Block, subject.Node(agency), subject.ParseNode)
	return ok && node.TLSKey == key
}

// validatorKeys lists the keys that a validator of the policy ever had. Before the first change these are the ones it came with, in epoch 0.
func (r *record) validatorKeys(v *ledger.PolicyValidator) subject.ValidatorKeysValue {
	keys, ok := read(r.Block, subject.ValidatorKeys(v.Agency), subject.ParseValidatorKeys)
	if !ok {
		keys = subject.ValidatorKeysValue{Agency: v.Agency, Keys: []subject.ValidatorKey{
			{Role: subject.ValidatorNode, Key: v.NodeKey}, {Role: subject.ValidatorCosigner, Key: v.CosignerKey},
		}}
	}
	// A TLS key that is in no list yet has never been replaced: it is the one that genesis gave.
	if r.ctx.Protocol >= protocolMembership && !keys.Has(subject.ValidatorTLS) {
		keys.Keys = append(keys.Keys, subject.ValidatorKey{Role: subject.ValidatorTLS, Key: r.node(v.Agency).TLSKey})
	}
	return keys
}

// node is the node of a validator, which is there since the validator is.
func (r *record) node(agency ledger.AccountID) subject.NodeValue {
	v, ok := read(r.Block, subject.Node(agency), subject.ParseNode)
	if !ok {
		panic("rules: the state holds validator " + agency.String() + " without its node")
	}
	return v
}

func edKeyArg(k ident.Ed25519Key) reason.Arg { return reason.Text("key", k.String()[:16]) }

func purposeArg(p ident.Purpose) reason.Arg {
	switch p {
	case ident.PurposeNode:
		return reason.Words("role", "ký bản thảo", "signing drafts")
	case ident.PurposeLog:
		return reason.Words("role", "ký nhật ký", "signing the log")
	case ident.PurposeTLS:
		return reason.Words("role", "kết nối giữa các nút", "connections between nodes")
	}
	return reason.Words("role", "đồng ký", "cosigning")
}
