package chaintest

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Accounts, products and lots of the story.
const (
	Coop     ledger.AccountID = 1_000_001
	House    ledger.AccountID = 1_000_002
	Trader   ledger.AccountID = 1_000_003
	Nobody   ledger.AccountID = 1_000_999 // never registered
	Today    ledger.Date      = 20260302
	TheGTIN                   = "08930000000002"
	Rotated                   = "1000003 second" // the trader's second key
	lateDays                  = 50
)

// Subjects of the story.
var (
	Coffee = ledger.ProductID{Producer: Coop, Number: 1}
	Pepper = ledger.ProductID{Producer: Coop, Number: 2}
	Honey  = ledger.ProductID{Producer: House, Number: 1}
	Mango  = ledger.ProductID{Producer: House, Number: 2}

	Old     = ledger.DecisionID{Issuer: Province, Year: 2020, Number: "1032/QĐ-UBND"}
	Current = ledger.DecisionID{Issuer: Province, Year: 2026, Number: "77/QĐ-UBND"}

	OldCoffee = ledger.CertificateID{Decision: Old, Item: 1}
	NewCoffee = ledger.CertificateID{Decision: Current, Item: 1}
	ThePepper = ledger.CertificateID{Decision: Current, Item: 2}
	TheHoney  = ledger.CertificateID{Decision: Current, Item: 3}

	CoffeeLot = ledger.LotID{Product: Coffee, Lot: "L-2026-01"}
	PepperLot = ledger.LotID{Product: Pepper, Lot: "P.2026.01"}
	HoneyLot  = ledger.LotID{Product: Honey, Lot: "M/01"}
)

// Draft is a draft of a story: the bytes and where raft put them.
type Draft struct {
	Note        string // what happens, in a sentence
	Index, Term uint64
	Data        []byte
	Records     []*compose.Signed
}

// teller collects drafts.
type teller struct {
	*World
	drafts []Draft
}

func (t *teller) draft(note string, records ...*compose.Signed) {
	t.Tick(time.Minute)
	data := t.Draft(records...)
	t.drafts = append(t.drafts, Draft{note, t.Index, t.Term, data, records})
}

// Story tells of everything that the genesis' protocol version knows: every kind of action, and every way in which a record is not accepted.
func (w *World) Story() []Draft {
	t := &teller{World: w}
	t.registrations()
	t.certificates()
	t.trade()
	t.mistakes()
	if w.Genesis.Body.Protocol >= compose.SchemaSupply {
		t.supply()
	}
	t.rotations()
	if w.Genesis.Body.Protocol >= compose.SchemaMembership {
		t.members()
	}
	return t.drafts
}

func (t *teller) registrations() {
	t.draft("accounts: with a key, without one under a blob name, with a business number; products by the agency",
		t.Sign(Province, t.Cooperative(Coop, "HTX Nông nghiệp Công Bằng Thuận An"), Household(House)),
		t.Sign(Province, t.Enterprise(Trader, "Công ty TNHH Hồng Đức", "6400123456")),
		t.Sign(Province, Product(Coffee, "Cà phê bột Đắk Đam", TheGTIN), Product(Honey, "Mật ong rừng", "")))
	t.draft("a first key is bound by the agency, and the holder registers a product itself",
		t.Sign(Province, compose.Act(&recordv1.BindKey{Account: uint64(House), Epoch: 1, Key: t.Grant(House, House.String(), 1)})),
		t.Sign(House, Product(Mango, "Xoài Đắk Gằn", "")),
		t.Sign(Coop, Product(Pepper, "Hồ tiêu hữu cơ", "")))
}

func (t *teller) certificates() {
	t.draft("a Decision of 2020 is imported",
		t.Sign(Province, Open(Old, 20201103, 1, 1, true), drinks(Certify(OldCoffee, Coffee, 3, 20201103, ledger.CertificateID{}))))
	first := t.Sign(Province, Open(Current, 20260220, 1, 2, false), Certify(NewCoffee, Coffee, 4, 20260220, OldCoffee),
		Certify(ThePepper, Pepper, 3, 20260220, ledger.CertificateID{}))
	t.draft("a Decision in two parts: a renewal and two new certificates", first,
		t.Sign(Province, Open(Current, 20260220, 2, 2, false), Certify(TheHoney, Honey, 3, 20260220, ledger.CertificateID{})))
	registered := t.drafts[0].Records[2]
	t.draft("corrections of a certificate, a product and an account",
		t.Sign(Province, compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(NewCoffee)}, Wrong: compose.ActionRef(ledger.ActionID{Record: first.ID, Action: 1}),
			Changes: []*recordv1.FieldChange{Change(recordv1.Field_FIELD_VALID_UNTIL, 20290219, 20290220)},
			Reason:  recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR, Document: Paper("đính chính.pdf"),
		})),
		t.Sign(Province, compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Product{Product: compose.ProductRef(Honey)}, Wrong: compose.ActionRef(ledger.ActionID{Record: registered.ID, Action: 1}),
			Changes: []*recordv1.FieldChange{Rename(recordv1.Field_FIELD_NAME, "Mật ong rừng", "Mật ong rừng Thuận An")},
			Reason:  recordv1.CorrectionReason_CORRECTION_REASON_DIFFERS_FROM_DOCUMENT,
		}), compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Account{Account: uint64(Trader)}, Wrong: compose.ActionRef(ledger.ActionID{Record: t.drafts[0].Records[1].ID}),
			Changes: []*recordv1.FieldChange{Change(recordv1.Field_FIELD_TERRITORY, uint64(DistA), uint64(Commune)),
				Rename(recordv1.Field_FIELD_BUSINESS_NUMBER, "6400123456", "6400123457")},
			Reason: recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED,
		})))
}

// drinks puts an old certificate into the group it was in.
func drinks(a *recordv1.Action) *recordv1.Action {
	a.GetCertify().Group = "drinks"
	return a
}

func (t *teller) trade() {
	t.draft("lots",
		t.Sign(Coop, Lot(CoffeeLot, 500_000, 20251230, 20271230), Lot(PepperLot, 80_000, 20260215, 0)),
		t.Sign(House, Lot(HoneyLot, 20_000, 20260220, 0)))
	proposal := t.Sign(Coop, t.Propose(Secret(t.Goods(CoffeeLot, 120_000, NewCoffee), "1"), Trader), t.Propose(t.Goods(PepperLot, 5_000, ThePepper), Trader))
	t.draft("sales are proposed, with commitments to price and terms", proposal)
	t.Elect(Ministry)
	t.draft("under another proposer one is accepted, others are to a consumer and to a business without an account; one is entered late",
		t.Sign(Trader, Accept(ledger.SaleID{Record: proposal.ID})),
		t.Sign(Coop, Retail(t.Goods(CoffeeLot, 1_500, NewCoffee)), Outside(t.Goods(CoffeeLot, 30_000, ledger.CertificateID{}))),
		t.Sign(Coop, t.Propose(t.late(t.Goods(CoffeeLot, 10_000, ledger.CertificateID{})), Trader)))
	t.Tick(24 * time.Hour)
	t.draft("a certificate is revoked the next day; a sale proposed before is accepted after", t.Sign(Province, Revoke(ThePepper, "91/QĐ-UBND", 20260303)),
		t.Sign(Trader, Accept(ledger.SaleID{Record: proposal.ID, Action: 1})))
	t.draft("a key is rotated", t.Sign(Trader, compose.Act(&recordv1.BindKey{Account: uint64(Trader), Epoch: 2, Key: t.Grant(Trader, Rotated, 2)})),
		t.SignWith(Trader, Rotated, t.retire(Trader.String())))
	t.draft("the new key trades", t.SignWith(Trader, Rotated, Retail(t.Goods(CoffeeLot, 700, NewCoffee))))
}

func (w *World) late(g *recordv1.Goods) *recordv1.Goods {
	g.EventTime -= lateDays * ledger.DayMillis
	return g
}

func (w *World) retire(key string) *recordv1.Action {
	public := w.Key(key).Public()
	return compose.Act(&recordv1.RetireKey{Account: uint64(Trader), PublicKey: public[:], Reason: recordv1.RetireReason_RETIRE_REASON_ROTATED})
}

func (t *teller) mistakes() {
	tooMuch := t.Sign(House, Retail(t.Goods(HoneyLot, 20_001, TheHoney)))
	good := t.Sign(House, Retail(t.Goods(HoneyLot, 1, TheHoney)))
	t.draft("one sale is above the stock, one under a revoked certificate after two days, one with a retired key: refused; one is good",
		tooMuch, good, t.Sign(Coop, Lot(ledger.LotID{Product: Pepper, Lot: "P.2"}, 10, Today, 0), Retail(t.Goods(CoffeeLot, 900_000, ledger.CertificateID{}))),
		t.Sign(Trader, Retail(t.Goods(CoffeeLot, 1, ledger.CertificateID{}))))
	t.draft("only duplicates, and a record of nobody: nothing is sealed", tooMuch, good, t.SignWith(Nobody, "nobody", Retail(t.Goods(HoneyLot, 1, ledger.CertificateID{}))))
	t.draft("nothing but a refusal", t.Sign(House, Lot(HoneyLot, 1, Today, 0)))
	last := t.Sign(House, Retail(t.Goods(HoneyLot, 2, ledger.CertificateID{})))
	t.Now -= 10 * ledger.DayMillis
	t.draft("the proposer's clock is behind: block time does not go back", last)
	t.Now += 10 * ledger.DayMillis
}
