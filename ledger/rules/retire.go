package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (r *record) retireKey(a *recordv1.RetireKey) *Refusal {
	v, refusal := r.account(ledger.AccountID(a.Account), "retire_key.account")
	if refusal != nil {
		return refusal
	}
	if refusal := r.mayChangeKeys(&v); refusal != nil {
		return refusal.in("retire_key.account")
	}
	key := ident.PublicKey(a.PublicKey)
	i := slices.IndexFunc(v.Keys, func(k subject.Key) bool { return k.PublicKey == key })
	if i < 0 {
		return refuse(reason.UnknownKey, "retire_key.public_key", keyArg(key), accountArg(v.Account))
	}
	if v.Keys[i].Retired != 0 {
		return refuse(reason.KeyAlreadyRetired, "retire_key.public_key", keyArg(key), accountArg(v.Account))
	}
	v.Epoch++
	v.Keys[i].Retired = v.Epoch
	// Nobody but the agency binds its keys, so without a governing one it would be locked out.
	if v.Kind == agencyKind && !slices.ContainsFunc(v.Keys, governs) {
		return refuse(reason.LastAgencyKey, "retire_key.public_key", accountArg(v.Account))
	}
	r.write(subject.Account(v.Account), v.Append(r.buffer()))
	return nil
}

func governs(k subject.Key) bool { return k.Retired == 0 && k.Roles&subject.KeyGovern != 0 }
