package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestListsAgainstTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &made{World: querytest.Province()}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m.grow(t)
		}
		f := &apiv1.Filter{
			Star:      rapid.SampledFrom([]uint32{0, 0, 0, 3, 4, 5}).Draw(t, "star"),
			Group:     rapid.SampledFrom([]string{"", "", "food", "drinks", "none"}).Draw(t, "group"),
			Territory: rapid.SampledFrom([]uint32{0, 0, querytest.DistrictA, querytest.TheTown, querytest.Country, querytest.TheOther}).Draw(t, "territory"),
			Status:    apiv1.CertificateStatus(rapid.IntRange(0, 6).Draw(t, "status")),
		}
		on := rapid.SampledFrom([]ledger.Date{today, 20260120, 20260125, 20260225, 20260310, 20260401, 20270101, 20290101}).Draw(t, "on")
		size := uint32(rapid.IntRange(1, 9).Draw(t, "size"))
		c, err := query.Open(context.Background(), m.View)
		if err != nil {
			t.Fatal(err)
		}
		compareLists(t, "products", m.wantProducts(f, on), walk(t, c, size, func(s *query.Snapshot, p *apiv1.Page) (ids []string, next string, total uint64, err error) {
			a, err := s.ListProducts(&apiv1.ListProductsRequest{Filter: f, Page: p}, on)
			for _, p := range a.GetProducts() {
				ids = append(ids, p.GetProduct())
			}
			return ids, a.GetNextPage(), a.GetTotal(), err
		}))
		compareLists(t, "certificates", m.wantCertificates(f, on), walk(t, c, size, func(s *query.Snapshot, p *apiv1.Page) (ids []string, next string, total uint64, err error) {
			a, err := s.ListCertificates(&apiv1.ListCertificatesRequest{Filter: f, Page: p}, on)
			for _, c := range a.GetCertificates() {
				ids = append(ids, c.GetCertificate())
			}
			return ids, a.GetNextPage(), a.GetTotal(), err
		}))
		compareLists(t, "producers", m.wantProducers(f.Territory), walk(t, c, size, func(s *query.Snapshot, p *apiv1.Page) (ids []string, next string, total uint64, err error) {
			a, err := s.ListProducers(&apiv1.ListProducersRequest{Filter: &apiv1.Filter{Territory: f.Territory}, Page: p}, on)
			for _, p := range a.GetProducers() {
				ids = append(ids, fmt.Sprint(p.GetActor().GetAccount()))
			}
			return ids, a.GetNextPage(), a.GetTotal(), err
		}))
		days := uint32(rapid.IntRange(0, 1000).Draw(t, "days"))
		compareLists(t, "expiring", m.wantExpiring(days, on), walk(t, c, size, func(s *query.Snapshot, p *apiv1.Page) (ids []string, next string, total uint64, err error) {
			a, err := s.ListExpiring(&apiv1.ListExpiringRequest{Days: days, Page: p}, on)
			for _, c := range a.GetCertificates() {
				ids = append(ids, c.GetCertificate())
			}
			return ids, a.GetNextPage(), a.GetTotal(), err
		}))
	})
}

func walk(t *rapid.T, c *query.Catalog, size uint32, list func(*query.Snapshot, *apiv1.Page) ([]string, string, uint64, error)) (all []string) {
	page := &apiv1.Page{Size: size}
	for {
		var ids []string
		var next string
		var total uint64
		if err := c.Read(context.Background(), func(s *query.Snapshot) (err error) {
			ids, next, total, err = list(s, page)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		all = append(all, ids...)
		if next == "" {
			if uint64(len(all)) != total {
				t.Fatalf("%d items on all pages, total says %d", len(all), total)
			}
			return all
		}
		if len(ids) != int(size) {
			t.Fatalf("a page of %d that is not the last, want %d", len(ids), size)
		}
		page = &apiv1.Page{Size: size, Token: next}
	}
}

func compareLists(t *rapid.T, what string, want, got []string) {
	if !slices.Equal(want, got) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestListLotsPages(t *testing.T) {
	s := querytest.NewStory(t)
	want := []string{s.Lot.String()}
	for i := range 12 {
		l := ledger.LotID{Product: s.Coffee, Lot: fmt.Sprintf("M%02d", i)}
		s.Must(querytest.Cooperative, querytest.Lot(l, 1000, 20260226))
		want = append(want, l.String())
	}
	s.Must(querytest.Cooperative, querytest.Lot(ledger.LotID{Product: s.Pepper, Lot: "A"}, 1000, 20260226))
	var got []string
	page := &apiv1.Page{Size: 5}
	for {
		a := ask(t, open(t, s.World), func(q *query.Snapshot) (*apiv1.ListLotsResponse, error) {
			return q.ListLots(&apiv1.ListLotsRequest{Filter: &apiv1.Filter{Product: s.Coffee.String()}, Page: page})
		})
		for _, l := range a.Lots {
			got = append(got, l.Lot)
		}
		if a.NextPage == "" {
			break
		}
		page = &apiv1.Page{Size: 5, Token: a.NextPage}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNextNumbers(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	next := func(q *apiv1.NextNumbersRequest) *apiv1.NextNumbersResponse {
		return ask(t, c, func(s *query.Snapshot) (*apiv1.NextNumbersResponse, error) { return s.NextNumbers(q) })
	}
	if a := next(&apiv1.NextNumbersRequest{Agency: 1, Producer: 1000001}); a.Account != 1000004 || a.Product != "1000001.3" {
		t.Errorf("%v", a)
	}
	if a := next(&apiv1.NextNumbersRequest{Agency: 2, Producer: 1000003}); a.Account != 2000001 || a.Product != "1000003.1" {
		t.Errorf("%v", a)
	}
	s.Must(1, s.Producer(1999999, "HTX Cuối", querytest.DistrictA))
	if a := next(&apiv1.NextNumbersRequest{Agency: 1}); a.Account != 0 || a.Product != "" {
		t.Errorf("a range used up: %v", a)
	}
	s.Must(1, querytest.Product(ledger.ProductID{Producer: 1000001, Number: 999999}, "Cuối", "RS-2025", "food", querytest.DistrictA))
	if a := next(&apiv1.NextNumbersRequest{Producer: 1000001}); a.Product != "" {
		t.Errorf("numbers used up: %v", a)
	}
	for _, q := range []*apiv1.NextNumbersRequest{{Agency: 77}, {Agency: 1000001}, {Producer: 1777777}} {
		if err := c.Read(t.Context(), func(s *query.Snapshot) error { _, err := s.NextNumbers(q); return err }); err == nil {
			t.Errorf("%v answered", q)
		}
	}
}

func TestFacets(t *testing.T) {
	s := querytest.NewStory(t)
	a := ask(t, open(t, s.World), (*query.Snapshot).ListFacets)
	var got []string
	for _, g := range a.Groups {
		got = append(got, g.Scheme+" "+g.Name)
	}
	for _, p := range a.Territories {
		got = append(got, p.FullName)
	}
	for _, g := range a.Agencies {
		got = append(got, g.Name)
	}
	want := []string{"RS-2019 Đồ uống", "RS-2025 Thực phẩm", "Đắk Mil, Đắk Nông", "Đắk Nông", "Đắk R'lấp, Đắk Nông", "Việt Nam", "UBND tỉnh Đắk Nông (mẫu)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestExpiringCountsBothEnds(t *testing.T) {
	s := querytest.NewStory(t) // the coffee's last day is 20/02/2029
	c := open(t, s.World)
	for _, on := range []struct {
		date ledger.Date
		days uint32
		want int
	}{{20290219, 0, 0}, {20290219, 1, 1}, {20290220, 0, 1}, {20290221, 0, 0}, {20290121, 30, 1}, {20290120, 30, 0}, {20290221, 3660, 0}} {
		a := ask(t, c, func(s *query.Snapshot) (*apiv1.ListExpiringResponse, error) {
			return s.ListExpiring(&apiv1.ListExpiringRequest{Days: on.days}, on.date)
		})
		if len(a.Certificates) != on.want {
			t.Errorf("on %v within %d days: %d certificates, want %d", on.date, on.days, len(a.Certificates), on.want)
		}
	}
	if err := c.Read(t.Context(), func(s *query.Snapshot) error {
		_, err := s.ListExpiring(&apiv1.ListExpiringRequest{Days: 3661}, today)
		return err
	}); err == nil {
		t.Error("3,661 days answered")
	}
}

func TestFiltersThatCannotBe(t *testing.T) {
	c := open(t, querytest.NewStory(t).World)
	for _, bad := range []struct {
		field string
		f     *apiv1.Filter
	}{
		{"filter.product", &apiv1.Filter{Product: "x"}},
		{"filter.decision", &apiv1.Filter{Decision: "x"}},
		{"filter.status", &apiv1.Filter{Status: 99}},
		{"filter.star", &apiv1.Filter{Star: 2}},
		{"filter.star", &apiv1.Filter{Star: 6}},
		{"filter.issuer", &apiv1.Filter{Issuer: ledger.AccountRange}},
		{"filter.group", &apiv1.Filter{Group: "đồ uống"}},
		{"filter.group", &apiv1.Filter{Group: "abcdefghijklmnopq"}},
		{"filter.territory", &apiv1.Filter{Territory: 999_999}},
	} {
		field, f := bad.field, bad.f
		for _, list := range []func(*query.Snapshot) error{
			func(s *query.Snapshot) error {
				_, err := s.ListProducts(&apiv1.ListProductsRequest{Filter: f}, today)
				return err
			},
			func(s *query.Snapshot) error {
				_, err := s.ListProducers(&apiv1.ListProducersRequest{Filter: f}, today)
				return err
			},
			func(s *query.Snapshot) error {
				_, err := s.ListCertificates(&apiv1.ListCertificatesRequest{Filter: f}, today)
				return err
			},
			func(s *query.Snapshot) error {
				_, err := s.ListExpiring(&apiv1.ListExpiringRequest{Filter: f}, today)
				return err
			},
		} {
			if bad, ok := errors.AsType[*query.RequestError](c.Read(t.Context(), list)); !ok || bad.Field != field {
				t.Errorf("%s: %v", field, bad)
			}
		}
	}
}

func TestFiltersByWhoAndWhat(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	for _, q := range []struct {
		f    *apiv1.Filter
		want string
	}{
		{&apiv1.Filter{Issuer: 1}, "1000001.1 1000001.2"},
		{&apiv1.Filter{Issuer: 2}, ""},
		{&apiv1.Filter{Producer: 1000002}, "1000002.1"},
		{&apiv1.Filter{Product: "1000001.2"}, "1000001.2"},
		{&apiv1.Filter{Decision: "1:2026:77/QĐ-UBND"}, "1000001.1 1000001.2"},
		{&apiv1.Filter{Decision: "1:2020:1032/QĐ-UBND"}, ""}, // its certificate was renewed
	} {
		a := ask(t, c, func(s *query.Snapshot) (*apiv1.ListProductsResponse, error) {
			return s.ListProducts(&apiv1.ListProductsRequest{Filter: q.f}, today)
		})
		var got []string
		for _, p := range a.Products {
			got = append(got, p.Product)
		}
		if strings.Join(got, " ") != q.want {
			t.Errorf("%v: %q, want %q", q.f, got, q.want)
		}
	}
	a := ask(t, c, func(s *query.Snapshot) (*apiv1.ListProducersResponse, error) {
		return s.ListProducers(&apiv1.ListProducersRequest{Filter: &apiv1.Filter{Status: apiv1.CertificateStatus_CERTIFICATE_STATUS_REVOKED}}, today)
	})
	if len(a.Producers) != 1 || a.Producers[0].Products != 2 || a.Producers[0].Certified != 1 || !a.Producers[0].HasKey {
		t.Errorf("producers with a revoked product: %v", a.Producers)
	}
}
