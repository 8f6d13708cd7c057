package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// What a product's page shows of long stories; the rest is a page further.
const (
	certificationSteps = 200
	tradeSteps         = 20
	cardedLots         = 6
)

// productView is what a buyer sees.
type productView struct {
	Verdict      *verdictView
	Proof        *proof
	Name         string
	ID           string
	Facts        []fact
	Documents    []document
	Missing      string // parts of the Decision that are not on the ledger
	Steps        []step
	Certificates []card
	Lots         []lotCard
	MoreLots     string
	Trade        []step
	Photo        *photo
	Stopped      []fact // lots that must not be used
	Inspections  inspectionsView
	QR           string
	Code         string // what the QR code says, for people to type
}

// fact is a line of what there is to know.
type fact struct {
	Name, Value string
	Link        string
	More        string
}

// document is a file published elsewhere.
type document struct {
	Title, Name, Size, Hash string
}

func product(v *visit, s *query.Snapshot) error {
	l, id := v.frame.L, v.request.PathValue("id")
	options := &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_CERTIFICATION, Page: &apiv1.Page{Size: certificationSteps}}
	a, err := s.TraceProduct(&apiv1.TraceProductRequest{Product: id, Timeline: options}, v.today)
	if err != nil {
		return v.missing(err, "product", id)
	}
	options = &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE, NewestFirst: true, Page: &apiv1.Page{Size: tradeSteps}}
	trade, err := s.TraceProduct(&apiv1.TraceProductRequest{Product: id, Timeline: options}, v.today)
	if err != nil {
		return err
	}
	v.unit = a.Product.GetUnit()
	named, err := ledger.ParseProductID(id)
	if err != nil {
		return err
	}
	v.of.Product = named
	p := productView{
		Name: l.Product(a.Product.GetName(), id), ID: id, QR: "/qr/" + id + ".svg", Code: printed(v.codeOf(named)),
		Steps: v.steps(s, a.Timeline.GetEvents()), Trade: v.steps(s, trade.Timeline.GetEvents()),
	}
	speaks := certificateNamed(a.Certificates, a.Verdict.GetCertificate())
	p.Verdict = l.verdict(a.Verdict, speaks.GetRevocation())
	p.Proof, p.Verdict.Said = v.prove(s, "product", id, a.Verdict, a.Product), true
	p.Facts = l.productFacts(v.producer(s, a.Product.GetProducer()), a.Product, speaks)
	if speaks != nil {
		p.Documents, p.Missing = l.documents(speaks, decisionNamed(a.Decisions, speaks.GetDecision()))
	}
	if len(a.Certificates) > 1 {
		for i := len(a.Certificates) - 1; i >= 0; i-- {
			c := a.Certificates[i]
			shown := l.certificateCard(c, l.sign(c.GetVerdict().GetKind()))
			shown.Kind, shown.Name = "", l.T("valid.range", l.Date(c.GetValidFrom()), l.Date(c.GetLastDay()))
			p.Certificates = append(p.Certificates, shown)
		}
	}
	for _, lot := range a.Lots[:min(len(a.Lots), cardedLots)] {
		p.Lots = append(p.Lots, l.lotCard(lot))
	}
	if a.MoreLots || len(a.Lots) > cardedLots {
		p.MoreLots = l.T("lots.more")
	}
	p.Photo = v.photo(a.Product)
	p.Stopped, p.Inspections = l.stoppedLots(a.StoppedLots), l.inspections(a.Inspections)
	v.callsOf(a.Contacts)
	v.page, v.frame.Body = "product", p
	v.frame.Title = p.Name + " · " + p.Verdict.Sign.Word
	return v.code(s, named, "")
}

// printed is a link as people read and type it: browsers put the scheme in front by themselves.
func printed(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	return rest
}

func certificateNamed(all []*apiv1.Certificate, id string) *apiv1.Certificate {
	for _, c := range all {
		if c.GetCertificate() == id {
			return c
		}
	}
	return nil
}

func decisionNamed(all []*apiv1.Decision, id string) *apiv1.Decision {
	for _, d := range all {
		if d.GetDecision() == id {
			return d
		}
	}
	return nil
}

// productFacts says who made it and who certified it, the most important first. c is nil when nothing was certified.
func (l language) productFacts(producer string, p *apiv1.Product, c *apiv1.Certificate) []fact {
	facts := []fact{{Name: l.T("producer"), Value: producer, Link: l.ProducerLink(p.GetProducer().GetAccount()), More: l.Kind(p.GetProducer().GetKind())}}
	if c != nil {
		facts = append(facts, l.certificateFacts(c)...)
	}
	facts = append(facts, fact{Name: l.T("origin"), Value: p.GetOrigin().GetFullName()}, fact{Name: l.T("group"), Value: l.Group(p.GetGroup())})
	if p.GetGtin() != "" {
		facts = append(facts, fact{Name: l.T("gtin"), Value: p.GetGtin()})
	}
	return append(facts, fact{Name: l.T("product.id"), Value: p.GetProduct()})
}

func (l language) certificateFacts(c *apiv1.Certificate) []fact {
	id, err := ledger.ParseCertificateID(c.GetCertificate())
	if err != nil {
		return nil
	}
	valid := l.T("valid.range", l.Date(c.GetValidFrom()), l.Date(c.GetLastDay()))
	more := ""
	if c.GetLastDay() != c.GetValidUntil() {
		more = l.T("valid.cut", l.Date(c.GetValidUntil()))
	}
	decision := fact{Name: l.T("decision"), Value: l.T("decision.of", id.Decision.Number, l.Date(c.GetDecisionDate())), Link: l.CertificateLink(c.GetCertificate())}
	if c.GetHistorical() {
		decision.More = l.T("historical")
	}
	s := c.GetScores()
	scores := fact{Name: l.T("scores"), Value: l.T("scores.total", l.Points(s.GetTotal()))}
	if s.GetA()+s.GetB()+s.GetC() > 0 {
		scores.More = l.T("scores.parts", l.Points(s.GetA()), l.Points(s.GetB()), l.Points(s.GetC()))
	}
	return []fact{{Name: l.T("issuer"), Value: l.Name(c.GetIssuer())}, decision, {Name: l.T("valid"), Value: valid, More: more}, scores}
}

// documents are the legal acts themselves, by their hashes.
func (l language) documents(c *apiv1.Certificate, d *apiv1.Decision) (shown []document, missing string) {
	if d != nil {
		shown = append(shown, l.document(l.T("document"), d.GetDocument()))
		missing = l.parts(d)
	}
	if r := c.GetRevocation(); r != nil {
		shown = append(shown, l.document(l.T("document.revoke"), r.GetDocument()))
	}
	return shown, missing
}

func (l language) document(title string, d *recordv1.Document) document {
	return document{title, d.GetName(), l.T("document.size", l.Number(d.GetSize())), hex.EncodeToString(d.GetSha256())}
}

// parts says which parts of a Decision are not on the ledger, if any.
func (l language) parts(d *apiv1.Decision) string {
	if len(d.GetMissingParts()) == 0 {
		return ""
	}
	list := ""
	for i, n := range d.GetMissingParts() {
		if i > 0 {
			list += ", "
		}
		list += l.Number(uint64(n))
	}
	return l.T("decision.parts", l.Number(uint64(d.GetParts())), list)
}

// missing makes the page for what is not there or cannot be understood. Neither is ever mistaken for a good answer: the verdict says so first.
func (v *visit) missing(err error, what, id string) error {
	l := v.frame.L
	var bad *query.RequestError
	switch {
	case errors.As(err, &bad):
		v.message(http.StatusBadRequest, l.T("error.400.title"), l.T("error.400."+what, id))
	case errors.Is(err, query.ErrNotFound):
		v.message(http.StatusNotFound, l.sign(apiv1.VerdictKind_VERDICT_KIND_UNKNOWN).Word, l.T("error."+what, id))
	default:
		return err
	}
	unknown := &apiv1.Verdict{Kind: apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, Date: uint32(v.today), Sentence: query.Sentence(apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, 0)}
	m := v.frame.Body.(message)
	m.Verdict, m.Heading, m.More = l.verdict(unknown, nil), "", l.T("error.why")
	v.frame.Body = m
	return nil
}
