package query_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func traceLot(t testing.TB, w *querytest.World, lot ledger.LotID) *apiv1.TraceLotResponse {
	t.Helper()
	return ask(t, open(t, w), func(s *query.Snapshot) (*apiv1.TraceLotResponse, error) {
		return s.TraceLot(&apiv1.TraceLotRequest{Lot: lot.String()}, today)
	})
}

// links writes lots with their distance and whether each is stopped.
func links(all []*apiv1.LotLink) (out []string) {
	for _, l := range all {
		s := fmt.Sprintf("%d %s %s", l.Distance, l.Lot, l.ProductName)
		if l.Restraint != nil {
			s += " " + l.Restraint.Status.String()
		}
		out = append(out, s)
	}
	return out
}

func TestARecallReachesWhatWasMadeOfALot(t *testing.T) {
	s := querytest.NewSupply(t)
	const recalled = " RESTRAINT_STATUS_RECALLED"
	beans := fmt.Sprintf("%s Cà phê nhân", s.BeanLot) + recalled
	ground, gift := fmt.Sprintf("%s Cà phê bột Đắk Đam", s.Ground)+recalled, fmt.Sprintf("%s Cà phê bột Đắk Đam", s.Gift)+recalled
	for _, c := range []struct {
		lot      ledger.LotID
		kind     apiv1.VerdictKind
		stopped  ledger.LotID
		from, to []string
	}{
		{s.BeanLot, apiv1.VerdictKind_VERDICT_KIND_RECALLED, s.BeanLot, nil, []string{"1 " + ground, "2 " + gift}},
		{s.Ground, apiv1.VerdictKind_VERDICT_KIND_RECALLED, s.BeanLot, []string{"1 " + beans}, []string{"1 " + gift}},
		{s.Gift, apiv1.VerdictKind_VERDICT_KIND_RECALLED, s.BeanLot, []string{"1 " + ground, "2 " + beans}, nil},
		{s.Own, apiv1.VerdictKind_VERDICT_KIND_HELD, s.Own, nil, nil},
		{s.Lot, apiv1.VerdictKind_VERDICT_KIND_IN_FORCE, ledger.LotID{}, nil, nil},
	} {
		a := traceLot(t, s.World, c.lot)
		stopped := ""
		if c.stopped != (ledger.LotID{}) {
			stopped = c.stopped.String()
		}
		if a.Verdict.Kind != c.kind || a.Verdict.Lot != stopped || a.Lot.GetRestraint().GetLot() != stopped {
			t.Errorf("%s: verdict %v, restraint %v, want %s for %q", c.lot, a.Verdict, a.Lot.Restraint, c.kind, stopped)
		}
		if got := links(a.Ancestors); !slices.Equal(got, c.from) {
			t.Errorf("%s is made of %v, want %v", c.lot, got, c.from)
		}
		if got := links(a.Descendants); !slices.Equal(got, c.to) || a.MoreDescendants {
			t.Errorf("%s was made into %v (more: %v), want %v", c.lot, got, a.MoreDescendants, c.to)
		}
		v := ask(t, open(t, s.World), func(q *query.Snapshot) (*apiv1.Verdict, error) { return q.LotVerdict(c.lot, today) })
		if v.String() != a.Verdict.String() {
			t.Errorf("%s: LotVerdict says %v, TraceLot %v", c.lot, v, a.Verdict)
		}
	}
	// The product itself is certified as it was: one lot is no product.
	if a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String()}); a.Verdict.Kind != apiv1.VerdictKind_VERDICT_KIND_IN_FORCE {
		t.Errorf("the product: %v", a.Verdict)
	} else {
		for _, l := range a.Lots {
			if want := l.Lot != s.Lot.String(); (l.Restraint != nil) != want {
				t.Errorf("lot %s in the product's list: %v, want stopped: %v", l.Lot, l.Restraint, want)
			}
		}
	}
}

// A product tells which of its lots must not be used, also of those that are too old to be listed.
func TestAProductTellsItsStoppedLots(t *testing.T) {
	s := querytest.NewSupply(t)
	for i := range 60 {
		s.Must(querytest.Cooperative, querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: fmt.Sprintf("N-%02d", i)}, 1000, 20260302))
	}
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String()})
	want := []string{fmt.Sprintf("0 %s Cà phê bột Đắk Đam RESTRAINT_STATUS_RECALLED", s.Gift), fmt.Sprintf("0 %s Cà phê bột Đắk Đam RESTRAINT_STATUS_RECALLED", s.Ground)}
	if got := links(a.StoppedLots); !slices.Equal(got, want) {
		t.Errorf("stopped %v, want %v", got, want)
	}
	if slices.ContainsFunc(a.Lots, func(l *apiv1.Lot) bool { return l.Restraint != nil }) {
		t.Error("the lots are listed, and this test shows nothing")
	}
}

func TestARecallIsSaidBeforeANearerHold(t *testing.T) {
	s := querytest.NewSupply(t)
	s.Must(querytest.Cooperative, compose.Act(&recordv1.HoldLot{Lot: compose.LotRef(s.Gift), Reason: recordv1.LotReason_LOT_REASON_COMPLAINTS}))
	a := traceLot(t, s.World, s.Gift)
	if a.Verdict.Kind != apiv1.VerdictKind_VERDICT_KIND_RECALLED || a.Verdict.Lot != s.BeanLot.String() {
		t.Errorf("verdict %v", a.Verdict)
	}
	if a.Lot.Restraint.Reason != recordv1.LotReason_LOT_REASON_CONTAMINATED || a.Lot.Restraint.Author.Account != 1 || len(a.Lot.Restraint.Document.GetSha256()) != 32 {
		t.Errorf("restraint %v", a.Lot.Restraint)
	}
}

func TestALotWithoutOneOfItsSourcesHasNoVerdict(t *testing.T) {
	s := querytest.NewSupply(t)
	s.Damage(subject.Lot(s.BeanLot))
	err := open(t, s.World).Read(t.Context(), func(q *query.Snapshot) error {
		_, err := q.TraceLot(&apiv1.TraceLotRequest{Lot: s.Gift.String()}, today)
		if _, alone := q.LotVerdict(s.Gift, today); alone == nil {
			t.Error("LotVerdict concludes without a source")
		}
		return err
	})
	if !errors.Is(err, query.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

func TestTheBalanceOfALotKnowsWhatWasUsed(t *testing.T) {
	s := querytest.NewSupply(t)
	for _, lot := range []ledger.LotID{s.BeanLot, s.Ground, s.Gift, s.Lot} {
		a := traceLot(t, s.World, lot)
		held := uint64(0)
		for _, h := range a.Holders {
			held += h.Quantity
		}
		if a.MoreHolders || a.Lot.Quantity != held+a.Lot.Left+a.Lot.Used {
			t.Errorf("%s: %d produced, %d held (more: %v), %d left, %d used", lot, a.Lot.Quantity, held, a.MoreHolders, a.Lot.Left, a.Lot.Used)
		}
	}
	a := traceLot(t, s.World, s.Ground)
	if in := a.Lot.Inputs; len(in) != 1 || in[0].Lot != s.BeanLot.String() || in[0].Quantity != 200_000 || in[0].ProductName != "Cà phê nhân" || a.Lot.DeclaredYield != 800 {
		t.Errorf("inputs %v, yield %d", in, a.Lot.DeclaredYield)
	}
	if got := kinds(a.Timeline); !slices.Contains(got, "apply_stamps") {
		t.Errorf("timeline %v has no stamps", got)
	}
}

func TestStampsInspectionsPictureAndContacts(t *testing.T) {
	s := querytest.NewSupply(t)
	lot := traceLot(t, s.World, s.Lot)
	if b := lot.Lot.Stamps; len(b) != 2 || b[0].First != 1 || b[0].Last != 900 || b[1].First != 1001 || b[1].Last != 1050 || lot.Lot.Stamped != 500_000 {
		t.Errorf("stamps %v behind which are %d", b, lot.Lot.Stamped)
	}
	beans := traceLot(t, s.World, s.BeanLot)
	if i := beans.Inspections; len(i) != 1 || i[0].Outcome != recordv1.Outcome_OUTCOME_FAILED || i[0].Kind != "ATTP" || i[0].Agency.Account != 1 || i[0].Lot != s.BeanLot.String() {
		t.Errorf("inspections of the beans: %v", i)
	}
	if i := lot.Inspections; len(i) != 1 || i[0].Lot != "" || i[0].Date != 20260227 {
		t.Errorf("inspections of a lot of coffee: %v, want the product's", i)
	}
	coffee := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String()})
	if !slices.Equal(coffee.Product.Picture, s.Picture[:]) || coffee.Product.Inspections.GetCount() != 1 || len(coffee.Inspections) != 1 {
		t.Errorf("picture %x, inspections %v", coffee.Product.Picture, coffee.Inspections)
	}
	if c := coffee.Contacts; len(c) != 1 || c[0].Phone != querytest.Hotline || c[0].Agency.Account != 1 {
		t.Errorf("contacts %v: once, though the agency issued and registered", c)
	}
	s.Must(1, compose.Act(&recordv1.SetContact{}))
	if c := traceLot(t, s.World, s.BeanLot).Contacts; len(c) != 0 {
		t.Errorf("contacts %v after the number was taken back", c)
	}
}

func TestInspectionsAreTheLatestFirstAndBounded(t *testing.T) {
	s := querytest.NewSupply(t)
	for day := range ledger.Date(25) {
		s.Must(1, querytest.Inspect(s.Honey, ledger.LotID{}, 20260201+day, recordv1.Outcome_OUTCOME_PASSED, "K"))
	}
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Honey.String()})
	if len(a.Inspections) != 20 || a.Product.Inspections.Count != 25 || a.Inspections[0].Date != 20260225 || a.Inspections[19].Date != 20260206 {
		t.Errorf("%d of %d inspections, from %d to %d", len(a.Inspections), a.Product.Inspections.Count, a.Inspections[0].Date, a.Inspections[len(a.Inspections)-1].Date)
	}
}

// Every serial leads to the lot whose batch has it, whatever the batches: a naive look through all lots says the same.
func TestSerialsAreFoundLikeByLookingAtAllLots(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := querytest.NewStory(t)
		lots := []ledger.LotID{s.Lot}
		for i := range rapid.IntRange(0, 4).Draw(rt, "lots") {
			l := ledger.LotID{Product: s.Coffee, Lot: fmt.Sprintf("M-%d", i)}
			s.Must(querytest.Cooperative, querytest.Lot(l, 500_000, 20260225))
			lots = append(lots, l)
		}
		next := uint64(1)
		for range rapid.IntRange(0, 12).Draw(rt, "batches") {
			count := rapid.Uint32Range(1, 9).Draw(rt, "count")
			s.Must(querytest.Cooperative, querytest.Stamp(rapid.SampledFrom(lots).Draw(rt, "lot"), next, count, 1))
			next += uint64(count)
		}
		err := s.View(func(src query.Source) error {
			q := &query.Snapshot{Source: src}
			for serial := range next + 3 {
				var want ledger.LotID
				found := false
				for _, l := range lots {
					v, err := q.Lot(l)
					if err != nil {
						return err
					}
					for _, b := range v.Stamps {
						if b.Has(serial) {
							want, found = l, true
						}
					}
				}
				got, issued, err := q.LotOfSerial(s.Coffee, serial)
				if err != nil || issued != found || got != want {
					rt.Fatalf("serial %d of %d: %v %v %v, want %v %v", serial, next, got, issued, err, want, found)
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func TestLookups(t *testing.T) {
	s := querytest.NewSupply(t)
	s.World.Genesis(subject.GTIN("08930000000002"), &subject.TakenValue{Product: s.Coffee})
	s.World.Genesis(subject.GTIN("08930000000019"), &subject.TakenValue{})
	resolver := subject.Resolver{Host: "ocop.example.vn", Until: 20301231}
	s.Change(subject.Parameters(), &subject.ParametersValue{BackdatingWindow: 45 * ledger.DayMillis, Resolvers: []subject.Resolver{resolver}})
	err := open(t, s.World).Read(t.Context(), func(q *query.Snapshot) error {
		if p, err := q.ProductByGTIN("08930000000002"); err != nil || p != s.Coffee {
			t.Errorf("GTIN: %v %v", p, err)
		}
		for _, free := range []string{"08930000000019", "08930000000026", "", strings.Repeat("9", 300)} {
			if _, err := q.ProductByGTIN(free); !errors.Is(err, query.ErrNotFound) {
				t.Errorf("GTIN %q: %v, want not found", free, err)
			}
		}
		if !q.HasLot(s.Gift) || q.HasLot(ledger.LotID{Product: s.Coffee, Lot: "L-2026-06"}) {
			t.Error("HasLot")
		}
		if _, issued, err := q.LotOfSerial(s.Honey, 1); issued || err != nil {
			t.Errorf("a serial of a product without stamps: %v %v", issued, err)
		}
		if r, err := q.Resolvers(); err != nil || len(r) != 1 || r[0] != resolver {
			t.Errorf("resolvers %v %v", r, err)
		}
		if phone, err := q.Contact(querytest.OtherAgency); phone != "" || err != nil {
			t.Errorf("an agency without a number: %q %v", phone, err)
		}
		if phone, err := q.Contact(1); phone != querytest.Hotline || err != nil {
			t.Errorf("hotline: %q %v", phone, err)
		}
		_, err := q.LotVerdict(ledger.LotID{Product: s.Coffee, Lot: "no such"}, today)
		if !errors.Is(err, query.ErrNotFound) {
			t.Errorf("verdict of an unknown lot: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
