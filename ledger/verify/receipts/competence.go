package receipts

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// maxTerritoryDepth bounds the walk up the tree of territories; genesis refuses deeper ones.
const maxTerritoryDepth = 8

// anyLevel are the levels of a demand that any agency meets.
const anyLevel = 0xFF

// Grounds say why an agency was competent (thẩm quyền) for an act.
type Grounds struct {
	Grant     subject.Grant
	Date      ledger.Date              // on which the grant had to be in force
	Territory []subject.TerritoryValue // from the producer's seat at that time up to the grant's territory; empty where territory does not matter
	Scheme    string                   // rule set whose recognisers had to include the level; empty where level does not matter
}

// agency checks that the author is an agency whose key was given the task.
func (a *acting) agency(role uint16) *verify.Error {
	if a.author.Kind != agencyKind {
		return refuse(verify.WordCompetence, "account %d is no agency%s", a.author.Account, a.where())
	}
	return a.keyRole(role)
}

// keyRole checks that the signing key was given the task.
func (a *acting) keyRole(role uint16) *verify.Error {
	if a.roles&role == 0 {
		return refuse(verify.WordSigner, "key %s was not given the task%s", a.at.Key.ID(), a.where())
	}
	return nil
}

func (a *acting) grants(agency ledger.AccountID) ([]subject.Grant, *verify.Error) {
	v := a.authorities[agency]
	if v == nil {
		return nil, a.absent(subject.Authority(agency))
	}
	return v.Grants, nil
}

// competent finds a grant with the power on the date, over the territory, of one of the levels (bit 1<<Level).
func (a *acting) competent(power uint16, date ledger.Date, territory uint32, levels uint8) (*Grounds, *verify.Error) {
	grants, refusal := a.grants(a.author.Account)
	if refusal != nil {
		return nil, refusal
	}
	chain, refusal := a.above(territory)
	if refusal != nil {
		return nil, refusal
	}
	for _, g := range grants {
		if g.Powers&power == 0 || !inForce(&g, date) || levels>>g.Level&1 == 0 {
			continue
		}
		for i := range chain {
			if chain[i].Code == g.Territory {
				return &Grounds{Grant: g, Date: date, Territory: chain[:i+1]}, nil
			}
		}
	}
	return nil, refuse(verify.WordCompetence, "agency %d had no such power on %s over territory %d at its level%s", a.author.Account, date, territory, a.where())
}

func inForce(g *subject.Grant, d ledger.Date) bool {
	return g.From <= d && (g.Until == 0 || d <= g.Until)
}

// holds finds a grant with the power on the date, anywhere.
func (a *acting) holds(power uint16, date ledger.Date) (*Grounds, *verify.Error) {
	grants, refusal := a.grants(a.author.Account)
	if refusal != nil {
		return nil, refusal
	}
	for _, g := range grants {
		if g.Powers&power != 0 && inForce(&g, date) {
			return &Grounds{Grant: g, Date: date}, nil
		}
	}
	return nil, refuse(verify.WordCompetence, "agency %d had no such power on %s%s", a.author.Account, date, a.where())
}

// above lists a territory and those above it.
func (a *acting) above(code uint32) (chain []subject.TerritoryValue, refusal *verify.Error) {
	for code != 0 && len(chain) < maxTerritoryDepth {
		t := a.territories[code]
		if t == nil {
			return nil, a.absent(subject.Territory(code))
		}
		chain = append(chain, *t)
		code = t.Parent
	}
	return chain, nil
}

// levelsAbove are the levels above the highest at which an agency certifies.
func (a *acting) levelsAbove(issuer ledger.AccountID) (uint8, *verify.Error) {
	grants, refusal := a.grants(issuer)
	if refusal != nil {
		return 0, refusal
	}
	highest := subject.Level(0)
	for _, g := range grants {
		if g.Powers&subject.PowerCertify != 0 {
			highest = max(highest, g.Level)
		}
	}
	return anyLevel << (highest + 1) & anyLevel, nil
}

// speaksFor checks that the author is a product's producer, or an agency with the power over the producer's seat.
func (a *acting) speaksFor(producer *subject.AccountValue, power uint16) *verify.Error {
	if a.author.Account == producer.Account {
		return a.keyRole(subject.KeyTrade)
	}
	if refusal := a.agency(subject.KeyRegister); refusal != nil {
		return refusal
	}
	_, refusal := a.competent(power, a.today, producer.Territory, anyLevel)
	return refusal
}
