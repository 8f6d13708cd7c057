package querytest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Supply is the Story, and how its coffee is made: of beans that a farm grew. The beans were recalled, and what was ground of them with them; another
// lot is held; two have stamps; there were inspections, and there are a picture and somebody to call.
type Supply struct {
	*Story

	Beans                      ledger.ProductID
	BeanLot, Ground, Gift, Own ledger.LotID // Ground is made of BeanLot, Gift of Ground; Own is held by its producer
	Picture                    ledger.Hash
}

// Farm grows the beans of a Supply.
const Farm ledger.AccountID = 1000004

// Hotline is the number that the ProvinceAgency of a Supply publishes.
const Hotline = "+842613545888"

// NewSupply tells it.
func NewSupply(t testing.TB) *Supply {
	s := &Supply{Story: NewStory(t), Picture: sha256.Sum256([]byte("a picture"))}
	s.Beans = ledger.ProductID{Producer: Farm, Number: 1}
	s.BeanLot = ledger.LotID{Product: s.Beans, Lot: "N-1"}
	s.Ground = ledger.LotID{Product: s.Coffee, Lot: "L-2026-04"}
	s.Gift = ledger.LotID{Product: s.Coffee, Lot: "L-2026-05"}
	s.Own = ledger.LotID{Product: s.Pepper, Lot: "T-1"}

	s.Must(1, s.Producer(Farm, "Trang trại Đắk Sôr", DistrictA), Product(s.Beans, "Cà phê nhân", "RS-2025", "food", DistrictA))
	s.Must(Farm, Lot(s.BeanLot, 400_000, 20260226))
	s.handOver(Farm, Cooperative, s.BeanLot, 250_000)
	s.Must(Cooperative, Made(s.Ground, 150_000, 20260228, 800, s.BeanLot, 200_000))
	s.Must(Cooperative, Made(s.Gift, 40_000, 20260301, 1000, s.Ground, 50_000))
	s.Must(Cooperative, Lot(s.Own, 30_000, 20260301))
	s.Must(Cooperative, Stamp(s.Lot, 1, 900, 500), Stamp(s.Ground, 901, 100, 500), Stamp(s.Lot, 1001, 50, 1000))
	s.Must(1, Inspect(s.Coffee, ledger.LotID{}, 20260227, recordv1.Outcome_OUTCOME_PASSED, "VietGAP"),
		Inspect(s.Beans, s.BeanLot, 20260301, recordv1.Outcome_OUTCOME_FAILED, "ATTP"))
	s.Must(1, compose.Act(&recordv1.SetContact{Phone: Hotline}))
	s.Must(Cooperative, compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(s.Coffee), Blob: s.Picture[:]}))
	s.Must(Cooperative, compose.Act(&recordv1.HoldLot{Lot: compose.LotRef(s.Own), Reason: recordv1.LotReason_LOT_REASON_AWAITING_TEST}))
	s.Must(1, compose.Act(&recordv1.RecallLot{
		Lot: compose.LotRef(s.BeanLot), Reason: recordv1.LotReason_LOT_REASON_CONTAMINATED, Document: Paper("QĐ thu hồi lô.pdf"),
	}))
	return s
}

// handOver sells grams of a lot, without a claim, from one account to another.
func (s *Supply) handOver(seller, buyer ledger.AccountID, lot ledger.LotID, grams uint64) {
	id := s.Must(seller, compose.Act(&recordv1.ProposeSale{
		Goods: s.Goods(lot, grams, ledger.CertificateID{}), Buyer: compose.AccountParty(buyer), Lapses: s.Now + uint64(time.Hour.Milliseconds()),
	}))
	s.Must(buyer, compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(ledger.SaleID{Record: id})}))
}

// Made registers a lot made of another one.
func Made(l ledger.LotID, grams uint64, produced ledger.Date, yield uint32, of ledger.LotID, used uint64) *recordv1.Action {
	a := Lot(l, grams, produced)
	a.GetRegisterLot().DeclaredYield = yield
	a.GetRegisterLot().Inputs = []*recordv1.LotInput{{Lot: compose.LotRef(of), Quantity: used, Unit: recordv1.Unit_UNIT_GRAM}}
	return a
}

// Stamp puts stamps on a lot.
func Stamp(l ledger.LotID, first uint64, count uint32, each uint64) *recordv1.Action {
	return compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(l), First: first, Count: count, PerStamp: each})
}

// Inspect enters an inspection of a lot, or of the product if the lot is zero.
func Inspect(p ledger.ProductID, l ledger.LotID, date ledger.Date, outcome recordv1.Outcome, kind string) *recordv1.Action {
	a := &recordv1.Inspect{Date: uint32(date), Outcome: outcome, Kind: kind, Document: Paper("biên bản " + kind + ".pdf")}
	if l == (ledger.LotID{}) {
		a.Target = &recordv1.Inspect_Product{Product: compose.ProductRef(p)}
	} else {
		a.Target = &recordv1.Inspect_Lot{Lot: compose.LotRef(l)}
	}
	return compose.Act(a)
}
