package replay_test

import (
	"context"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/replay"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// shop is a ledger with a cooperative that has coffee to sell.
func shop(tb testing.TB, g *genesis.Genesis) *story {
	s := &story{world: newWorld(tb, g)}
	s.block(0, ok(1), s.sign(province, "2", compose.Act(&recordv1.RegisterAccount{
		Account: uint64(coop), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 3, Name: compose.RegisterName("HTX"), Territory: thuanAn, Key: s.grant(coop, 1, ownRoles, "coop"),
	})))
	s.block(0, ok(1), s.sign(coop, "coop",
		product(coffee, compose.RegisterName("Cà phê bột"), "RS-2025", "drinks", recordv1.Unit_UNIT_GRAM, ""),
		compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(coffeeA), Quantity: 1_000_000_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(ledger.DateAt(s.now))}),
	))
	return s
}

func shopGenesis() *genesis.Genesis {
	return newGenesis(1, "ocop-shop", at(2026, time.September, 1, 9, 0))
}

// sell is a record of the cooperative that may be ordered for 30 days, the longest there is.
func (s *story) sell(quantity uint64) *compose.Signed {
	a := compose.Author{Chain: s.genesis.Chain, Account: coop, Schema: compose.Schema, Key: authorKey("coop")}
	actions := must(compose.Marshal(compose.Schema, []*recordv1.Action{retail(coffeeA, quantity, s.now, ledger.CertificateID{})}))
	return must(a.Sign(actions, s.now, 30*24*time.Hour))
}

const (
	aDay     = ledger.DayMillis
	tooMuch  = 1_000_000_000_001
	recordsA = 4 // a day, one of them refused
)

// TestIdsAreForgotten audits a hundred days: the auditor remembers those of the last month.
func TestIdsAreForgotten(t *testing.T) {
	s := shop(t, shopGenesis())
	for range 100 {
		s.block(0, []want{accepted, accepted, accepted, reason.MoreThanHolding}, s.sell(1), s.sell(2), s.sell(3), s.sell(tooMuch))
		s.now += aDay - 60_000
	}
	var a *replay.Auditor
	most := 0
	a = replay.NewAuditor(s.genesis, newMemory(t), func(*replay.Block) { most = max(most, replay.Remembered(a)) })
	for _, leaf := range s.leaves {
		if err := a.Feed(context.Background(), [][]byte{leaf}); err != nil {
			t.Fatal(err)
		}
	}
	result, err := a.Finish()
	if err != nil || result.Head != s.machine.Head() || result.Records != 302 || result.Refusals != 100 {
		t.Errorf("%+v, %v", result.Head, err)
	}
	if most < 30*recordsA || most > 32*recordsA {
		t.Errorf("at most %d ids are remembered, want those of a month, %d", most, 31*recordsA)
	}
}

// TestOldRecordsStayOut orders records once more after a while, in blocks that fit in everything else.
func TestOldRecordsStayOut(t *testing.T) {
	g := shopGenesis()
	v := newMemory(t)
	for _, c := range []struct {
		name          string
		after         uint64
		sold, refused diagnosis.Path
	}{
		{"at the last moment", 30 * aDay, "record id", "refusals.record"},
		{"a millisecond later, on a day not yet forgotten", 30*aDay + 1, "record id", "refusals.record"},
		{"two days later", 32 * aDay, "rules", "refusals.record"},
		{"a month later", 60 * aDay, "rules", "refusals.record"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shop(t, g)
			issued := s.now
			sold, refused := s.sell(7), s.sell(tooMuch)
			s.block(0, []want{accepted, reason.MoreThanHolding}, sold, refused)
			for s.now < issued+c.after-aDay {
				s.block(0, ok(1), s.sell(1))
				s.now += aDay
			}
			s.now = issued + c.after
			s.order(0, s.sell(1)) // the auditor forgets by the time of this block
			block, _ := s.machine.Derive(s.rows, s.world.draft(0, sold, refused), func(ledger.RecordID) bool { return false })
			if inTime := c.after <= 30*aDay; inTime != (block != nil && len(block.Leaves) == 3) {
				t.Fatalf("the rules by themselves make %+v of it", block)
			}
			leaf, height := uint64(len(s.leaves)), s.machine.Head().Height+1
			diverges(t, g, v, s.forge(forgery{records: [][]byte{sold.Envelope}}), finding{leaf, height, true, c.sold})
			row := ledger.Refusal{Record: refused.ID, Author: coop, Reason: uint16(reason.MoreThanHolding)}
			diverges(t, g, v, s.forge(forgery{refusals: []ledger.Refusal{row}}), finding{leaf, height, true, c.refused})
		})
	}
}
