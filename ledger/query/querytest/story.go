package querytest

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Story is a small ledger on which much has happened: a coffee whose certificate was renewed and corrected and of which a lot is traded, a pepper
// whose certificate was revoked, a honey that was never certified.
type Story struct {
	*World
	t testing.TB

	Coffee, Pepper, Honey           ledger.ProductID
	OldCoffee, NewCoffee, ThePepper ledger.CertificateID
	Lot                             ledger.LotID
}

// Accounts of the story.
const (
	Cooperative ledger.AccountID = 1000001
	Household   ledger.AccountID = 1000002
	Trader      ledger.AccountID = 1000003
)

// Today is the date of the story.
const Today ledger.Date = 20260302

// Must is Do that may not fail.
func (s *Story) Must(author ledger.AccountID, actions ...*recordv1.Action) ledger.RecordID {
	s.t.Helper()
	id, err := s.Do(author, actions...)
	if err != nil {
		s.t.Fatalf("record of %d: %v", author, err)
	}
	return id
}

// NewStory tells it.
func NewStory(t testing.TB) *Story {
	s := &Story{World: Province(), t: t,
		Coffee: ledger.ProductID{Producer: Cooperative, Number: 1}, Pepper: ledger.ProductID{Producer: Cooperative, Number: 2}, Honey: ledger.ProductID{Producer: Household, Number: 1},
	}
	old := ledger.DecisionID{Issuer: 1, Year: 2020, Number: "1032/QĐ-UBND"}
	now := ledger.DecisionID{Issuer: 1, Year: 2026, Number: "77/QĐ-UBND"}
	s.OldCoffee = ledger.CertificateID{Decision: old, Item: 1}
	s.NewCoffee = ledger.CertificateID{Decision: now, Item: 1}
	s.ThePepper = ledger.CertificateID{Decision: now, Item: 2}
	s.Lot = ledger.LotID{Product: s.Coffee, Lot: "L-2026-03"}

	s.Must(1, s.Producer(Cooperative, "HTX Nông nghiệp Công Bằng Thuận An", DistrictA))
	s.Must(1,
		s.Account(Household, recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, "", DistrictB, subject.RoleProducer),
		s.Account(Trader, recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, "Công ty TNHH Hồng Đức", DistrictB, subject.RoleTrader))
	s.Must(1,
		Product(s.Coffee, "Cà phê bột Đắk Đam", "RS-2019", "drinks", DistrictA),
		Product(s.Pepper, "Hồ tiêu hữu cơ", "RS-2025", "food", DistrictA),
		Product(s.Honey, "Mật ong hoà bình", "RS-2025", "food", DistrictB))
	s.Must(1, Open(old, 20201103, true), drinks(Certify(s.OldCoffee, s.Coffee, 3, 20201103)))
	renewed := drinks(Certify(s.NewCoffee, s.Coffee, 4, 20260220))
	renewed.GetCertify().Predecessor = compose.CertificateRef(s.OldCoffee)
	certify := s.Must(1, Open(now, 20260220, false), renewed, Certify(s.ThePepper, s.Pepper, 3, 20260220))
	s.Must(Cooperative, Lot(s.Lot, 500_000, 20260225))
	s.Sell(s.Lot, 120_000)
	s.Must(Cooperative, compose.Act(&recordv1.RetailSale{Goods: s.Goods(s.Lot, 1_500, s.NewCoffee)}))
	s.Must(Cooperative, compose.Act(&recordv1.OutsideSale{Goods: s.Goods(s.Lot, 30_000, ledger.CertificateID{}), Buyer: compose.HiddenParty(ledger.Hash{1})}))
	s.Must(1, compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(s.NewCoffee)},
		Wrong:  compose.ActionRef(ledger.ActionID{Record: certify, Action: 1}),
		Changes: []*recordv1.FieldChange{{Field: recordv1.Field_FIELD_VALID_UNTIL,
			Old: &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: 20290219}},
			New: &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: 20290220}}}},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}))
	s.Must(1, compose.Act(&recordv1.Revoke{
		Certificate: compose.CertificateRef(s.ThePepper), Decision: compose.DecisionRef(ledger.DecisionID{Issuer: 1, Year: 2026, Number: "90/QĐ-UBND"}),
		Date: 20260301, Document: Paper("QĐ thu hồi.pdf"), Reason: recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY, Effective: 20260301,
	}))
	return s
}

func drinks(a *recordv1.Action) *recordv1.Action {
	a.GetCertify().Group = "drinks"
	return a
}

// Sell sells grams of the lot from the cooperative to the Trader.
func (s *Story) Sell(lot ledger.LotID, grams uint64) ledger.SaleID {
	id := ledger.SaleID{Record: s.Must(Cooperative, compose.Act(&recordv1.ProposeSale{
		Goods: s.Goods(lot, grams, s.NewCoffee), Buyer: compose.AccountParty(Trader), Lapses: s.Now + uint64(time.Hour.Milliseconds()),
	}))}
	s.Must(Trader, compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(id)}))
	return id
}
