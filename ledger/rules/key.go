package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// What a key may be asked to do: an agency's anything, others' trade and their own keys.
const (
	agencyKeyRoles = subject.KeyRegister | subject.KeyCertify | subject.KeyTrade | subject.KeyGovern
	otherKeyRoles  = subject.KeyTrade | subject.KeyGovern
)

func (r *record) bindKey(a *recordv1.BindKey) *Refusal {
	v, refusal := r.account(ledger.AccountID(a.Account), "bind_key.account")
	if refusal != nil {
		return refusal
	}
	if refusal := r.mayChangeKeys(&v); refusal != nil {
		return refusal.in("bind_key.account")
	}
	if a.Epoch != v.Epoch+1 {
		return refuse(reason.KeyEpochDiffers, "bind_key.epoch", accountArg(v.Account), reason.Count("have", uint64(a.Epoch)), reason.Count("want", uint64(v.Epoch)+1))
	}
	if refusal := r.bind(&v, a.Key, "bind_key.key"); refusal != nil {
		return refusal
	}
	r.write(subject.Account(v.Account), v.Append(r.buffer()))
	return nil
}

// mayChangeKeys checks that the author may change an account's keys: its own with a governing key, those of others as a competent agency.
func (r *record) mayChangeKeys(v *subject.AccountValue) *Refusal {
	if v.Account == r.author.Account {
		return r.keyRole(subject.KeyGovern)
	}
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	// Whoever could bind a key to an agency could sign as the agency.
	if v.Kind == agencyKind {
		return refuse(reason.AgencyNeedsGovernance, "")
	}
	if refusal := r.keyRole(subject.KeyRegister); refusal != nil {
		return refusal
	}
	return r.competent(demand{subject.PowerRegister, r.today, v.Territory, anyLevel})
}

// bind adds a key at the account's next epoch.
func (r *record) bind(v *subject.AccountValue, g *recordv1.KeyGrant, field string) *Refusal {
	key, roles := ident.PublicKey(g.PublicKey), uint16(g.Roles)
	switch {
	case roles&^agencyKeyRoles != 0:
		return refuse(reason.KeyRolesInvalid, field+".roles")
	case v.Kind != agencyKind && roles&^otherKeyRoles != 0:
		return refuse(reason.KeyRolesForAgencies, field+".roles")
	case slices.ContainsFunc(v.Keys, func(k subject.Key) bool { return k.PublicKey == key }):
		return refuse(reason.KeyAlreadyBound, field+".public_key", keyArg(key), accountArg(v.Account))
	case len(v.Keys) >= subject.MaxKeys:
		return refuse(reason.LimitReached, field, reason.Count("want", subject.MaxKeys), reason.Words("what", "khóa của một tài khoản", "keys of an account"))
	}
	epoch := v.Epoch + 1
	possession := ident.KeyPossession{Chain: r.ctx.Chain, Account: uint64(v.Account), Epoch: epoch, Roles: g.Roles}
	if possession.Check(key, ident.Signature(g.Proof)) != nil {
		return refuse(reason.PossessionNotProved, field+".proof", accountArg(v.Account), reason.Count("epoch", uint64(epoch)))
	}
	v.Epoch = epoch
	v.Keys = append(v.Keys, subject.Key{PublicKey: key, Roles: roles, Bound: epoch})
	return nil
}
