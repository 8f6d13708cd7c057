package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// listRows is the rows of a page.
const listRows = 30

// homeView is search, list and filters.
type homeView struct {
	Heading  string
	Searched bool
	Wrong    string // what is wrong with a code that was searched for
	Producer string // whose products alone are listed
	Hidden   []pair // carried along by the filter form
	Stars    []option
	Groups   []option
	Places   []option
	Statuses []option
	Narrowed bool
	Cards    []card
	First    string
	Next     string
	Soon     *soonView // nil when searching
}

type pair struct{ Name, Value string }

type option struct {
	Value, Text string
	Chosen      bool
}

// card is a row of a list.
type card struct {
	Link  string
	Kind  string // what is found, when lists are mixed
	Name  string
	Lines []string
	Stars *starsView
	Sign  *sign
}

// home searches when asked to, and lists products otherwise.
func home(v *visit, s *query.Snapshot) error {
	v.page = "home"
	q := v.request.URL.Query()
	v.frame.Query = strings.TrimSpace(q.Get("q"))
	v.frame.Title = v.frame.L.T("site.about")
	if v.frame.Query != "" {
		return v.search(s)
	}
	return v.products(s)
}

func (v *visit) search(s *query.Snapshot) error {
	l := v.frame.L
	to, err := v.exact(s)
	switch {
	case err != nil:
		return err
	case len(to) == 1:
		v.redir = to[0].Link
		return nil
	case len(to) > 1:
		h := homeView{Searched: true, Heading: l.T("search.several"), Cards: to}
		v.frame.Title, v.frame.Body = h.Heading, h
		return nil
	}
	a, err := s.Search(&apiv1.SearchRequest{Q: v.frame.Query, Page: v.asked()}, v.today)
	if err != nil {
		return err
	}
	h := homeView{Searched: true, Heading: l.T("search.found", l.Number(a.Total), v.frame.Query)}
	if a.Total == 0 {
		h.Heading = l.T("search.none", v.frame.Query)
		if h.Wrong, err = v.wrong(s); err != nil {
			return err
		}
	}
	for _, r := range a.Results {
		switch f := r.GetFound().(type) {
		case *apiv1.SearchResult_Product:
			h.Cards = append(h.Cards, l.productCard(f.Product))
		case *apiv1.SearchResult_Producer:
			h.Cards = append(h.Cards, l.producerCard(f.Producer))
		case *apiv1.SearchResult_Certificate:
			h.Cards = append(h.Cards, l.certificateCard(f.Certificate, l.sign(f.Certificate.GetVerdict().GetKind())))
		}
	}
	h.First, h.Next = v.turn(a.NextPage, "q", v.frame.Query)
	v.frame.Title = h.Heading
	v.frame.Body = h
	return nil
}

// exact leads straight to what a code names, as scanning it would.
func (v *visit) exact(s *query.Snapshot) ([]card, error) {
	l, q := v.frame.L, v.frame.Query
	if to, err := v.typed(s); len(to) > 0 || err != nil {
		return to, err
	}
	if _, err := s.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: q, Timeline: noEvents}, v.today); err == nil {
		return []card{{Link: l.CertificateLink(q)}}, nil
	}
	return nil, nil
}

// noEvents asks for as little of a timeline as there can be.
var noEvents = &apiv1.TimelineOptions{Page: &apiv1.Page{Size: 1}}

func (v *visit) products(s *query.Snapshot) error {
	l, q := v.frame.L, v.request.URL.Query()
	f, err := filterOf(q.Get)
	if err != nil {
		return err
	}
	a, err := s.ListProducts(&apiv1.ListProductsRequest{Filter: f, Page: v.asked()}, v.today)
	if err != nil {
		return err
	}
	h := homeView{Heading: l.T("list.products", l.Number(a.Total)), Narrowed: f.Star != 0 || f.Group != "" || f.Territory != 0 || f.Status != 0 || f.Producer != 0}
	for _, p := range a.Products {
		h.Cards = append(h.Cards, l.productCard(p))
	}
	if len(h.Cards) == 0 {
		h.Heading = l.T("list.none")
	}
	h.First, h.Next = v.turn(a.NextPage, "star", q.Get("star"), "group", q.Get("group"), "place", q.Get("place"), "status", q.Get("status"), "producer", q.Get("producer"))
	if f.Producer != 0 {
		h.Producer = l.T("filter.producer", l.Name(s.Actor(ledger.AccountID(f.Producer))))
		h.Hidden = append(h.Hidden, pair{"producer", q.Get("producer")})
		v.frame.Title = h.Producer
	}
	if err := v.choices(s, &h, f); err != nil {
		return err
	}
	soon, err := s.ListExpiring(&apiv1.ListExpiringRequest{Days: soonDays, Page: &apiv1.Page{Size: 1}}, v.today)
	if err != nil {
		return err
	}
	shown, err := v.soon(s, soonDays, soon.Total)
	if err != nil {
		return err
	}
	h.Soon = &shown
	v.frame.Body = h
	return nil
}

// statuses that a list can be narrowed to, with the words they have in addresses.
var statuses = []struct {
	word   string
	status apiv1.CertificateStatus
	kind   apiv1.VerdictKind
}{
	{"in-force", apiv1.CertificateStatus_CERTIFICATE_STATUS_IN_FORCE, apiv1.VerdictKind_VERDICT_KIND_IN_FORCE},
	{"expired", apiv1.CertificateStatus_CERTIFICATE_STATUS_EXPIRED, apiv1.VerdictKind_VERDICT_KIND_EXPIRED},
	{"revoked", apiv1.CertificateStatus_CERTIFICATE_STATUS_REVOKED, apiv1.VerdictKind_VERDICT_KIND_REVOKED},
	{"none", apiv1.CertificateStatus_CERTIFICATE_STATUS_NONE, apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED},
}

// unknownValue refuses a field of a link that somebody changed by hand.
func unknownValue(field string) error {
	return &query.RequestError{Field: field, Fault: reason.Fault{Kind: "unknown_value", Vietnamese: "giá trị không có trong danh mục", English: "the value is not in the list"}}
}

func filterOf(get func(string) string) (*apiv1.Filter, error) {
	f := &apiv1.Filter{Group: get("group")}
	number := func(name string, bits int) (n uint64) {
		text := get(name)
		if text == "" {
			return 0
		}
		n, err := strconv.ParseUint(text, 10, bits)
		if err != nil || n == 0 {
			f = nil
		}
		return n
	}
	star, place, producer := number("star", 8), number("place", 32), number("producer", 64)
	if f == nil {
		return nil, unknownValue("filter")
	}
	f.Star, f.Territory, f.Producer = uint32(star), uint32(place), producer
	if word := get("status"); word != "" {
		for _, st := range statuses {
			if st.word == word {
				f.Status = st.status
			}
		}
		if f.Status == 0 {
			return nil, unknownValue("status")
		}
	}
	return f, nil
}

// choices fills the filter form with what there is on the ledger.
func (v *visit) choices(s *query.Snapshot, h *homeView, f *apiv1.Filter) error {
	l := v.frame.L
	facets, err := s.ListFacets()
	if err != nil {
		return err
	}
	for star := uint32(5); star >= 3; star-- {
		h.Stars = append(h.Stars, option{fmt.Sprint(star), l.T("stars", star), star == f.Star})
	}
	for _, g := range facets.Groups {
		h.Groups = append(h.Groups, option{g.GetCode(), l.Group(g), g.GetCode() == f.Group})
	}
	for _, p := range facets.Territories {
		if p.GetLevel() == uint32(recordv1.Level_LEVEL_MINISTRY) { // everything is in the country
			continue
		}
		h.Places = append(h.Places, option{fmt.Sprint(p.GetCode()), p.GetFullName(), p.GetCode() == f.Territory})
	}
	for _, st := range statuses {
		h.Statuses = append(h.Statuses, option{st.word, l.sign(st.kind).Word, st.status == f.Status})
	}
	return nil
}

// asked is the page a request asks for.
func (v *visit) asked() *apiv1.Page {
	return &apiv1.Page{Size: listRows, Token: v.request.URL.Query().Get("page")}
}

// turn links to the first page, unless this is it, and the next one, if there is one.
func (v *visit) turn(token string, pairs ...string) (first, next string) {
	path := v.request.URL.Path
	if v.request.URL.Query().Get("page") != "" {
		first = v.frame.L.Link(path, pairs...)
	}
	if token != "" {
		next = v.frame.L.Link(path, append(pairs, "page", token)...)
	}
	return first, next
}

func (l language) productCard(p *apiv1.Product) card {
	sign := l.sign(p.GetVerdict().GetKind())
	return card{
		Link: l.ProductLink(p.GetProduct()), Name: l.Product(p.GetName(), p.GetProduct()), Stars: l.stars(p.GetVerdict().GetStar(), p.GetVerdict().GetKind()), Sign: &sign,
		Lines: []string{l.Name(p.GetProducer()), p.GetOrigin().GetFullName()},
	}
}

func (l language) producerCard(p *apiv1.Producer) card {
	return card{
		Link: l.ProducerLink(p.GetActor().GetAccount()), Kind: l.T("producer"), Name: l.Name(p.GetActor()),
		Lines: []string{p.GetActor().GetSeat().GetFullName(), l.T("producer.count", l.Number(uint64(p.GetProducts())), l.Number(uint64(p.GetCertified())))},
	}
}

func (l language) certificateCard(c *apiv1.Certificate, s sign) card {
	id, err := ledger.ParseCertificateID(c.GetCertificate())
	if err != nil {
		return card{Link: l.CertificateLink(c.GetCertificate()), Name: c.GetCertificate()}
	}
	return card{
		Link: l.CertificateLink(c.GetCertificate()), Kind: l.T("certificate"), Name: l.Product(c.GetProductName(), c.GetProduct()), Stars: l.stars(c.GetStar(), c.GetVerdict().GetKind()), Sign: &s,
		Lines: []string{l.T("certificate.item", l.Number(uint64(id.Item)), id.Decision.Number), l.Name(c.GetIssuer())},
	}
}
