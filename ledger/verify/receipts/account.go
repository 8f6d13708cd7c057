package receipts

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *acting) registerAccount(m *recordv1.RegisterAccount) *verify.Error {
	id := ledger.AccountID(m.GetAccount())
	if refusal := a.agency(subject.KeyRegister); refusal != nil {
		return refusal
	}
	if id.Registrar() != a.author.Account || m.GetKind() == recordv1.AccountKind_ACCOUNT_KIND_AGENCY || a.accounts[id] != nil {
		return a.rule("account %d is not agency %d's to register", id, a.author.Account)
	}
	if _, refusal := a.competent(subject.PowerRegister, a.today, m.GetTerritory(), anyLevel); refusal != nil {
		return refusal
	}
	v := &subject.AccountValue{
		Account: id, Kind: uint8(m.GetKind()), Roles: uint16(m.GetRoles()), Name: nameOf(m.GetName()), Territory: m.GetTerritory(),
		BusinessNumber: m.GetBusinessNumber(), Registrar: a.author.Account, Stated: a.stated(),
	}
	if m.Key != nil {
		bind(v, m.Key)
	}
	a.putAccount(v)
	return nil
}

func bind(v *subject.AccountValue, g *recordv1.KeyGrant) {
	v.Epoch++
	v.Keys = append(slices.Clone(v.Keys), subject.Key{PublicKey: ident.PublicKey(g.GetPublicKey()), Roles: uint16(g.GetRoles()), Bound: v.Epoch})
}

func (a *acting) bindKey(m *recordv1.BindKey) *verify.Error {
	v, refusal := a.keyholder(ledger.AccountID(m.GetAccount()))
	if refusal != nil {
		return refusal
	}
	if slices.ContainsFunc(v.Keys, func(k subject.Key) bool { return k.PublicKey == ident.PublicKey(m.GetKey().GetPublicKey()) }) {
		return a.rule("a key that account %d has or had is bound once more", v.Account)
	}
	if m.GetEpoch() != v.Epoch+1 || len(v.Keys) >= subject.MaxKeys {
		return a.rule("key epoch %d of account %d after %d", m.GetEpoch(), v.Account, v.Epoch)
	}
	bind(v, m.GetKey())
	a.putAccount(v)
	return nil
}

func (a *acting) retireKey(m *recordv1.RetireKey) *verify.Error {
	v, refusal := a.keyholder(ledger.AccountID(m.GetAccount()))
	if refusal != nil {
		return refusal
	}
	v.Keys = slices.Clone(v.Keys)
	i := slices.IndexFunc(v.Keys, func(k subject.Key) bool { return k.PublicKey == ident.PublicKey(m.GetPublicKey()) })
	if i < 0 || v.Keys[i].Retired != 0 {
		return a.rule("a key that account %d does not have is retired", v.Account)
	}
	v.Epoch++
	v.Keys[i].Retired = v.Epoch
	a.putAccount(v)
	return nil
}

// keyholder is a copy of an account whose keys the author may change: its own with a governing key, another's as a competent agency.
func (a *acting) keyholder(id ledger.AccountID) (*subject.AccountValue, *verify.Error) {
	v, refusal := a.account(id)
	if refusal != nil {
		return nil, refusal
	}
	next := *v
	if id == a.author.Account {
		return &next, a.keyRole(subject.KeyGovern)
	}
	if refusal := a.agency(subject.KeyRegister); refusal != nil {
		return nil, refusal
	}
	if v.Kind == agencyKind {
		return nil, refuse(verify.WordCompetence, "the keys of agency %d are its own%s", id, a.where())
	}
	_, refusal = a.competent(subject.PowerRegister, a.today, v.Territory, anyLevel)
	return &next, refusal
}

func (a *acting) correctAccount(m *recordv1.Correct, id ledger.AccountID) *verify.Error {
	old, refusal := a.account(id)
	if refusal != nil {
		return refusal
	}
	if refusal := a.agency(subject.KeyRegister); refusal != nil {
		return refusal
	}
	if old.Registrar != a.author.Account || old.Kind == agencyKind {
		return refuse(verify.WordCompetence, "account %d is not agency %d's to correct%s", id, a.author.Account, a.where())
	}
	v := *old
	if refusal := a.mend(m, v.Stated, accountFields(&v)); refusal != nil {
		return refusal
	}
	for _, territory := range []uint32{old.Territory, v.Territory} {
		if _, refusal := a.competent(subject.PowerCorrect, a.today, territory, anyLevel); refusal != nil {
			return refusal
		}
	}
	a.putAccount(&v)
	return nil
}
