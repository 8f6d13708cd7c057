package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const agencyKind = uint8(recordv1.AccountKind_ACCOUNT_KIND_AGENCY)

// stated says what an account of a kind may state of itself. Legal persons are in a public register and named by it; the others may be natural
// persons, whose names can stay off the ledger, and the number of a household business or a farm can be its owner's identity number.
func stated(kind uint8) (blobName, businessNumber bool) {
	switch recordv1.AccountKind(kind) {
	case recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE:
		return false, true
	case recordv1.AccountKind_ACCOUNT_KIND_FARM, recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS:
		return true, false
	case recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE_GROUP, recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY:
		return true, true
	}
	return false, false
}

func (r *record) registerAccount(a *recordv1.RegisterAccount) *Refusal {
	id := ledger.AccountID(a.Account)
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if refusal := r.keyRole(subject.KeyRegister); refusal != nil {
		return refusal
	}
	if id.IsAgency() || a.Kind == recordv1.AccountKind_ACCOUNT_KIND_AGENCY {
		return refuse(reason.AgencyNeedsGovernance, "register_account.kind")
	}
	if id.Registrar() != r.author.Account {
		base := r.author.Account * ledger.AccountRange
		return refuse(reason.AccountOutsideRange, "register_account.account", accountArg(id), reason.Text("agency", r.author.Account.String()),
			reason.Text("first", (base+1).String()), reason.Text("last", (base+ledger.AccountRange-1).String()))
	}
	if _, taken := r.Value(subject.Account(id)); taken {
		return refuse(reason.AccountTaken, "register_account.account", accountArg(id))
	}
	v := subject.AccountValue{
		Account: id, Kind: uint8(a.Kind), Roles: uint16(a.Roles), Name: nameOf(a.Name), Territory: a.Territory, BusinessNumber: a.BusinessNumber,
		Registrar: r.author.Account, Stated: r.action(),
	}
	if a.Roles&^(subject.RoleProducer|subject.RoleTrader) != 0 {
		return refuse(reason.AccountRolesInvalid, "register_account.roles")
	}
	if refusal := r.checkAccount(&v, "register_account"); refusal != nil {
		return refusal
	}
	if refusal := r.competent(demand{subject.PowerRegister, r.today, v.Territory, anyLevel}); refusal != nil {
		return refusal.in("register_account.territory")
	}
	if a.Key != nil {
		if refusal := r.bind(&v, a.Key, "register_account.key"); refusal != nil {
			return refusal
		}
	}
	r.write(subject.Account(id), v.Append(r.buffer()))
	return nil
}

// checkAccount checks what is stated of a producer or trader, at first or after a correction.
func (r *record) checkAccount(v *subject.AccountValue, field string) *Refusal {
	blobName, businessNumber := stated(v.Kind)
	switch {
	case v.Name.Register == "" && !blobName:
		return refuse(reason.NameNotFromRegister, field+".name")
	case v.BusinessNumber != "" && !businessNumber:
		return refuse(reason.BusinessNumberOfPerson, field+".business_number")
	}
	if refusal := impersonal(v.Name.Register, field+".name", "tên chủ thể", "account's name"); refusal != nil {
		return refusal
	}
	return r.territory(v.Territory, field+".territory")
}
