package querytest

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Agencies and territories of Province.
const (
	ProvinceAgency ledger.AccountID = 1
	OtherAgency    ledger.AccountID = 2

	Country   uint32 = 100
	TheOther  uint32 = 66
	TheTown   uint32 = 67
	DistrictA uint32 = 6701
	DistrictB uint32 = 6702
)

// Start is the time of the genesis of Province.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("+07:00", 7*3600))

// Province is a ledger with two agencies, a country of two provinces, one of which has two districts, and two rule sets.
func Province() *World {
	w := Empty(Start)
	w.Genesis(subject.Parameters(), &subject.ParametersValue{
		BackdatingWindow: 45 * ledger.DayMillis, FutureWindow: 5 * 60_000, LongestExpiry: 30 * ledger.DayMillis, LongestLapse: 30 * ledger.DayMillis, ClockBound: 5000,
	})
	w.Genesis(subject.Protocol(), &subject.ProtocolValue{Version: 4})
	for _, t := range []subject.TerritoryValue{
		{Code: Country, Level: subject.LevelMinistry, Name: "Việt Nam"},
		{Code: TheTown, Level: subject.LevelProvince, Parent: Country, Name: "Đắk Nông"},
		{Code: TheOther, Level: subject.LevelProvince, Parent: Country, Name: "Đắk Lắk"},
		{Code: DistrictA, Level: subject.LevelDistrict, Parent: TheTown, Name: "Đắk Mil"},
		{Code: DistrictB, Level: subject.LevelDistrict, Parent: TheTown, Name: "Đắk R'lấp"},
	} {
		w.Genesis(subject.Territory(t.Code), &t)
	}
	calendar := new(subject.SchemesValue)
	for _, s := range []subject.SchemeValue{
		scheme("RS-2019", "1048/QĐ-TTg và 781/QĐ-TTg", 20190821, 20230223, 3500, 4000),
		scheme("RS-2025", "148/QĐ-TTg và 1489/QĐ-TTg", 20250706, 0, 4000, 3500),
	} {
		w.Genesis(subject.Scheme(s.ID), &s)
		calendar.Schemes = append(calendar.Schemes, subject.SchemeDates{ID: s.ID, From: s.From, Until: s.Until})
	}
	w.Genesis(subject.Schemes(), calendar)
	w.agency(ProvinceAgency, "UBND tỉnh Đắk Nông (mẫu)", TheTown)
	w.agency(OtherAgency, "UBND tỉnh Đắk Lắk (mẫu)", TheOther)
	return w
}

func scheme(id, source string, from, until ledger.Date, a, c uint32) subject.SchemeValue {
	return subject.SchemeValue{
		ID: id, Source: source, From: from, Until: until, MaxA: a, MaxB: 2500, MaxC: c,
		Bands: []subject.Band{
			{Star: 3, Lowest: 5000, Recognisers: 1 << subject.LevelProvince},
			{Star: 4, Lowest: 7000, Recognisers: 1 << subject.LevelProvince},
			{Star: 5, Lowest: 9000, Recognisers: 1 << subject.LevelMinistry},
		},
		Groups:         []subject.Group{{Code: "drinks", Name: "Đồ uống"}, {Code: "food", Name: "Thực phẩm"}},
		ValidityMonths: 36, ValidityDays: 1,
	}
}

func (w *World) agency(id ledger.AccountID, name string, territory uint32) {
	w.Genesis(subject.Authority(id), &subject.AuthorityValue{Agency: id, Grants: []subject.Grant{{
		Level: subject.LevelProvince, Territory: territory, Powers: 0x7f, From: 20000101,
	}}})
	w.Genesis(subject.Account(id), &subject.AccountValue{
		Account: id, Kind: uint8(recordv1.AccountKind_ACCOUNT_KIND_AGENCY), Roles: subject.RoleAgency, Name: subject.Name{Register: name}, Territory: territory,
		Registrar: id, Stated: ledger.ActionID{Action: ledger.WholeRecord}, Epoch: 1,
		Keys: []subject.Key{{PublicKey: Key(id).Public(), Roles: 0xf, Bound: 1}},
	})
	w.Genesis(subject.Activity(id), &subject.ActivityValue{})
}

// Actions that tests need again and again.

// Account registers an account with a key; natural persons are named by a blob.
func (w *World) Account(id ledger.AccountID, kind recordv1.AccountKind, name string, territory uint32, roles uint32) *recordv1.Action {
	keyRoles := uint32(subject.KeyTrade | subject.KeyGovern)
	public := Key(id).Public()
	proof, err := (&ident.KeyPossession{Chain: w.Chain, Account: uint64(id), Epoch: 1, Roles: keyRoles}).Prove(Key(id))
	if err != nil {
		panic(err)
	}
	shown := compose.RegisterName(name)
	if name == "" {
		shown = compose.BlobName(sha256.Sum256(fmt.Append(nil, id)))
	}
	return compose.Act(&recordv1.RegisterAccount{
		Account: uint64(id), Kind: kind, Roles: roles, Name: shown, Territory: territory,
		Key: &recordv1.KeyGrant{PublicKey: public[:], Roles: keyRoles, Proof: proof[:]},
	})
}

// Producer registers a cooperative as producer and trader.
func (w *World) Producer(id ledger.AccountID, name string, territory uint32) *recordv1.Action {
	return w.Account(id, recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, name, territory, subject.RoleProducer|subject.RoleTrader)
}

// Product registers a product counted in grams.
func Product(id ledger.ProductID, name, scheme, group string, origin uint32) *recordv1.Action {
	return compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(id), Name: compose.RegisterName(name), Group: &recordv1.GroupRef{Scheme: scheme, Code: group},
		Unit: recordv1.Unit_UNIT_GRAM, Origin: origin,
	})
}

// Paper describes a document.
func Paper(name string) *recordv1.Document {
	h := sha256.Sum256([]byte(name))
	return &recordv1.Document{Sha256: h[:], Size: 123_456, Name: name}
}

// Open opens a Decision in one part.
func Open(d ledger.DecisionID, date ledger.Date, historical bool) *recordv1.Action {
	return compose.Act(&recordv1.OpenDecision{
		Decision: compose.DecisionRef(d), Date: uint32(date), Document: Paper("QĐ.pdf"), Part: 1, Parts: 1, Historical: historical,
	})
}

// Certify certifies a product for three years.
func Certify(c ledger.CertificateID, p ledger.ProductID, star uint32, from ledger.Date) *recordv1.Action {
	a, b, cc := uint32(2500), uint32(1500), uint32(2000)
	if star == 4 {
		a, b, cc = 3100, 2000, 2950
	}
	return compose.Act(&recordv1.Certify{
		Certificate: compose.CertificateRef(c), Product: compose.ProductRef(p), Star: star,
		Scores: &recordv1.Scores{A: a, B: b, C: cc, Total: a + b + cc}, MinimumsMet: true, Group: "food",
		ValidFrom: uint32(from), ValidUntil: uint32(from.AddMonths(36).AddDays(-1)),
	})
}

// Lot registers a lot.
func Lot(l ledger.LotID, grams uint64, produced ledger.Date) *recordv1.Action {
	return compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(l), Quantity: grams, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(produced)})
}

// Goods are grams of a lot that change hands now; a zero certificate makes no claim.
func (w *World) Goods(l ledger.LotID, grams uint64, c ledger.CertificateID) *recordv1.Goods {
	return &recordv1.Goods{
		Lot: compose.LotRef(l), Quantity: grams, Unit: recordv1.Unit_UNIT_GRAM, EventTime: w.Now, Certificate: compose.CertificateRef(c),
	}
}
