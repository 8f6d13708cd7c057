package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// firstIncarnation is that of a node that has never been a validator's: genesis counts from 1, and so do those who join.
const firstIncarnation = 1

func (r *record) addValidator(a *recordv1.AddValidator) (*plan, *Refusal) {
	const field = "propose_change.add_validator."
	agency, joins := ledger.AccountID(a.Agency), a.Validator
	if _, refusal := r.account(agency, field+"agency"); refusal != nil { // accounts of such low numbers are agencies
		return nil, refusal
	}
	now := r.policy()
	policy := &now.Policy
	if _, there := policy.Validator(agency); there {
		return nil, refuse(reason.AlreadyAValidator, field+"agency", accountArg(agency))
	}
	if len(policy.Validators) >= ledger.MaxValidators {
		return nil, refuse(reason.LimitReached, field+"agency", reason.Count("want", ledger.MaxValidators), reason.Words("what", "nút xác thực của một sổ cái", "validators of a ledger"))
	}
	if refusal := freeName(joins.CosignerName, policy, field+"validator.cosigner_name"); refusal != nil {
		return nil, refusal
	}
	for _, at := range []struct{ address, field string }{{joins.PeerAddress, "validator.peer_address"}, {joins.PublicAddress, "validator.public_address"}} {
		if refusal := address(at.address, field+at.field); refusal != nil {
			return nil, refusal
		}
	}
	k := &keyring{record: r, policy: policy, agency: agency, cosignerName: joins.CosignerName, keys: subject.ValidatorKeysValue{Agency: agency}, epoch: r.nextEpoch()}
	node := subject.NodeValue{Agency: agency, Incarnation: firstIncarnation, PeerAddress: joins.PeerAddress, PublicAddress: joins.PublicAddress}
	if former, ok := read(r.Block, subject.Node(agency), subject.ParseNode); ok { // it was a validator before: neither its store nor its keys come back
		node.Incarnation = former.Incarnation + 1
		k.keys, _ = read(r.Block, subject.ValidatorKeys(agency), subject.ParseValidatorKeys)
	}
	v := ledger.PolicyValidator{Agency: agency, CosignerName: joins.CosignerName}
	for _, b := range []struct {
		brought *recordv1.ValidatorKey
		purpose ident.Purpose
		place   *ident.Ed25519Key
		field   string
	}{
		{joins.Node, ident.PurposeNode, &v.NodeKey, "validator.node"},
		{joins.Cosigner, ident.PurposeCosigner, &v.CosignerKey, "validator.cosigner"},
		{joins.Tls, ident.PurposeTLS, &node.TLSKey, "validator.tls"},
	} {
		key, refusal := k.bring(b.brought, b.purpose, field+b.field)
		if refusal != nil {
			return nil, refusal
		}
		*b.place = key
	}
	policy.Validators = append(policy.Validators, v)
	slices.SortFunc(policy.Validators, func(a, b ledger.PolicyValidator) int { return int(int64(a.Agency) - int64(b.Agency)) })
	if refusal := setQuorum(policy, a.Quorum, field+"quorum"); refusal != nil {
		return nil, refusal
	}
	return &plan{policy: &now, keys: &k.keys, node: &node}, nil
}

func (r *record) removeValidator(a *recordv1.RemoveValidator) (*plan, *Refusal) {
	const field = "propose_change.remove_validator."
	agency, publisher := ledger.AccountID(a.Agency), ledger.AccountID(a.Publisher)
	now := r.policy()
	policy := &now.Policy
	i := slices.IndexFunc(policy.Validators, func(v ledger.PolicyValidator) bool { return v.Agency == agency })
	switch {
	case i < 0:
		return nil, refuse(reason.NotAValidator, field+"agency", accountArg(agency))
	case len(policy.Validators) == 1:
		return nil, refuse(reason.LastValidator, field+"agency")
	}
	keys := r.validatorKeys(&policy.Validators[i])
	keys.Close(r.nextEpoch())
	policy.Validators = slices.Delete(policy.Validators, i, i+1)
	_, remains := policy.Validator(publisher)
	switch {
	case publisher != 0 && !remains:
		return nil, refuse(reason.PublisherNotRemaining, field+"publisher", accountArg(publisher))
	case publisher != 0:
		policy.Publisher = publisher
	case policy.Publisher == agency:
		return nil, refuse(reason.PublisherLeaves, field+"publisher", accountArg(agency))
	}
	if a.Log != nil {
		if refusal := r.newLogKey(policy, a.Log, field+"log"); refusal != nil {
			return nil, refusal
		}
	}
	if refusal := setQuorum(policy, a.Quorum, field+"quorum"); refusal != nil {
		return nil, refusal
	}
	return &plan{policy: &now, keys: &keys}, nil
}

// newLogKey gives the log a key that the publisher holds. The one who leaves may not hand its own over, and nobody could sign for the log then.
func (r *record) newLogKey(p *ledger.Policy, brought *recordv1.ValidatorKey, field string) *Refusal {
	publisher, _ := p.Validator(p.Publisher)
	k := &keyring{record: r, policy: p, agency: p.Publisher, cosignerName: publisher.CosignerName, keys: r.validatorKeys(&publisher)}
	key, refusal := k.check(brought, ident.PurposeLog, field)
	p.LogKey = key
	return refusal
}

func setQuorum(p *ledger.Policy, quorum uint32, field string) *Refusal {
	n := len(p.Validators)
	if int(quorum) <= n/2 || int(quorum) > n {
		return refuse(reason.QuorumOutOfRange, field, reason.Count("have", uint64(quorum)), reason.Count("count", uint64(n)), reason.Count("first", uint64(n/2+1)))
	}
	p.Quorum = uint8(quorum)
	return nil
}

// freeName checks that a cosigner's name is no other key's: signed notes tell signers apart by it.
func freeName(name string, p *ledger.Policy, field string) *Refusal {
	if name != p.Origin && !slices.ContainsFunc(p.Validators, func(v ledger.PolicyValidator) bool { return v.CosignerName == name }) &&
		!slices.ContainsFunc(p.Witnesses, func(w ledger.PolicyWitness) bool { return w.Name == name }) {
		return nil
	}
	return refuse(reason.CosignerNameTaken, field, reason.Text("have", name))
}
