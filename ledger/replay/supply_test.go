package replay_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Lots of the golden ledger of protocol version 4 that are made of others.
var (
	roasted = ledger.LotID{Product: coffee, Lot: "RANG-26/09"}
	liqueur = ledger.LotID{Product: brandy, Lot: "R:1"}
)

// resolvers are the hosts of the genesis, one of which will not resolve for ever.
func resolvers() []*recordv1.Resolver {
	return []*recordv1.Resolver{{Host: "ocop.daknong.example"}, {Host: "cu.daknong.example:8443", Until: 20281231}}
}

// tell4 writes the golden ledger of protocol version 4: the same story in that version, with lots made of lots, held, recalled, stamped and inspected,
// pictures, telephone numbers and other resolvers. It is never changed.
func tell4(tb testing.TB) *story {
	s := &story{world: newWorld(tb, newGenesis(4, chainName+"-4", at(2026, time.September, 1, 9, 0)))}
	s.now += 60_000
	registrations := s.registers()
	s.keys()
	s.certifies()
	s.corrects(registrations)
	s.trades()
	s.rotates()
	s.moves()
	s.governs()
	s.supplies()
	s.restrains()
	s.publishes()
	s.revokes()
	s.ends()
	return s
}

func input(lot ledger.LotID, quantity uint64) *recordv1.LotInput {
	return &recordv1.LotInput{Lot: compose.LotRef(lot), Quantity: quantity, Unit: recordv1.Unit_UNIT_GRAM}
}

func madeOf(lot ledger.LotID, quantity uint64, unit recordv1.Unit, produced ledger.Date, yield uint32, inputs ...*recordv1.LotInput) *recordv1.Action {
	return compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(lot), Quantity: quantity, Unit: unit, Produced: uint32(produced), DeclaredYield: yield, Inputs: inputs})
}

func stamps(lot ledger.LotID, first uint64, count uint32, each uint64) *recordv1.Action {
	return compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(lot), First: first, Count: count, PerStamp: each})
}

// supplies makes lots of lots and puts stamps on them.
func (s *story) supplies() {
	today := ledger.DateAt(s.now)
	s.block(0, []want{accepted, accepted, reason.SerialNotNext, accepted, reason.MoreStampsThanLot},
		s.sign(coop, "coop", stamps(coffeeA, 1, 1200, 250)), s.sign(coop, "coop", stamps(nutsA, 1, 40, 500), stamps(nutsA, 41, 5, 1000)),
		s.sign(coop, "coop", stamps(coffeeA, 1200, 10, 250)), s.sign(coop, "coop", stamps(coffeeA, 1201, 100, 1000)), s.sign(coop, "coop", stamps(nutsA, 46, 1, 25_001)))
	s.block(ledger.FlagCosign, []want{reason.MoreThanYield, accepted, reason.InputNotHeld, reason.YieldMissing},
		s.sign(coop, "coop", madeOf(roasted, 85_001, recordv1.Unit_UNIT_GRAM, today, 850, input(coffeeA, 100_000))),
		s.sign(coop, "coop", madeOf(roasted, 84_000, recordv1.Unit_UNIT_GRAM, today, 850, input(coffeeA, 100_000)), stamps(roasted, 1301, 84, 1000)),
		s.sign(coop, "coop", madeOf(liqueur, 1, recordv1.Unit_UNIT_MILLILITRE, today, 1000, input(roasted, 84_001))),
		s.sign(coop, "coop", madeOf(liqueur, 1, recordv1.Unit_UNIT_MILLILITRE, today, 0, input(roasted, 1))))
	s.block(0, ok(2),
		s.sign(coop, "coop", madeOf(liqueur, 30_000, recordv1.Unit_UNIT_MILLILITRE, today, 10_000, input(roasted, 1000), input(nutsA, 2000))),
		s.sign(coop, "coop", retail(roasted, 500, s.now, certificate(act2026, 1))))
}

func (s *story) glass(quantity uint64) *recordv1.Action {
	g := goods(liqueur, quantity, s.now, ledger.CertificateID{})
	g.Unit = recordv1.Unit_UNIT_MILLILITRE
	return compose.Act(&recordv1.RetailSale{Goods: g})
}

// restrains lots: what was made of them goes with them.
func (s *story) restrains() {
	nutsHeld := &recordv1.HoldLot{Lot: compose.LotRef(nutsA), Reason: recordv1.LotReason_LOT_REASON_AWAITING_TEST}
	released := &recordv1.ReleaseLot{Lot: compose.LotRef(nutsA), Reason: recordv1.ReleaseReason_RELEASE_REASON_TEST_PASSED}
	s.block(0, []want{accepted, reason.LotHeld, reason.LotAlreadyHeld, accepted},
		s.sign(coop, "coop", compose.Act(nutsHeld)), s.sign(coop, "coop", s.glass(100)), s.later().sign(coop, "coop", compose.Act(nutsHeld)),
		s.sign(province, "2", compose.Act(&recordv1.HoldLot{Lot: compose.LotRef(nutsA), Reason: recordv1.LotReason_LOT_REASON_COMPLAINTS, Document: document("tam-giu.pdf")})))
	s.block(0, []want{reason.HeldByAgency, reason.DocumentRequired, accepted, accepted},
		s.sign(coop, "coop", compose.Act(released)), s.sign(province, "2", compose.Act(released)),
		s.sign(ministry, "1", compose.Act(&recordv1.ReleaseLot{Lot: compose.LotRef(nutsA), Reason: recordv1.ReleaseReason_RELEASE_REASON_CORRECTED, Document: document("giai-toa.pdf")})),
		s.sign(coop, "coop", s.glass(100)))
	inspect := func(outcome recordv1.Outcome, date ledger.Date, kind string) *recordv1.Inspect {
		return &recordv1.Inspect{Date: uint32(date), Outcome: outcome, Kind: kind, Document: document("bien-ban-" + kind + ".pdf")}
	}
	today := ledger.DateAt(s.now)
	passed, failed := inspect(recordv1.Outcome_OUTCOME_PASSED, today, "VietGAP"), inspect(recordv1.Outcome_OUTCOME_FAILED, today.AddDays(-1), "ATTP")
	passed.Target = &recordv1.Inspect_Product{Product: compose.ProductRef(coffee)}
	failed.Target = &recordv1.Inspect_Lot{Lot: compose.LotRef(roasted)}
	earlier := inspect(recordv1.Outcome_OUTCOME_CORRECTIVE_ACTION, today.AddDays(-30), "ATTP")
	earlier.Target = passed.Target
	s.block(0, []want{accepted, reason.PowerMissing, accepted},
		s.sign(province, "officer", compose.Act(passed)), s.sign(department, "5", compose.Act(failed)), s.sign(ministry, "1", compose.Act(failed), compose.Act(earlier)))
	s.block(0, []want{accepted, reason.LotRecalled, reason.LotRecalled, accepted},
		s.sign(province, "officer", compose.Act(&recordv1.RecallLot{Lot: compose.LotRef(roasted), Reason: recordv1.LotReason_LOT_REASON_CONTAMINATED, Document: document("thu-hoi.pdf")})),
		s.sign(coop, "coop", s.glass(200)), s.sign(province, "2", compose.Act(&recordv1.ReleaseLot{Lot: compose.LotRef(roasted), Reason: 3, Document: document("giai-toa.pdf")})),
		s.later().sign(coop, "coop", compose.Act(nutsHeld)))
	s.block(0, ok(1), s.sign(coop, "coop", compose.Act(&recordv1.RecallLot{Lot: compose.LotRef(liqueur), Reason: recordv1.LotReason_LOT_REASON_UNQUALIFIED_INPUT})))
}

// publishes what the buyer sees, and where the codes lead.
func (s *story) publishes() {
	picture := sha256.Sum256([]byte("ảnh gói cà phê"))
	s.block(0, []want{accepted, reason.NothingChanges, accepted},
		s.sign(coop, "coop", compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(coffee), Blob: picture[:]})),
		s.later().sign(coop, "coop", compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(coffee), Blob: picture[:]})),
		s.sign(province, "2", compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(honey), Blob: picture[:]}), compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(honey)})))
	s.block(0, []want{accepted, reason.PhoneInvalid, accepted, accepted},
		s.sign(province, "2", compose.Act(&recordv1.SetContact{Phone: "+842613500500"})), s.sign(ministry, "1", compose.Act(&recordv1.SetContact{Phone: "1900-1234"})),
		s.sign(ministry, "1", compose.Act(&recordv1.SetContact{Phone: "19001234"})), s.sign(department, "5", compose.Act(&recordv1.SetContact{Phone: "113"}), compose.Act(&recordv1.SetContact{})))
	hosts := func(percent uint32, all ...*recordv1.Resolver) *recordv1.Action {
		return s.proposal(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: &recordv1.Parameters{
			BackdatingWindow: 45 * ledger.DayMillis, FutureWindow: 240_000, LongestExpiry: 20 * ledger.DayMillis, LongestLapse: 20 * ledger.DayMillis, ClockBound: 4000,
			VotePercent: percent, Resolvers: all,
		}}}, s.now+ledger.DayMillis)
	}
	moved := s.sign(province, "2", hosts(0, &recordv1.Resolver{Host: "[2001:db8::2]:8443"}, &recordv1.Resolver{Host: "ocop.daknong.example", Until: 20291231}), voteHere(0, true))
	s.block(0, []want{reason.ResolverTwice, accepted, accepted, accepted},
		s.sign(ministry, "1", hosts(75, resolvers()[0], resolvers()[0])), moved, s.sign(ministry, "1", vote(moved, true)), s.sign(neighbour, "3", vote(moved, true)))
}
