package replay_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Accounts of the golden ledger.
const (
	coop      ledger.AccountID = 2_000_001
	household ledger.AccountID = 2_000_002 // named by a blob, without a key at first
	trader    ledger.AccountID = 5_000_001
)

var (
	coffee   = ledger.ProductID{Producer: coop, Number: 1}
	nuts     = ledger.ProductID{Producer: coop, Number: 2}
	brandy   = ledger.ProductID{Producer: coop, Number: 3}
	honey    = ledger.ProductID{Producer: household, Number: 1}
	coffeeA  = ledger.LotID{Product: coffee, Lot: "L-2026-06"}
	nutsA    = ledger.LotID{Product: nuts, Lot: "MC/07(26)"}
	act2020  = ledger.DecisionID{Issuer: province, Year: 2020, Number: "1032/QĐ-UBND"}
	act2026  = ledger.DecisionID{Issuer: province, Year: 2026, Number: "900/QĐ-UBND"}
	renewal  = ledger.DecisionID{Issuer: province, Year: 2026, Number: "955/QĐ-UBND"}
	fiveStar = ledger.DecisionID{Issuer: ministry, Year: 2026, Number: "77/QĐ-BNNMT"}
	recall   = ledger.DecisionID{Issuer: province, Year: 2026, Number: "988/QĐ-UBND"}
)

// story is a golden ledger while it is written.
type story struct {
	*world
	commitments []commitment
	possessions []possession
	rotations   []validatorPossession
}

type commitment struct {
	Name  string `json:"name"`
	Salt  string `json:"salt"`
	Value string `json:"value"`
	Hash  string `json:"hash"`
}

type possession struct {
	Account   uint64 `json:"account"`
	Epoch     uint32 `json:"epoch"`
	Roles     uint32 `json:"roles"`
	PublicKey string `json:"public_key"`
	Proof     string `json:"proof"`
}

// want is what the story says becomes of a record: 0 is accepted, ignored has no outcome.
type want = reason.Code

const (
	accepted want = 0
	ignored  want = 0xFFFF
)

// block orders records and checks what becomes of each. Then a minute passes.
func (s *story) block(flags uint8, wants []want, records ...*compose.Signed) {
	s.tb.Helper()
	s.apply(s.world.draft(flags, records...), wants...)
	s.now += 60_000
}

func (s *story) apply(o *replay.Ordered, wants ...want) *replay.Block {
	s.tb.Helper()
	block, outcomes := s.world.apply(o)
	for i, o := range outcomes {
		got := accepted
		if o.Refusal != nil {
			got = o.Refusal.Reason
		}
		if o.Status == 0 {
			got = ignored
		}
		if got != wants[i] {
			s.tb.Fatalf("block %d, record %d: %v, want %v", len(s.blocks)+1, i, o.Refusal, wants[i])
		}
	}
	return block
}

// later lets a millisecond pass, so that the same actions make another record.
func (s *story) later() *story {
	s.now++
	return s
}

func ok(n int) []want { return make([]want, n) }

func (s *story) commit(name, value string) ledger.Hash {
	salt := compose.Salt(sha256.Sum256([]byte("OCOP golden ledger, salt of " + name + " " + value)))
	hash := compose.Commit(salt, name, value)
	s.commitments = append(s.commitments, commitment{name, hexOf(salt[:]), value, hexOf(hash[:])})
	return hash
}

func (s *story) grant(account ledger.AccountID, epoch uint32, roles uint16, key string) *recordv1.KeyGrant {
	p := compose.Possession{Chain: s.genesis.Chain, Account: account, Epoch: epoch, Roles: roles}
	k := authorKey(key)
	public, proof := k.Public(), must(p.Prove(k))
	s.possessions = append(s.possessions, possession{uint64(account), epoch, uint32(roles), hexOf(public[:]), hexOf(proof[:])})
	return p.Grant(public, proof)
}

func certificate(d ledger.DecisionID, item uint16) ledger.CertificateID {
	return ledger.CertificateID{Decision: d, Item: item}
}

func document(name string) *recordv1.Document {
	return must(compose.Document(name, strings.NewReader("%PDF "+name)))
}

func open(d ledger.DecisionID, date ledger.Date, part, parts uint32, historical bool) *recordv1.Action {
	return compose.Act(&recordv1.OpenDecision{
		Decision: compose.DecisionRef(d), Date: uint32(date), Document: document(strings.ReplaceAll(d.Number, "/", "_") + ".pdf"), Part: part, Parts: parts, Historical: historical,
	})
}

func certify(id ledger.CertificateID, p ledger.ProductID, star uint32, a, b, c uint32, group string, from ledger.Date, before ledger.CertificateID) *recordv1.Action {
	return compose.Act(&recordv1.Certify{
		Certificate: compose.CertificateRef(id), Product: compose.ProductRef(p), Star: star, Scores: &recordv1.Scores{A: a, B: b, C: c, Total: a + b + c},
		MinimumsMet: true, Group: group, ValidFrom: uint32(from), ValidUntil: uint32(from.AddMonths(36).AddDays(-1)), Predecessor: compose.CertificateRef(before),
	})
}

func product(id ledger.ProductID, name *recordv1.Name, scheme, group string, unit recordv1.Unit, gtin string) *recordv1.Action {
	return compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(id), Name: name, Group: &recordv1.GroupRef{Scheme: scheme, Code: group}, Unit: unit, Gtin: gtin, Origin: thuanAn,
	})
}

func number(n uint64) *recordv1.FieldValue {
	return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
}

func words(t string) *recordv1.FieldValue {
	return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: t}}
}

func blob(h ledger.Hash) *recordv1.FieldValue {
	return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Hash{Hash: h[:]}}
}

func empty() *recordv1.FieldValue {
	return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Empty{Empty: true}}
}

func change(f recordv1.Field, before, after *recordv1.FieldValue) *recordv1.FieldChange {
	return &recordv1.FieldChange{Field: f, Old: before, New: after}
}

func action(s *compose.Signed, n uint16) ledger.ActionID {
	return ledger.ActionID{Record: s.ID, Action: n}
}

func accept(sale ledger.SaleID) *recordv1.Action {
	return compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(sale)})
}

func retail(lot ledger.LotID, quantity uint64, event uint64, c ledger.CertificateID) *recordv1.Action {
	return compose.Act(&recordv1.RetailSale{Goods: goods(lot, quantity, event, c)})
}

func goods(lot ledger.LotID, quantity uint64, event uint64, c ledger.CertificateID) *recordv1.Goods {
	return &recordv1.Goods{
		Lot: compose.LotRef(lot), Quantity: quantity, Unit: recordv1.Unit_UNIT_GRAM, EventTime: event, Certificate: compose.CertificateRef(c),
	}
}

// tell writes the golden ledger of protocol version 1. It is played on fixed keys, times and texts, and is never changed.
func tell(tb testing.TB) *story {
	s := &story{world: newWorld(tb, newGenesis(1, chainName, at(2026, time.September, 1, 9, 0)))}
	s.now += 60_000
	registrations := s.registers()
	s.keys()
	s.certifies()
	s.corrects(registrations)
	s.trades()
	s.revokes()
	s.ends()
	return s
}

// registers makes accounts and products; it returns the record with the cooperative's account and that with its coffee.
func (s *story) registers() [2]*compose.Signed {
	coopRecord := s.sign(province, "2", compose.Act(&recordv1.RegisterAccount{
		Account: uint64(coop), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 3, Name: compose.RegisterName("HTX Nông nghiệp Công Bằng Thuận An"),
		Territory: thuanAn, BusinessNumber: "6000123456", Key: s.grant(coop, 1, ownRoles, "coop"),
	}))
	hidden := s.commit(compose.CommitName, "Hộ kinh doanh Nguyễn Thị Mẫu")
	householdRecord := s.sign(province, "2", compose.Act(&recordv1.RegisterAccount{
		Account: uint64(household), Kind: recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, Roles: 3, Name: compose.BlobName(hidden), Territory: thuanAn,
	}), product(honey, compose.RegisterName("Mật ong hoa cà phê"), "RS-2025", "food", recordv1.Unit_UNIT_GRAM, ""))
	traderRecord := s.sign(department, "5", compose.Act(&recordv1.RegisterAccount{
		Account: uint64(trader), Kind: recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, Roles: 2, Name: compose.RegisterName("Công ty TNHH Nông sản Sạch"),
		Territory: dakNong, BusinessNumber: "6400987654-001", Key: s.grant(trader, 1, ownRoles, "trader"),
	}))
	s.block(0, ok(3), coopRecord, householdRecord, traderRecord)

	secret := s.commit(compose.CommitName, "Rượu cần chưa công bố")
	products := s.sign(coop, "coop",
		product(coffee, compose.RegisterName("Cà phê bột Đắk Dam"), "RS-2019", "drinks", recordv1.Unit_UNIT_GRAM, "08935000100011"),
		product(nuts, compose.RegisterName("Hạt mắc ca sấy"), "RS-2025", "food", recordv1.Unit_UNIT_GRAM, ""),
		product(brandy, compose.BlobName(secret), "RS-2025", "drinks", recordv1.Unit_UNIT_MILLILITRE, "18935000100018"),
	)
	s.block(ledger.FlagCosign, ok(1), products)
	return [2]*compose.Signed{coopRecord, products}
}

// keys binds a key later, rotates one and shows that the old one signs no more.
func (s *story) keys() {
	s.block(0, ok(1), s.sign(province, "2", compose.Act(&recordv1.BindKey{Account: uint64(household), Epoch: 1, Key: s.grant(household, 1, ownRoles, "household")})))
	old := authorKey("trader").Public()
	s.block(0, ok(2),
		s.sign(trader, "trader", compose.Act(&recordv1.BindKey{Account: uint64(trader), Epoch: 2, Key: s.grant(trader, 2, ownRoles, "trader 2")})),
		s.sign(trader, "trader 2", compose.Act(&recordv1.RetireKey{Account: uint64(trader), PublicKey: old[:], Reason: recordv1.RetireReason_RETIRE_REASON_ROTATED})),
	)
	s.block(0, ok(1), s.sign(province, "2",
		compose.Act(&recordv1.BindKey{Account: uint64(province), Epoch: 2, Key: s.grant(province, 2, subject.KeyCertify, "officer")}),
		compose.Act(&recordv1.BindKey{Account: uint64(household), Epoch: 2, Key: s.grant(household, 2, subject.KeyGovern, "household spare")}),
	))
	lot := compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(coffeeA), Quantity: 1, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260601})
	s.block(0, []want{reason.KeyRetired, reason.NotTheProducer}, s.sign(trader, "trader", lot), s.sign(trader, "trader 2", lot))
}

// certifies imports a Decision of 2020 in two parts, and adds Decisions of 2026 that renew certificates.
func (s *story) certifies() {
	day2020 := ledger.Date(20201103)
	none := ledger.CertificateID{}
	s.block(0, ok(1), s.sign(province, "2", open(act2020, day2020, 1, 2, true), certify(certificate(act2020, 1), coffee, 4, 33_00, 22_50, 30_00, "drinks", day2020, none)))
	part2 := s.sign(province, "2", open(act2020, day2020, 2, 2, true), certify(certificate(act2020, 2), honey, 3, 20_00, 15_25, 24_75, "food", day2020, none))
	today := ledger.DateAt(s.now)
	five := s.sign(ministry, "1", open(fiveStar, today, 1, 1, false), certify(certificate(fiveStar, 65535), brandy, 5, 38_00, 24_00, 33_50, "drinks", today, none))
	s.block(0, ok(2), part2, five)
	// The certificate of 2020 has expired; its renewal leaves its last day alone. That of the nuts, renewed below, is cut short.
	s.block(ledger.FlagCosign, ok(1), s.sign(province, "2", open(act2026, today, 1, 1, false),
		certify(certificate(act2026, 1), coffee, 4, 36_00, 20_00, 29_00, "drinks", today, certificate(act2020, 1)),
		certify(certificate(act2026, 2), nuts, 3, 30_00, 15_00, 20_00, "food", today, none)))
	s.now = at(2026, time.September, 21, 8, 0)
	later := ledger.DateAt(s.now)
	s.elect(ministry)
	s.block(0, ok(1), s.sign(province, "2", open(renewal, later, 1, 1, false), certify(certificate(renewal, 1), nuts, 4, 33_00, 18_00, 25_00, "food", later, certificate(act2026, 2))))
}

// corrects mends a product, an account and a certificate, beside records that are refused.
func (s *story) corrects(registrations [2]*compose.Signed) {
	stated := s.opener(act2026)
	scores := &recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(certificate(act2026, 1))}, Wrong: compose.ActionRef(ledger.ActionID{Record: stated, Action: 1}),
		Changes: []*recordv1.FieldChange{
			change(recordv1.Field_FIELD_SCORE_A, number(36_00), number(35_00)), change(recordv1.Field_FIELD_SCORE_TOTAL, number(85_00), number(84_00)),
		},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_DIFFERS_FROM_DOCUMENT, Document: document("bien-ban.pdf"),
	}
	// What begins a day later is renewed a day later: two certificates and their product change.
	begun := ledger.DateAt(s.now)
	moved := &recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(certificate(renewal, 1))}, Wrong: compose.ActionRef(ledger.ActionID{Record: s.opener(renewal), Action: 1}),
		Changes: []*recordv1.FieldChange{
			change(recordv1.Field_FIELD_STAR, number(4), number(3)),
			change(recordv1.Field_FIELD_VALID_FROM, number(uint64(begun)), number(uint64(begun.AddDays(1)))),
			change(recordv1.Field_FIELD_GROUP, words("food"), words("herbs")),
		},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}
	s.block(0, []want{accepted, reason.OldValueDiffers}, s.sign(province, "2", compose.Act(scores), compose.Act(moved)), s.later().sign(province, "2", compose.Act(scores)))
	s.block(0, []want{reason.NotTheAuthor, accepted, accepted, reason.CertifiedNeedsAgency},
		s.sign(neighbour, "3", compose.Act(scores)),
		s.sign(province, "2", compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Product{Product: compose.ProductRef(coffee)}, Wrong: compose.ActionRef(action(registrations[1], 0)),
			Changes: []*recordv1.FieldChange{
				change(recordv1.Field_FIELD_NAME, words("Cà phê bột Đắk Dam"), words("Cà phê bột Đắk Đam")),
				change(recordv1.Field_FIELD_GTIN, words("08935000100011"), empty()),
			},
			Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
		})),
		s.sign(province, "2", compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Account{Account: uint64(coop)}, Wrong: compose.ActionRef(action(registrations[0], 0)),
			Changes: []*recordv1.FieldChange{
				change(recordv1.Field_FIELD_NAME, words("HTX Nông nghiệp Công Bằng Thuận An"), blob(s.commit(compose.CommitName, "Tổ hợp tác Công Bằng"))),
				change(recordv1.Field_FIELD_TERRITORY, number(uint64(thuanAn)), number(uint64(dakNong))),
				change(recordv1.Field_FIELD_BUSINESS_NUMBER, words("6000123456"), words("6000123456-1")),
				change(recordv1.Field_FIELD_ACCOUNT_KIND, number(3), number(4)),
			},
			Reason: recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED,
		})),
		s.sign(coop, "coop", compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Product{Product: compose.ProductRef(nuts)}, Wrong: compose.ActionRef(action(registrations[1], 1)),
			Changes: []*recordv1.FieldChange{change(recordv1.Field_FIELD_TERRITORY, number(uint64(thuanAn)), number(uint64(dakNong)))},
			Reason:  recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
		})),
	)
}

// opener is the record that opened a Decision.
func (s *story) opener(d ledger.DecisionID) ledger.RecordID {
	for _, b := range s.blocks {
		for _, c := range b.Changes {
			if c.ID.String() == "decision "+d.String() {
				return c.Entries[0].Record
			}
		}
	}
	s.tb.Fatalf("no Decision %v", d)
	return ledger.RecordID{}
}

// trades sells in all ways: agreed, to an outside business, to consumers; late, with and without the claim.
func (s *story) trades() {
	claim := certificate(act2026, 1)
	s.block(0, ok(1), s.sign(coop, "coop",
		compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(coffeeA), Quantity: 1_000_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260615, Expires: 20280615}),
		compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(nutsA), Quantity: 50_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260701}),
	))
	price, terms := s.commit(compose.CommitPrice, "90000 VND/kg"), s.commit(compose.CommitTerms, "giao tại kho, trả sau 30 ngày")
	agreed := goods(coffeeA, 400_000, s.now, claim)
	agreed.Price, agreed.Terms = price[:], terms[:]
	buyer := s.commit(compose.CommitBuyer, "Quán cà phê Mẫu, Buôn Ma Thuột")
	outside := goods(coffeeA, 20_000, s.now, claim)
	outside.Price = price[:]
	sales := s.sign(coop, "coop",
		compose.Act(&recordv1.ProposeSale{Goods: agreed, Buyer: compose.AccountParty(trader), Lapses: s.now + 7*ledger.DayMillis}),
		compose.Act(&recordv1.OutsideSale{Goods: outside, Buyer: compose.HiddenParty(buyer)}),
		compose.Act(&recordv1.ProposeSale{Goods: goods(nutsA, 10_000, s.now, ledger.CertificateID{}), Buyer: compose.AccountParty(household), Lapses: s.now + ledger.DayMillis}),
	)
	s.block(0, ok(1), sales)
	// The order of a block decides: what the trader accepts, it can sell on.
	s.block(ledger.FlagCosign, []want{accepted, accepted, reason.MoreThanHolding, ignored},
		s.sign(trader, "trader 2", accept(action(sales, 0))),
		s.sign(trader, "trader 2", retail(coffeeA, 2_500, s.now, claim)),
		s.sign(household, "household", retail(nutsA, 10_001, s.now, ledger.CertificateID{})),
		sales, // once more: it has no second outcome
	)
	late := at(2026, time.July, 10, 10, 0)
	s.block(0, []want{accepted, accepted, reason.LateWithClaim, reason.UnknownSale},
		s.sign(coop, "coop", compose.Act(&recordv1.OutsideSale{Goods: goods(coffeeA, 5_000, late, ledger.CertificateID{}), Buyer: compose.HiddenParty(buyer)})),
		s.sign(coop, "coop", compose.Act(&recordv1.ProposeSale{Goods: goods(coffeeA, 1_000, late, ledger.CertificateID{}), Buyer: compose.AccountParty(trader), Lapses: s.now + 1})),
		s.sign(coop, "coop", retail(coffeeA, 1_000, late, claim)),
		s.sign(household, "household", accept(ledger.SaleID{Record: sales.ID, Action: 7})),
	)
}

// revokes a certificate, after which a proposal from before can still be accepted at its date.
func (s *story) revokes() {
	claim := certificate(act2026, 1)
	today := ledger.DateAt(s.now)
	yesterday := s.now - ledger.DayMillis
	revoke := compose.Act(&recordv1.Revoke{
		Certificate: compose.CertificateRef(claim), Decision: compose.DecisionRef(recall), Date: uint32(today), Document: document("988_QĐ-UBND.pdf"),
		Reason: recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY, Effective: uint32(today),
	})
	before := s.sign(coop, "coop", compose.Act(&recordv1.ProposeSale{Goods: goods(coffeeA, 3_000, yesterday, claim), Buyer: compose.AccountParty(trader), Lapses: s.now + ledger.DayMillis}))
	revocation := s.sign(province, "officer", revoke)
	after := s.sign(coop, "coop", retail(coffeeA, 500, yesterday, claim))
	s.block(0, []want{accepted, accepted, reason.ClaimAfterRevocation}, before, revocation, after)
	s.block(0, []want{accepted, reason.AlreadyRevoked}, s.sign(trader, "trader 2", accept(action(before, 0))), s.later().sign(province, "officer", revoke))
}

// ends with what leaves no block, a clock that went back, and a record of many actions.
func (s *story) ends() {
	unknown := s.sign(coop, "coop", retail(ledger.LotID{Product: honey, Lot: "X"}, 1, s.now, ledger.CertificateID{}))
	if block := s.apply(s.world.draft(0, unknown), reason.UnknownLot); block != nil {
		s.tb.Fatal("a draft of records that are turned away makes a block")
	}
	s.elect(neighbour)
	s.now -= 3_600_000
	s.block(0, ok(1), s.sign(household, "household", compose.Act(&recordv1.RegisterLot{
		Lot: compose.LotRef(ledger.LotID{Product: honey, Lot: "MO-01"}), Quantity: 7_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260901,
	})))
	s.now += 3_600_000
	var many []*recordv1.Action
	for i := range uint32(9) {
		name := "Sản phẩm mẫu số " + string(rune('1'+i))
		many = append(many, product(ledger.ProductID{Producer: household, Number: 10 + i}, compose.RegisterName(name), "RS-2025", "food", recordv1.Unit_UNIT_PIECE, ""))
	}
	doomed := append(many[:2:2], product(honey, compose.RegisterName("Mật ong rừng"), "RS-2025", "food", recordv1.Unit_UNIT_GRAM, ""))
	s.block(ledger.FlagCosign, []want{reason.ProductTaken, accepted, accepted},
		s.sign(household, "household", doomed...),
		s.sign(household, "household", many...),
		s.sign(neighbour, "3", compose.Act(&recordv1.RegisterAccount{
			Account: 3_000_001, Kind: recordv1.AccountKind_ACCOUNT_KIND_FARM, Roles: 1, Name: compose.RegisterName("Trang trại Mẫu"), Territory: lamDong,
		})),
	)
	s.block(0, []want{reason.MoreThanHolding}, s.sign(trader, "trader 2", retail(coffeeA, 999_999, s.now, ledger.CertificateID{})))
}
