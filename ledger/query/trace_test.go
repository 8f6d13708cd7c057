package query_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const today = querytest.Today

// open makes a catalog of a world.
func open(t testing.TB, w *querytest.World) *query.Catalog {
	t.Helper()
	c, err := query.Open(t.Context(), w.View)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask asks a catalog one thing.
func ask[A any](t testing.TB, c *query.Catalog, f func(*query.Snapshot) (A, error)) (a A) {
	t.Helper()
	err := c.Read(t.Context(), func(s *query.Snapshot) (err error) {
		a, err = f(s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// kinds names the actions of a timeline.
func kinds(timeline *apiv1.Timeline) (names []string) {
	for _, e := range timeline.GetEvents() {
		a := e.GetAction().ProtoReflect()
		names = append(names, string(a.WhichOneof(a.Descriptor().Oneofs().ByName("kind")).Name()))
	}
	return names
}

func traceProduct(t testing.TB, w *querytest.World, q *apiv1.TraceProductRequest) *apiv1.TraceProductResponse {
	t.Helper()
	return ask(t, open(t, w), func(s *query.Snapshot) (*apiv1.TraceProductResponse, error) { return s.TraceProduct(q, today) })
}

func TestTraceOfAProductTellsTheWholeStory(t *testing.T) {
	s := querytest.NewStory(t)
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String()})
	want := []string{"register_account", "register_product", "open_decision", "certify", "open_decision", "certify",
		"register_lot", "accept_sale", "retail_sale", "outside_sale", "correct"}
	if got := kinds(a.Timeline); !slices.Equal(got, want) {
		t.Errorf("timeline %v,\nwant     %v", got, want)
	}
	if a.Verdict.Kind != apiv1.VerdictKind_VERDICT_KIND_IN_FORCE || a.Verdict.Star != 4 || a.Verdict.Until != 20290220 || a.Verdict.Certificate != s.NewCoffee.String() {
		t.Errorf("verdict %v", a.Verdict)
	}
	if a.Product.Name != "Cà phê bột Đắk Đam" || a.Product.Origin.FullName != "Đắk Mil, Đắk Nông" || a.Product.Group.Name != "Đồ uống" || a.Product.Producer.Name != "HTX Nông nghiệp Công Bằng Thuận An" {
		t.Errorf("product %v", a.Product)
	}
	if len(a.Certificates) != 2 || a.Certificates[0].Successor != s.NewCoffee.String() || a.Certificates[1].Predecessor != s.OldCoffee.String() || a.Certificates[1].Corrections != 1 {
		t.Errorf("certificates %v", a.Certificates)
	}
	if k := a.Certificates[0].Verdict.Kind; k != apiv1.VerdictKind_VERDICT_KIND_EXPIRED || !a.Certificates[0].Historical {
		t.Errorf("old certificate: %v", a.Certificates[0])
	}
	if len(a.Decisions) != 2 || a.Decisions[1].SchemeSource == "" || len(a.Decisions[1].Document.Sha256) != 32 || len(a.Decisions[1].MissingParts) != 0 {
		t.Errorf("Decisions %v", a.Decisions)
	}
	if len(a.Lots) != 1 || a.Lots[0].Quantity != 500_000 || a.Lots[0].Left != 31_500 || a.Lots[0].Traded != 120_000 || a.Lots[0].Events != 4 {
		t.Errorf("lots %v", a.Lots)
	}
	historical := 0
	for _, e := range a.Timeline.Events {
		if e.Historical {
			historical++
		}
		if e.Author.GetName() == "" || e.Height == 0 || e.Time == 0 || len(e.Record) != 64 {
			t.Errorf("event %v", e)
		}
	}
	if historical != 2 {
		t.Errorf("%d historical events, want the old Decision and its certificate", historical)
	}
}

func TestSalesAreToldByStep(t *testing.T) {
	s := querytest.NewStory(t)
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String(), Timeline: &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE}})
	var got []string
	for _, e := range a.Timeline.Events {
		if sale := e.GetSale(); sale != nil {
			got = append(got, fmt.Sprintf("%v %d→%d %dg ocop=%v late=%v commitment=%v price=%v", sale.Status, sale.Seller.GetAccount(), sale.Buyer.GetAccount(), sale.Quantity, sale.Ocop,
				sale.Late, len(sale.BuyerCommitment) > 0, strings.Contains(sale.String(), "price")))
		}
	}
	want := []string{
		"SALE_STATUS_ACCEPTED 1000001→1000003 120000g ocop=true late=false commitment=false price=false",
		"SALE_STATUS_RETAIL 1000001→0 1500g ocop=true late=false commitment=false price=false",
		"SALE_STATUS_UNCONFIRMED 1000001→0 30000g ocop=false late=false commitment=true price=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sales\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTraceOfARevokedProduct(t *testing.T) {
	s := querytest.NewStory(t)
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Pepper.String()})
	if a.Verdict.Kind != apiv1.VerdictKind_VERDICT_KIND_REVOKED || a.Verdict.Until != 20260228 {
		t.Errorf("verdict %v", a.Verdict)
	}
	if r := a.Certificates[0].Revocation; r.GetReason() != recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY || r.GetEffective() != 20260301 || r.GetAuthor().GetName() == "" {
		t.Errorf("revocation %v", r)
	}
	if got := kinds(a.Timeline); !slices.Equal(got, []string{"register_account", "register_product", "open_decision", "certify", "revoke"}) {
		t.Errorf("timeline %v", got)
	}
}

// A part of a Decision that certified other products is no part of a product's story.
func TestOnlyTheProductsOwnPartOfADecisionIsTold(t *testing.T) {
	s := querytest.NewStory(t)
	d := ledger.DecisionID{Issuer: 1, Year: 2026, Number: "78/QĐ-UBND"}
	second := ledger.ProductID{Producer: querytest.Cooperative, Number: 3}
	part := func(i uint32) *recordv1.Action {
		a := querytest.Open(d, 20260221, false)
		a.GetOpenDecision().Part, a.GetOpenDecision().Parts = i, 3
		return a
	}
	s.Must(1, querytest.Product(second, "Ca cao Duy Nghĩa", "RS-2025", "food", querytest.DistrictA))
	s.Must(1, part(2), querytest.Certify(ledger.CertificateID{Decision: d, Item: 2}, second, 3, 20260221))
	s.Must(1, part(1), querytest.Certify(ledger.CertificateID{Decision: d, Item: 1}, s.Honey, 3, 20260221))
	a := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Honey.String()})
	if got := kinds(a.Timeline); !slices.Equal(got, []string{"register_account", "register_product", "open_decision", "certify"}) {
		t.Errorf("timeline %v", got)
	}
	if part := a.Timeline.Events[2].GetAction().GetOpenDecision().GetPart(); part != 1 {
		t.Errorf("part %d is told", part)
	}
	if got := a.Decisions[0].MissingParts; !slices.Equal(got, []uint32{3}) {
		t.Errorf("missing parts %v", got)
	}
}

func TestTraceOfALot(t *testing.T) {
	s := querytest.NewStory(t)
	a := ask(t, open(t, s.World), func(q *query.Snapshot) (*apiv1.TraceLotResponse, error) {
		return q.TraceLot(&apiv1.TraceLotRequest{Lot: s.Lot.String(), Timeline: &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE}}, today)
	})
	if got := kinds(a.Timeline); !slices.Equal(got, []string{"register_lot", "accept_sale", "retail_sale", "outside_sale"}) {
		t.Errorf("timeline %v", got)
	}
	var held uint64
	for _, h := range a.Holders {
		held += h.Quantity
	}
	if len(a.Holders) != 2 || a.MoreHolders || held+a.Lot.Left != a.Lot.Quantity || a.Holders[0].Holder.Account != uint64(querytest.Cooperative) {
		t.Errorf("holders %v of %v", a.Holders, a.Lot)
	}
}

func TestTraceOfACertificate(t *testing.T) {
	s := querytest.NewStory(t)
	a := ask(t, open(t, s.World), func(q *query.Snapshot) (*apiv1.TraceCertificateResponse, error) {
		return q.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: s.NewCoffee.String()}, today)
	})
	if got := kinds(a.Timeline); !slices.Equal(got, []string{"open_decision", "certify", "correct"}) {
		t.Errorf("timeline %v", got)
	}
	if c := a.Timeline.Events[2].GetAction().GetCorrect().GetChanges()[0]; c.GetOld().GetNumber() != 20290219 || c.GetNew().GetNumber() != 20290220 {
		t.Errorf("correction %v", c)
	}
}

// Pages of any size, in either order, are the timeline cut up: nothing twice, nothing lost, also while the ledger grows.
func TestPagesOfATimeline(t *testing.T) {
	s := querytest.NewStory(t)
	for range 40 {
		s.Sell(s.Lot, 1)
	}
	for _, newest := range []bool{false, true} {
		whole := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String(), Timeline: &apiv1.TimelineOptions{NewestFirst: newest}}).Timeline.Events
		if len(whole) != 51 {
			t.Fatalf("%d events, want 51", len(whole))
		}
		for _, size := range []uint32{1, 7, 32, 50, 51, 52} {
			var got []*apiv1.Event
			page := &apiv1.Page{Size: size}
			for {
				part := traceProduct(t, s.World, &apiv1.TraceProductRequest{Product: s.Coffee.String(), Timeline: &apiv1.TimelineOptions{NewestFirst: newest, Page: page}}).Timeline
				if len(part.Events) > int(size) || len(part.Events) == 0 {
					t.Fatalf("page of %d events, want 1 to %d", len(part.Events), size)
				}
				got = append(got, part.Events...)
				if part.NextPage == "" {
					break
				}
				page = &apiv1.Page{Size: size, Token: part.NextPage}
			}
			if !slices.EqualFunc(got, whole, func(a, b *apiv1.Event) bool { return proto.Equal(a, b) }) {
				t.Errorf("newest first %v, pages of %d: %d events, not the whole", newest, size, len(got))
			}
		}
	}
}

func TestWhatIsNotThereAndWhatCannotBe(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	for _, q := range []string{"", "x", "1000001", "1000001.0", "01.1", "1000001.1.1", strings.Repeat("9", 300)} {
		err := c.Read(t.Context(), func(s *query.Snapshot) error {
			_, err := s.TraceProduct(&apiv1.TraceProductRequest{Product: q}, today)
			return err
		})
		if bad, ok := errors.AsType[*query.RequestError](err); !ok || bad.Field != "product" {
			t.Errorf("product %q: %v", q, err)
		}
	}
	for what, f := range map[string]func(*query.Snapshot) error{
		"product": func(s *query.Snapshot) error {
			_, err := s.TraceProduct(&apiv1.TraceProductRequest{Product: "1000001.77"}, today)
			return err
		},
		"lot": func(s *query.Snapshot) error {
			_, err := s.TraceLot(&apiv1.TraceLotRequest{Lot: "1000001.1/NONE"}, today)
			return err
		},
		"certificate": func(s *query.Snapshot) error {
			_, err := s.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: "1:2026:77/QĐ-UBND:9"}, today)
			return err
		},
		"lots of no product": func(s *query.Snapshot) error {
			_, err := s.ListLots(&apiv1.ListLotsRequest{Filter: &apiv1.Filter{Product: "1000001.77"}})
			return err
		},
	} {
		if err := c.Read(t.Context(), f); !errors.Is(err, query.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, token := range []string{"x", "1", "1.2.3", "-1.0", "1.70000", strings.Repeat("1", 200)} {
		err := c.Read(t.Context(), func(q *query.Snapshot) error {
			_, err := q.TraceProduct(&apiv1.TraceProductRequest{Product: s.Coffee.String(), Timeline: &apiv1.TimelineOptions{Page: &apiv1.Page{Token: token}}}, today)
			return err
		})
		if bad, ok := errors.AsType[*query.RequestError](err); !ok || bad.Field != "page.token" {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// Damage is told as such; it never makes a verdict that is too good.
func TestDamagedState(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	s.Damage(subject.Certificate(s.OldCoffee))
	err := c.Read(t.Context(), func(q *query.Snapshot) error {
		a, err := q.ListProducts(&apiv1.ListProductsRequest{Filter: &apiv1.Filter{Product: s.Coffee.String()}}, today)
		if err == nil && a.Products[0].Verdict.Kind != apiv1.VerdictKind_VERDICT_KIND_UNKNOWN {
			t.Errorf("verdict %v over a certificate that cannot be read", a.Products[0].Verdict)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, id := range []subject.ID{subject.Product(s.Coffee), subject.Certificate(s.NewCoffee), subject.Decision(s.NewCoffee.Decision), subject.Lot(s.Lot)} {
		s := querytest.NewStory(t)
		c := open(t, s.World)
		s.Damage(id)
		err := c.Read(t.Context(), func(q *query.Snapshot) error {
			_, err := q.TraceProduct(&apiv1.TraceProductRequest{Product: s.Coffee.String()}, today)
			return err
		})
		if !errors.Is(err, query.ErrCorrupt) {
			t.Errorf("%v damaged: %v", id, err)
		}
	}
}

// A history that names what is not in the log is damage, not a story.
func TestHistoriesMustNameWhatIsThere(t *testing.T) {
	for what, damage := range map[string]func(*ledger.Entry){
		"another leaf":   func(e *ledger.Entry) { e.Leaf++ },
		"no such action": func(e *ledger.Entry) { e.Action = 200 },
		"no such leaf":   func(e *ledger.Entry) { e.Leaf = 1 << 40 },
	} {
		s := querytest.NewStory(t)
		c := open(t, s.World)
		s.DamageHistory(subject.Product(s.Coffee), damage)
		err := c.Read(t.Context(), func(q *query.Snapshot) error {
			_, err := q.TraceProduct(&apiv1.TraceProductRequest{Product: s.Coffee.String()}, today)
			return err
		})
		if err == nil {
			t.Errorf("%s: told as if nothing were wrong", what)
		}
	}
}

func BenchmarkTraceOfThousandEntries(b *testing.B) {
	s := querytest.NewStory(b)
	for range 996 {
		s.Must(querytest.Cooperative, compose.Act(&recordv1.RetailSale{Goods: s.Goods(s.Lot, 1, s.NewCoffee)}))
	}
	c := open(b, s.World)
	q := &apiv1.TraceLotRequest{Lot: s.Lot.String(), Timeline: &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE, Page: &apiv1.Page{Size: 1000}}}
	b.ReportAllocs()
	for b.Loop() {
		a := ask(b, c, func(s *query.Snapshot) (*apiv1.TraceLotResponse, error) { return s.TraceLot(q, today) })
		if len(a.Timeline.Events) != 1000 {
			b.Fatalf("%d events", len(a.Timeline.Events))
		}
	}
}

func TestSalesEnteredLateAreMarked(t *testing.T) {
	s := querytest.NewStory(t)
	lot := ledger.LotID{Product: s.Pepper, Lot: "OLD"}
	s.Must(querytest.Cooperative, querytest.Lot(lot, 1000, 20251201))
	for _, days := range []uint64{44, 46} {
		g := s.Goods(lot, 10, ledger.CertificateID{})
		g.EventTime -= days * ledger.DayMillis
		s.Must(querytest.Cooperative, compose.Act(&recordv1.RetailSale{Goods: g}))
		s.Must(querytest.Cooperative, compose.Act(&recordv1.OutsideSale{Goods: g, Buyer: compose.HiddenParty(ledger.Hash{1})}))
	}
	// Other parameters change what is late from then on, and nothing before.
	data, _ := s.Value(subject.Parameters())
	p, err := subject.ParseParameters(data)
	if err != nil {
		t.Fatal(err)
	}
	p.BackdatingWindow = 10 * ledger.DayMillis
	s.Change(subject.Parameters(), &p)
	for _, days := range []uint64{9, 11} {
		g := s.Goods(lot, 10, ledger.CertificateID{})
		g.EventTime -= days * ledger.DayMillis
		s.Must(querytest.Cooperative, compose.Act(&recordv1.RetailSale{Goods: g}))
	}
	a := ask(t, open(t, s.World), func(q *query.Snapshot) (*apiv1.TraceLotResponse, error) {
		return q.TraceLot(&apiv1.TraceLotRequest{Lot: lot.String(), Timeline: &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE}}, today)
	})
	var late []bool
	for _, e := range a.Timeline.Events {
		if e.Sale != nil {
			late = append(late, e.Sale.Late)
		}
	}
	if !slices.Equal(late, []bool{false, false, true, true, false, true}) {
		t.Errorf("late: %v", late)
	}
}
