package query_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// made is what a random ledger holds, as the test knows it from what it did: the naive model.
type made struct {
	*querytest.World
	accounts     []*account
	products     []*product
	certificates []*certificate
	numbers      uint64
}

type account struct {
	id       ledger.AccountID
	name     string
	seat     uint32
	producer bool
	stated   ledger.ActionID
}

type product struct {
	id     ledger.ProductID
	name   string
	group  string
	origin uint32
	stated ledger.ActionID
}

type certificate struct {
	id          ledger.CertificateID
	product     *product
	star        uint32
	from, until ledger.Date
	status      apiv1.VerdictKind // UNSPECIFIED: as issued
	last        ledger.Date
}

var (
	nameWords = []string{"Cà phê", "Đắk", "Đăk", "Mil", "hòa", "hoà", "Gạo", "ST24", "núi lửa", "bột", "R'lấp", "ong", "mật", "Xoài", "rang", "ướt"}
	districts = []uint32{querytest.DistrictA, querytest.DistrictB}
	starts    = []ledger.Date{20260125, 20260220, 20260301, 20260320}
)

func drawName(t *rapid.T, n uint64) string {
	words := rapid.SliceOfN(rapid.SampledFrom(nameWords), 1, 4).Draw(t, "name")
	return norm.NFC.String(fmt.Sprintf("%s %d", strings.Join(words, " "), n))
}

// grow does something at random that the ledger accepts, or that it refuses and the test ignores.
func (m *made) grow(t *rapid.T) {
	m.numbers++
	switch n := rapid.IntRange(0, 9).Draw(t, "what"); {
	case n < 2 || len(m.accounts) == 0:
		a := &account{id: ledger.AccountID(1_000_000 + m.numbers), name: drawName(t, m.numbers), seat: rapid.SampledFrom(districts).Draw(t, "seat"), producer: n != 1}
		roles := uint32(subject.RoleTrader)
		if a.producer {
			roles |= subject.RoleProducer
		}
		m.do(t, m.Account(a.id, recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, a.name, a.seat, roles), func(id ledger.ActionID) { a.stated, m.accounts = id, append(m.accounts, a) })
	case n < 5 || len(m.products) == 0:
		of := rapid.SampledFrom(m.accounts).Draw(t, "producer")
		p := &product{id: ledger.ProductID{Producer: of.id, Number: uint32(1 + rapid.IntRange(0, 30).Draw(t, "number"))}, name: drawName(t, m.numbers),
			group: rapid.SampledFrom([]string{"food", "drinks"}).Draw(t, "group"), origin: rapid.SampledFrom(districts).Draw(t, "origin")}
		m.do(t, querytest.Product(p.id, p.name, "RS-2025", p.group, p.origin), func(id ledger.ActionID) { p.stated, m.products = id, append(m.products, p) })
	case n < 7:
		m.certify(t, nil)
	case n == 7:
		m.revoke(t)
	case n == 8:
		p := rapid.SampledFrom(m.products).Draw(t, "renamed")
		name := drawName(t, m.numbers)
		m.rename(t, &recordv1.Correct{Target: &recordv1.Correct_Product{Product: compose.ProductRef(p.id)}, Wrong: compose.ActionRef(p.stated)}, p.name, name, func(ledger.ActionID) { p.name = name })
	default:
		a := rapid.SampledFrom(m.accounts).Draw(t, "renamed")
		name := drawName(t, m.numbers)
		m.rename(t, &recordv1.Correct{Target: &recordv1.Correct_Account{Account: uint64(a.id)}, Wrong: compose.ActionRef(a.stated)}, a.name, name, func(ledger.ActionID) { a.name = name })
	}
}

func (m *made) do(t *rapid.T, a *recordv1.Action, accepted func(ledger.ActionID)) {
	if id, err := m.Do(1, a); err == nil {
		accepted(ledger.ActionID{Record: id})
	} else {
		t.Logf("refused: %v", err)
	}
}

func (m *made) rename(t *rapid.T, c *recordv1.Correct, old, name string, accepted func(ledger.ActionID)) {
	text := func(s string) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}
	}
	c.Changes = []*recordv1.FieldChange{{Field: recordv1.Field_FIELD_NAME, Old: text(old), New: text(name)}}
	c.Reason = recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED
	m.do(t, compose.Act(c), accepted)
}

// certify certifies a product, or renews a certificate.
func (m *made) certify(t *rapid.T, renewed *certificate) {
	p := rapid.SampledFrom(m.products).Draw(t, "certified")
	if renewed != nil {
		p = renewed.product
	}
	d := ledger.DecisionID{Issuer: 1, Year: 2026, Number: fmt.Sprintf("%d/QĐ-UBND", m.numbers)}
	c := &certificate{id: ledger.CertificateID{Decision: d, Item: 1}, product: p, star: uint32(rapid.IntRange(3, 4).Draw(t, "star")), from: rapid.SampledFrom(starts).Draw(t, "from")}
	a := querytest.Certify(c.id, p.id, c.star, c.from)
	a.GetCertify().Group = p.group
	a.GetCertify().ValidUntil = uint32(c.from.AddDays(rapid.IntRange(20, 900).Draw(t, "days")))
	c.until = ledger.Date(a.GetCertify().ValidUntil)
	c.last = c.until
	if renewed != nil {
		a.GetCertify().Predecessor = compose.CertificateRef(renewed.id)
	}
	if _, err := m.Do(1, querytest.Open(d, 20260125, false), a); err == nil {
		if renewed != nil {
			renewed.supersededOn(c.from)
		}
		m.certificates = append(m.certificates, c)
	} else {
		t.Logf("refused: %v", err)
	}
}

func (c *certificate) supersededOn(from ledger.Date) {
	c.status, c.last = apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED, min(c.last, from.AddDays(-1))
}

// revoke revokes a certificate or, as often, renews it.
func (m *made) revoke(t *rapid.T) {
	if len(m.certificates) == 0 {
		return
	}
	c := rapid.SampledFrom(m.certificates).Draw(t, "revoked")
	if rapid.Bool().Draw(t, "renew") {
		m.certify(t, c)
		return
	}
	a := &recordv1.Revoke{Certificate: compose.CertificateRef(c.id), Decision: compose.DecisionRef(ledger.DecisionID{Issuer: 1, Year: 2026, Number: fmt.Sprintf("%d/QĐ", m.numbers)}),
		Date: 20260301, Document: querytest.Paper("thu hồi.pdf"), Reason: recordv1.RevocationReason_REVOCATION_REASON_STOPPED_PRODUCTION, Effective: 20260302}
	m.do(t, compose.Act(a), func(ledger.ActionID) {
		c.status, c.last = apiv1.VerdictKind_VERDICT_KIND_REVOKED, min(c.last, 20260301)
	})
}

// An index that followed the ledger block by block holds what one holds that is built at the end, whenever it was begun.
func TestIndexIsTheSameHoweverItCameAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &made{World: querytest.Province()}
		var catalogs []*query.Catalog
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m.grow(t)
			if rapid.IntRange(0, 5).Draw(t, "open") == 0 {
				c, err := query.Open(context.Background(), m.View)
				if err != nil {
					t.Fatal(err)
				}
				catalogs = append(catalogs, c)
			}
			for _, c := range catalogs {
				if rapid.Bool().Draw(t, "ask") {
					if err := c.Follow(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		fresh, err := query.Open(context.Background(), m.View)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range catalogs {
			if err := c.Follow(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got, want := c.Dump(), fresh.Dump(); got != want {
				t.Fatalf("an index that followed holds\n%s\na fresh one\n%s", got, want)
			}
		}
	})
}

// Every product is found by any of its words, by the beginning of each, by what is inside, written in any way; and by its producer's words.
func TestSearchFindsEveryProductByItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &made{World: querytest.Province()}
		c, err := query.Open(context.Background(), m.View)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(5, 25).Draw(t, "steps") {
			m.grow(t)
		}
		if len(m.products) == 0 {
			return
		}
		p := rapid.SampledFrom(m.products).Draw(t, "product")
		texts := []string{p.name, p.id.String()}
		for _, a := range m.accounts {
			if a.id == p.id.Producer {
				texts = append(texts, a.name)
			}
		}
		text := rapid.SampledFrom(texts).Draw(t, "text")
		words := strings.Fields(text)
		word := rapid.SampledFrom(words).Draw(t, "word")
		switch rapid.IntRange(0, 4).Draw(t, "how") {
		case 1:
			word = norm.NFD.String(word)
		case 2:
			word = strings.ToUpper(word)
		case 3:
			word = strings.Join(query.Words(word), " ")
		case 4: // a part of it
			folded := query.Words(word)[0]
			from := rapid.IntRange(0, len(folded)-1).Draw(t, "from")
			word = folded[from:rapid.IntRange(from+1, len(folded)).Draw(t, "to")]
			if len(word) < 2 && from > 0 {
				return // single letters are looked for at the beginning of words
			}
		}
		if !finds(t, c, word, p.id) || !finds(t, c, text, p.id) {
			t.Fatalf("product %v %q not found by %q or %q", p.id, p.name, word, text)
		}
	})
}

func finds(t *rapid.T, c *query.Catalog, q string, id ledger.ProductID) (found bool) {
	page := &apiv1.Page{Size: 7}
	for {
		var a *apiv1.SearchResponse
		if err := c.Read(context.Background(), func(s *query.Snapshot) (err error) {
			a, err = s.Search(&apiv1.SearchRequest{Q: q, Page: page}, today)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, r := range a.Results {
			found = found || r.GetProduct().GetProduct() == id.String()
		}
		if a.NextPage == "" {
			return found
		}
		page = &apiv1.Page{Size: 7, Token: a.NextPage}
	}
}

// Lists hold what the naive model says, filter by filter, in order, on every page, whatever the page's size.
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

func inTerritory(code, in uint32) bool {
	return in == 0 || in == querytest.Country || in == querytest.TheTown || in == code
}

func (c *certificate) kind(on ledger.Date) apiv1.VerdictKind {
	const replaced = apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED
	switch {
	case c.from <= on && on <= c.last:
		return apiv1.VerdictKind_VERDICT_KIND_IN_FORCE
	case c.status != 0 && c.status != replaced:
		return c.status
	case on < c.from:
		return apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE
	case c.status == replaced && on <= c.until:
		return replaced
	}
	return apiv1.VerdictKind_VERDICT_KIND_EXPIRED
}

// speaks is the certificate that the verdict on a product rests on, by going through what can be in order of weight.
func (m *made) speaks(p *product, on ledger.Date) *certificate {
	var all []*certificate
	for _, c := range m.certificates {
		if c.product == p {
			all = append(all, c)
		}
	}
	for _, weighs := range []func(*certificate) bool{
		func(c *certificate) bool { return c.kind(on) == apiv1.VerdictKind_VERDICT_KIND_IN_FORCE },
		func(c *certificate) bool { return c.from <= on },
		func(c *certificate) bool { return c.status != apiv1.VerdictKind_VERDICT_KIND_REVOKED },
		func(*certificate) bool { return true },
	} {
		var best *certificate
		for _, c := range all {
			if weighs(c) && (best == nil || c.from >= best.from || best.from > on) {
				best = c
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

func matches(f *apiv1.Filter, kind apiv1.VerdictKind, star uint32) bool {
	want := map[apiv1.CertificateStatus]apiv1.VerdictKind{1: 1, 2: 2, 3: 3, 4: 6, 5: 5, 6: 4}[f.Status]
	return (f.Status == 0 || kind == want) && (f.Star == 0 || f.Star == star)
}

func (m *made) wantProducts(f *apiv1.Filter, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.products), func(a, b *product) int {
		return cmp.Or(cmp.Compare(a.id.Producer, b.id.Producer), cmp.Compare(a.id.Number, b.id.Number))
	})
	for _, p := range all {
		kind, star := apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED, uint32(0)
		if c := m.speaks(p, on); c != nil {
			if kind, star = c.kind(on), c.star; kind == apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED {
				kind = apiv1.VerdictKind_VERDICT_KIND_EXPIRED // and what replaced it is not in force
			}
		}
		if matches(f, kind, star) && (f.Group == "" || f.Group == p.group) && inTerritory(p.origin, f.Territory) {
			ids = append(ids, p.id.String())
		}
	}
	return ids
}

func (m *made) wantCertificates(f *apiv1.Filter, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.certificates), func(a, b *certificate) int { return cmp.Compare(a.id.Decision.Number, b.id.Decision.Number) })
	for _, c := range all {
		if matches(f, c.kind(on), c.star) && (f.Group == "" || f.Group == c.product.group) && inTerritory(c.product.origin, f.Territory) {
			ids = append(ids, c.id.String())
		}
	}
	return ids
}

func (m *made) wantProducers(territory uint32) (ids []string) {
	for _, a := range m.accounts { // made in the order of their numbers
		if a.producer && inTerritory(a.seat, territory) {
			ids = append(ids, a.id.String())
		}
	}
	return ids
}

func (m *made) wantExpiring(days uint32, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.certificates), func(a, b *certificate) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.id.Decision.Number, b.id.Decision.Number))
	})
	for _, c := range all {
		if c.from <= on && on <= c.last && c.last <= on.AddDays(int(days)) {
			ids = append(ids, c.id.String())
		}
	}
	return ids
}

func TestSearchRanksWholeWordsFirst(t *testing.T) {
	w := querytest.Province()
	if _, err := w.Do(1, w.Producer(1000001, "HTX Một", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 1}, "Chợmilan", "RS-2025", "food", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 2}, "Milano", "RS-2025", "food", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 3}, "Gạo Mil", "RS-2025", "food", querytest.DistrictB)); err != nil {
		t.Fatal(err)
	}
	a := ask(t, open(t, w), func(s *query.Snapshot) (*apiv1.SearchResponse, error) {
		return s.Search(&apiv1.SearchRequest{Q: "mil"}, today)
	})
	var got []string
	for _, r := range a.Results {
		got = append(got, r.GetProduct().GetProduct())
	}
	if want := []string{"1000001.3", "1000001.2", "1000001.1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSearchByCodesAndOtherThings(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	for q, want := range map[string]string{
		"1000001.2":            "product 1000001.2",
		"77/QĐ-UBND":           "certificate 1:2026:77/QĐ-UBND:1",
		"cong bang":            "product 1000001.1",
		"1000002":              "product 1000002.1",
		"hoa binh":             "product 1000002.1",
		"HÒA bình":             "product 1000002.1",
		"ho tieu dak mil":      "product 1000001.2",
		"dak mil cong 1":       "product 1000001.1",
		"nobody":               "",
		"":                     "",
		"'' -- ..":             "",
		"hồng đức":             "", // a trader is no producer
		"ca phe khong co that": "",
	} {
		a := ask(t, c, func(s *query.Snapshot) (*apiv1.SearchResponse, error) {
			return s.Search(&apiv1.SearchRequest{Q: q}, today)
		})
		got := ""
		if len(a.Results) > 0 {
			switch f := a.Results[0].Found.(type) {
			case *apiv1.SearchResult_Product:
				got = "product " + f.Product.Product
			case *apiv1.SearchResult_Producer:
				got = fmt.Sprint("producer ", f.Producer.Actor.Account)
			case *apiv1.SearchResult_Certificate:
				got = "certificate " + f.Certificate.Certificate
			}
		}
		if got != want {
			t.Errorf("%q finds %q first, want %q", q, got, want)
		}
	}
	for _, q := range []string{strings.Repeat("a", 201), strings.Repeat("a ", 11)} {
		err := c.Read(t.Context(), func(s *query.Snapshot) error {
			_, err := s.Search(&apiv1.SearchRequest{Q: q}, today)
			return err
		})
		if bad, ok := errors.AsType[*query.RequestError](err); !ok || bad.Field != "q" {
			t.Errorf("%d bytes: %v", len(q), err)
		}
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

// A reader of an older height than the index begins again; one that never catches up is told so and not left waiting.
func TestReadsAndTheIndexAreOfOneHeight(t *testing.T) {
	s := querytest.NewStory(t)
	old := *s.World // its slices and maps are shared, its height is not
	c := open(t, s.World)
	s.Must(1, s.Producer(1000010, "HTX Mới", querytest.DistrictA))
	list := func(q *query.Snapshot) error {
		a, err := q.ListProducers(&apiv1.ListProducersRequest{}, today)
		if err == nil && a.Total != 3 {
			t.Errorf("%d producers", a.Total)
		}
		return err
	}
	if err := c.Read(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	behind := 0
	stale, err := query.Open(t.Context(), func(f func(query.Source) error) error {
		if behind > 0 {
			behind--
			return f(&old)
		}
		return f(s.World)
	})
	if err != nil {
		t.Fatal(err)
	}
	behind = 1
	if err := stale.Read(t.Context(), list); err != nil {
		t.Errorf("an old view first: %v", err)
	}
	behind = 1000
	if err := stale.Read(t.Context(), func(*query.Snapshot) error { return nil }); err != nil {
		t.Errorf("a read without the index: %v", err)
	}
	if err := stale.Read(t.Context(), list); err == nil || behind < 1000-3*query.MaxRetries {
		t.Errorf("old views only: %v after %d views", err, 1000-behind)
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
	for field, f := range map[string]*apiv1.Filter{
		"filter.product":  {Product: "x"},
		"filter.decision": {Decision: "x"},
		"filter.status":   {Status: 99},
	} {
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
