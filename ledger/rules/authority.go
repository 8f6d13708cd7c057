package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
)

// maxTerritoryDepth bounds the walk up the tree of territories: country, province, district, commune, and room. Genesis refuses deeper trees.
const maxTerritoryDepth = 8

// anyLevel are the levels of a demand that any agency meets.
const anyLevel = 0xFF

// demand is the authority that something takes.
type demand struct {
	power     uint16
	date      ledger.Date
	territory uint32
	levels    uint8 // bit 1<<Level
}

// agency checks that the author is an agency.
func (r *record) agency() *Refusal {
	if r.author.Kind != agencyKind {
		return refuse(reason.NotAnAgency, "", accountArg(r.author.Account))
	}
	return nil
}

// competent checks that the author is an agency with a grant that meets the demand. What it names as missing is what the best grant lacks.
func (r *record) competent(d demand) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	power := powerArg(d.power)
	account := accountArg(r.author.Account)
	best := 0
	for _, g := range r.authority(r.author.Account).Grants {
		best = max(best, r.meets(&g, &d))
	}
	switch best {
	case 0:
		return refuse(reason.PowerMissing, "", account, power)
	case 1:
		return refuse(reason.AuthorityNotInForce, "", account, power, reason.Day("date", d.date))
	case 2:
		return refuse(reason.OutsideTerritory, "", account, power, territoryArg(d.territory))
	case 3:
		return refuse(reason.LevelNotCompetent, "", account)
	}
	return nil
}

// meets counts how many of power, date, territory and level a grant has in that order; 4 is all.
func (r *record) meets(g *subject.Grant, d *demand) int {
	switch {
	case g.Powers&d.power != d.power:
		return 0
	case !inForce(g, d.date):
		return 1
	case !r.covers(g.Territory, d.territory):
		return 2
	case d.levels>>g.Level&1 == 0:
		return 3
	}
	return 4
}

func inForce(g *subject.Grant, d ledger.Date) bool {
	return g.From <= d && (g.Until == 0 || d <= g.Until)
}

// holds checks that the author has a power on a date, anywhere.
func (r *record) holds(power uint16, date ledger.Date) *Refusal {
	code := reason.PowerMissing
	for _, g := range r.authority(r.author.Account).Grants {
		if g.Powers&power == 0 {
			continue
		}
		if inForce(&g, date) {
			return nil
		}
		code = reason.AuthorityNotInForce
	}
	return refuse(code, "", accountArg(r.author.Account), powerArg(power), reason.Day("date", date))
}

func (r *record) authority(agency ledger.AccountID) *subject.AuthorityValue {
	v, ok := fixed(r.Block, subject.Authority(agency), subject.ParseAuthority)
	if !ok {
		return &subject.AuthorityValue{Agency: agency}
	}
	return v
}

// covers tells whether a territory is another or one of those above it.
func (r *record) covers(above, code uint32) bool {
	for range maxTerritoryDepth {
		if code == above {
			return true
		}
		t, ok := fixed(r.Block, subject.Territory(code), subject.ParseTerritory)
		if !ok || t.Parent == 0 {
			return false
		}
		code = t.Parent
	}
	return false
}

func powerArg(power uint16) reason.Arg {
	switch power {
	case subject.PowerRegister:
		return reason.Words("power", "đăng ký", "register")
	case subject.PowerCertify:
		return reason.Words("power", "công nhận, cấp giấy chứng nhận", "certify")
	case subject.PowerRevoke:
		return reason.Words("power", "thu hồi", "revoke")
	case subject.PowerCorrect:
		return reason.Words("power", "đính chính", "correct")
	case subject.PowerImport:
		return reason.Words("power", "nhập hồi cứu", "import historical acts")
	case subject.PowerInspect:
		return reason.Words("power", "kiểm tra", "inspect")
	}
	return reason.Words("power", "quản trị", "govern")
}

// keyRole checks that the signing key was given the task.
func (r *record) keyRole(role uint16) *Refusal {
	if r.keyRoles&role != 0 {
		return nil
	}
	switch role {
	case subject.KeyRegister:
		return refuse(reason.KeyRoleMissing, "", reason.Words("role", "đăng ký", "register"))
	case subject.KeyCertify:
		return refuse(reason.KeyRoleMissing, "", reason.Words("role", "chứng nhận", "certify"))
	case subject.KeyTrade:
		return refuse(reason.KeyRoleMissing, "", reason.Words("role", "mua bán", "trade"))
	}
	return refuse(reason.KeyRoleMissing, "", reason.Words("role", "quản lý khóa", "govern"))
}

// accountRole checks that an account was registered as producer, trader, or either.
func accountRole(v *subject.AccountValue, roles uint16, field string) *Refusal {
	if v.Roles&roles != 0 {
		return nil
	}
	words := reason.Words("role", "chủ thể OCOP hoặc thương nhân", "producer or trader")
	if roles == subject.RoleProducer {
		words = reason.Words("role", "chủ thể OCOP", "producer")
	}
	return refuse(reason.AccountRoleMissing, field, accountArg(v.Account), words)
}
