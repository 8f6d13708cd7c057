package query_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// traded is a lot that much is done with at random, and what the test knows of it because it did it.
type traded struct {
	*querytest.Story
	lot      ledger.LotID
	accounts []ledger.AccountID

	made      []string // lots made of it, oldest first
	inspected []uint32 // days, in the order they were entered
}

func newTraded(t testing.TB) *traded {
	w := &traded{Story: querytest.NewStory(t), accounts: []ledger.AccountID{querytest.Cooperative}}
	w.lot = ledger.LotID{Product: w.Coffee, Lot: "L-2026-09"}
	for i := range ledger.AccountID(4) {
		a := 1_000_500 + i
		w.Must(1, w.Account(a, recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, fmt.Sprintf("HTX %d", i), querytest.DistrictA, subject.RoleTrader|subject.RoleProducer))
		w.accounts = append(w.accounts, a)
	}
	w.Must(querytest.Cooperative, querytest.Lot(w.lot, 10_000, 20260226))
	return w
}

// act does something with the lot, or something that the ledger refuses.
func (w *traded) act(t *rapid.T) {
	who, grams := rapid.SampledFrom(w.accounts).Draw(t, "who"), rapid.Uint64Range(1, 300).Draw(t, "grams")
	goods := w.Goods(w.lot, grams, ledger.CertificateID{})
	switch rapid.SampledFrom([]string{"sale", "sale", "sale", "retail", "retail", "outside", "stamps", "input", "inspection"}).Draw(t, "what") {
	case "sale":
		buyer := rapid.SampledFrom(w.accounts).Draw(t, "buyer")
		id, err := w.Do(who, compose.Act(&recordv1.ProposeSale{
			Goods: goods, Buyer: compose.AccountParty(buyer), Lapses: w.Now + uint64(time.Hour.Milliseconds()),
		}))
		if err == nil && rapid.IntRange(0, 5).Draw(t, "accepted") > 0 {
			_, _ = w.Do(buyer, compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(ledger.SaleID{Record: id})}))
		}
	case "retail": // several in one record, as a till does
		sale := compose.Act(&recordv1.RetailSale{Goods: goods})
		_, _ = w.Do(who, slices.Repeat([]*recordv1.Action{sale}, rapid.IntRange(1, 3).Draw(t, "sales"))...)
	case "outside":
		_, _ = w.Do(who, compose.Act(&recordv1.OutsideSale{Goods: goods, Buyer: compose.HiddenParty(ledger.Hash{1})}))
	case "stamps":
		_, _ = w.Do(who, querytest.Stamp(w.lot, 1, uint32(grams), 1))
	case "input":
		lot := ledger.LotID{Product: ledger.ProductID{Producer: querytest.Cooperative, Number: 2}, Lot: fmt.Sprintf("M-%d", len(w.made))}
		if _, err := w.Do(querytest.Cooperative, querytest.Made(lot, grams, 20260228, 1000, w.lot, grams)); err == nil {
			w.made = append(w.made, lot.String())
		}
	case "inspection":
		day := rapid.SampledFrom([]ledger.Date{20260227, 20260228, 20260301}).Draw(t, "day")
		if _, err := w.Do(1, querytest.Inspect(w.Coffee, w.lot, day, recordv1.Outcome_OUTCOME_PASSED, "ATTP")); err == nil {
			w.inspected = append(w.inspected, uint32(day))
		}
	}
}

// Who holds a lot, what was made of it and how it was inspected is found in the lot's history without reading most of its leaves, and is what the state and
// whoever did it say.
func TestWhatBecameOfALot(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := newTraded(t)
		for range rapid.IntRange(0, 90).Draw(rt, "acts") {
			w.act(rt)
		}
		a := traceLot(t, w.World, w.lot)
		var held []string
		for _, id := range w.accounts {
			if data, ok := w.Value(subject.Holding(id, w.lot)); ok {
				h, err := subject.ParseHolding(data)
				if err != nil {
					rt.Fatal(err)
				}
				if h.Quantity > 0 {
					held = append(held, fmt.Sprintf("%020d %v", 1<<40-h.Quantity, id))
				}
			}
		}
		slices.Sort(held)
		var shown []string
		for _, h := range a.Holders {
			shown = append(shown, fmt.Sprintf("%020d %d", 1<<40-h.Quantity, h.Holder.Account))
		}
		if !slices.Equal(shown, held) || a.MoreHolders {
			rt.Fatalf("holders %v (more: %v), want %v", shown, a.MoreHolders, held)
		}
		var made []string
		for _, l := range a.Descendants {
			made = append(made, l.Lot)
		}
		want := slices.Clone(w.made)
		slices.Reverse(want)
		if !slices.Equal(made, want[:min(len(want), len(made))]) || len(made) < min(len(want), 64) || a.MoreDescendants != (len(want) > 64) {
			rt.Fatalf("made of it: %v (more: %v), want %v", made, a.MoreDescendants, want)
		}
		var days []uint32
		for _, i := range a.Inspections {
			if i.Lot != "" {
				days = append(days, i.Date)
			}
		}
		inspected := slices.Clone(w.inspected[max(0, len(w.inspected)-20):])
		slices.SortFunc(inspected, func(a, b uint32) int { return cmp.Compare(b, a) })
		if !slices.Equal(days, inspected) {
			rt.Fatalf("inspected on %v, want %v", days, inspected)
		}
		seen["holders"], seen["made"], seen["inspected"] = max(seen["holders"], len(held)), max(seen["made"], len(made)), max(seen["inspected"], len(days))
		checkEvents(rt, w.World, a.Timeline.Events)
	})
	for what, most := range seen {
		if most < 2 {
			t.Errorf("never more than %d %s: nothing was tried", most, what)
		}
	}
}

// checkEvents holds events against the records that they are said to be, parsed in full.
func checkEvents(t rapid.TB, w *querytest.World, events []*apiv1.Event) {
	t.Helper()
	for _, e := range events {
		leaf, err := w.Peek(e.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		record, err := ledger.ParseEnvelope(leaf)
		if err != nil {
			t.Fatal(err)
		}
		action := new(recordv1.Action)
		if err := proto.Unmarshal(record.Actions[e.ActionNumber], action); err != nil {
			t.Fatal(err)
		}
		if e.Record != record.ID.String() || e.Author.Account != uint64(record.Header.Author) || !proto.Equal(e.Action, action) {
			t.Fatalf("event %v, want action %v of record %v by %v", e, action, record.ID, record.Header.Author)
		}
		if g := action.GetRetailSale().GetGoods(); g != nil && (e.Sale.Lot != compose.LotID(g.Lot).String() || e.Sale.Quantity != g.Quantity || e.Sale.Seller.Account != e.Author.Account) {
			t.Fatalf("sale %v, want %v", e.Sale, g)
		}
	}
}
