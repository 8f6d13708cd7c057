package chaintest

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Lots of the story since protocol version 4 that are made of others: Blend of CoffeeLot and PepperLot, GiftBox of Blend and HoneyLot.
var (
	Blend   = ledger.LotID{Product: Coffee, Lot: "PHA-01"}
	GiftBox = ledger.LotID{Product: Mango, Lot: "QUA/01"}
)

func (t *teller) supply() {
	t.draft("stamps, and a lot made of two lots; one is above the yield",
		t.Sign(Coop, Stamp(CoffeeLot, 1, 100, 250)),
		t.Sign(Coop, MadeOf(Blend, 90_010, Today, 900, From(CoffeeLot, 100_000), From(PepperLot, 10)), Stamp(Blend, 101, 1, 1)),
		t.Sign(Coop, MadeOf(Blend, 90_000, Today, 900, From(CoffeeLot, 100_000), From(PepperLot, 10)), Stamp(Blend, 101, 90, 1000)))
	given := t.Sign(Coop, t.Propose(t.Goods(Blend, 5_000, NewCoffee), House))
	t.draft("some of it goes to another producer, who makes something of it, and sells of that", given)
	t.draft("a lot made of what was made of others", t.Sign(House, Accept(ledger.SaleID{Record: given.ID})),
		t.Sign(House, MadeOf(GiftBox, 4_000, Today, 800, From(Blend, 5_000))), t.Sign(House, Retail(t.Goods(GiftBox, 10, ledger.CertificateID{}))))
	t.draft("inspections; the producer holds a lot, and the agency takes it over; nothing made of it is sold meanwhile; a picture and a telephone number",
		t.Sign(Province, Inspect(ledger.LotID{Product: Coffee}, recordv1.Outcome_OUTCOME_PASSED), Inspect(PepperLot, recordv1.Outcome_OUTCOME_FAILED)),
		t.Sign(Coop, Hold(PepperLot, "")), t.Sign(Province, Hold(PepperLot, "tạm giữ.pdf")), t.Sign(House, Retail(t.Goods(GiftBox, 20, ledger.CertificateID{}))),
		t.Sign(Coop, Picture(Coffee, "ảnh")), t.Sign(Province, compose.Act(&recordv1.SetContact{Phone: "19001234"})))
	t.Tick(time.Hour)
	t.draft("the lot is released, and one is recalled", t.Sign(Province, Release(PepperLot, "giải toả.pdf")), t.Sign(House, Retail(t.Goods(GiftBox, 30, ledger.CertificateID{}))),
		t.Sign(Province, Recall(PepperLot, "thu hồi lô.pdf")), t.Sign(House, Retail(t.Goods(GiftBox, 40, ledger.CertificateID{}))))
}

// From is grams of a lot that another is made of.
func From(l ledger.LotID, grams uint64) *recordv1.LotInput {
	return &recordv1.LotInput{Lot: compose.LotRef(l), Quantity: grams, Unit: recordv1.Unit_UNIT_GRAM}
}

// MadeOf registers a lot in grams that is made of others.
func MadeOf(l ledger.LotID, grams uint64, produced ledger.Date, yield uint32, inputs ...*recordv1.LotInput) *recordv1.Action {
	a := Lot(l, grams, produced, 0)
	a.GetRegisterLot().Inputs, a.GetRegisterLot().DeclaredYield = inputs, yield
	return a
}

// Stamp puts stamps on a lot.
func Stamp(l ledger.LotID, first uint64, count uint32, each uint64) *recordv1.Action {
	return compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(l), First: first, Count: count, PerStamp: each})
}

// Hold, Release and Recall order something of a lot, by a document unless its name is empty.
func Hold(l ledger.LotID, by string) *recordv1.Action {
	return compose.Act(&recordv1.HoldLot{Lot: compose.LotRef(l), Reason: recordv1.LotReason_LOT_REASON_AWAITING_TEST, Document: named(by)})
}

func Release(l ledger.LotID, by string) *recordv1.Action {
	return compose.Act(&recordv1.ReleaseLot{Lot: compose.LotRef(l), Reason: recordv1.ReleaseReason_RELEASE_REASON_TEST_PASSED, Document: named(by)})
}

func Recall(l ledger.LotID, by string) *recordv1.Action {
	return compose.Act(&recordv1.RecallLot{Lot: compose.LotRef(l), Reason: recordv1.LotReason_LOT_REASON_CONTAMINATED, Document: named(by)})
}

func named(paper string) *recordv1.Document {
	if paper == "" {
		return nil
	}
	return Paper(paper)
}

// Inspect enters an inspection of a lot, or of a product when the lot has no code.
func Inspect(l ledger.LotID, outcome recordv1.Outcome) *recordv1.Action {
	a := &recordv1.Inspect{Date: uint32(Today), Outcome: outcome, Kind: "ATTP", Document: Paper("biên bản.pdf"), Target: &recordv1.Inspect_Lot{Lot: compose.LotRef(l)}}
	if l.Lot == "" {
		a.Target = &recordv1.Inspect_Product{Product: compose.ProductRef(l.Product)}
	}
	return compose.Act(a)
}

// Picture gives a product a picture.
func Picture(p ledger.ProductID, what string) *recordv1.Action {
	blob := compose.Commit(compose.Salt(seed("picture")), compose.CommitName, what)
	return compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(p), Blob: blob[:]})
}
