package chaintest

import (
	"crypto/sha256"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Cooperative registers a producer that is a cooperative, with its first key.
func (w *World) Cooperative(id ledger.AccountID, name string) *recordv1.Action {
	return compose.Act(&recordv1.RegisterAccount{
		Account: uint64(id), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: subject.RoleProducer | subject.RoleTrader,
		Name: compose.RegisterName(name), Territory: Commune, Key: w.Grant(id, id.String(), 1),
	})
}

// Enterprise registers a trader that is an enterprise, with its first key.
func (w *World) Enterprise(id ledger.AccountID, name, number string) *recordv1.Action {
	return compose.Act(&recordv1.RegisterAccount{
		Account: uint64(id), Kind: recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, Roles: subject.RoleTrader,
		Name: compose.RegisterName(name), Territory: DistA, BusinessNumber: number, Key: w.Grant(id, id.String(), 1),
	})
}

// Household registers a producer that is a natural person's business: named by a blob, without a key.
func Household(id ledger.AccountID) *recordv1.Action {
	return compose.Act(&recordv1.RegisterAccount{
		Account: uint64(id), Kind: recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, Roles: subject.RoleProducer,
		Name: compose.BlobName(compose.Commit(HouseholdSalt(id), compose.CommitName, HouseholdName)), Territory: Commune,
	})
}

// HouseholdName is the name of every Household, under a salt of its own.
const HouseholdName = "Hộ kinh doanh"

// HouseholdSalt is the salt of a Household's name.
func HouseholdSalt(id ledger.AccountID) compose.Salt {
	return compose.Salt(seed("blob " + id.String()))
}

// Product registers a product in grams.
func Product(id ledger.ProductID, name, gtin string) *recordv1.Action {
	return compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(id), Name: compose.RegisterName(name), Group: &recordv1.GroupRef{Scheme: "RS-2025", Code: "food"},
		Unit: recordv1.Unit_UNIT_GRAM, Gtin: gtin, Origin: Commune,
	})
}

// Paper is a document.
func Paper(name string) *recordv1.Document {
	h := sha256.Sum256([]byte(name))
	return &recordv1.Document{Sha256: h[:], Size: 123_456, Name: name}
}

// Open opens part i of m of a Decision.
func Open(d ledger.DecisionID, date ledger.Date, part, parts uint32, historical bool) *recordv1.Action {
	return compose.Act(&recordv1.OpenDecision{
		Decision: compose.DecisionRef(d), Date: uint32(date), Document: Paper("QĐ.pdf"), Part: part, Parts: parts, Historical: historical,
	})
}

// Certify certifies a product for three years, as a renewal if there is a predecessor.
func Certify(c ledger.CertificateID, p ledger.ProductID, star uint32, from ledger.Date, predecessor ledger.CertificateID) *recordv1.Action {
	a, b, cc := uint32(25_00), uint32(15_00), uint32(20_00)
	if star == 4 {
		a, b, cc = 31_00, 20_00, 29_50
	}
	return compose.Act(&recordv1.Certify{
		Certificate: compose.CertificateRef(c), Product: compose.ProductRef(p), Star: star,
		Scores: &recordv1.Scores{A: a, B: b, C: cc, Total: a + b + cc}, MinimumsMet: true, Group: "food",
		ValidFrom: uint32(from), ValidUntil: uint32(from.AddMonths(36).AddDays(-1)), Predecessor: compose.CertificateRef(predecessor),
	})
}

// Revoke revokes a certificate by a Decision of the province.
func Revoke(c ledger.CertificateID, number string, date ledger.Date) *recordv1.Action {
	return compose.Act(&recordv1.Revoke{
		Certificate: compose.CertificateRef(c), Decision: compose.DecisionRef(ledger.DecisionID{Issuer: Province, Year: date.Year(), Number: number}),
		Date: uint32(date), Document: Paper("thu hồi.pdf"), Reason: recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY, Effective: uint32(date),
	})
}

// Change changes a number in a correction.
func Change(field recordv1.Field, old, new uint64) *recordv1.FieldChange {
	number := func(n uint64) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
	}
	return &recordv1.FieldChange{Field: field, Old: number(old), New: number(new)}
}

// Rename changes a text in a correction; empty: there is none.
func Rename(field recordv1.Field, old, new string) *recordv1.FieldChange {
	text := func(s string) *recordv1.FieldValue {
		if s == "" {
			return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Empty{Empty: true}}
		}
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}
	}
	return &recordv1.FieldChange{Field: field, Old: text(old), New: text(new)}
}

// Lot registers a lot in grams.
func Lot(l ledger.LotID, grams uint64, produced, expires ledger.Date) *recordv1.Action {
	return compose.Act(&recordv1.RegisterLot{
		Lot: compose.LotRef(l), Quantity: grams, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(produced), Expires: uint32(expires),
	})
}

// Goods are grams of a lot that change hands now. A zero certificate makes no claim.
func (w *World) Goods(l ledger.LotID, grams uint64, c ledger.CertificateID) *recordv1.Goods {
	return &recordv1.Goods{
		Lot: compose.LotRef(l), Quantity: grams, Unit: recordv1.Unit_UNIT_GRAM, EventTime: w.Now, Certificate: compose.CertificateRef(c),
	}
}

// Secret adds commitments to price and terms.
func Secret(g *recordv1.Goods, salt string) *recordv1.Goods {
	price := compose.Commit(compose.Salt(seed("salt "+salt)), compose.CommitPrice, "185000 VND/kg")
	terms := compose.Commit(compose.Salt(seed("salt "+salt)), compose.CommitTerms, "giao tại kho")
	g.Price, g.Terms = price[:], terms[:]
	return g
}

// Propose proposes a sale that lapses in a week.
func (w *World) Propose(g *recordv1.Goods, buyer ledger.AccountID) *recordv1.Action {
	return compose.Act(&recordv1.ProposeSale{Goods: g, Buyer: compose.AccountParty(buyer), Lapses: w.Now + 7*ledger.DayMillis})
}

// Accept accepts a sale.
func Accept(s ledger.SaleID) *recordv1.Action {
	return compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(s)})
}

// Retail sells to a consumer.
func Retail(g *recordv1.Goods) *recordv1.Action { return compose.Act(&recordv1.RetailSale{Goods: g}) }

// Outside sells to a business without an account.
func Outside(g *recordv1.Goods) *recordv1.Action {
	return compose.Act(&recordv1.OutsideSale{Goods: g, Buyer: compose.HiddenParty(compose.Commit(compose.Salt(seed("salt buyer")), compose.CommitBuyer, "Nhà hàng"))})
}
