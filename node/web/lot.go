package web

import (
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const lotSteps = 50

type lotView struct {
	Verdict *verdictView
	Proof   *proof
	Lot     lotCard
	Product string
	Link    string
	Facts   []fact
	Holders []fact
	Photo   *photo
	Past    string // of goods that are past their date
	From    []card // what it was made of
	Into    []card // what was made of it
	Others  bool   // there may be more of these
	Checked inspectionsView

	Documents []document // that hold or recall it
	More      string
	Steps     []step
	First     string
	Next      string
}

// lotCard is a lot with its balance.
type lotCard struct {
	Link, Title string
	Dates       string
	Made        string
	Sold        string // to consumers and outside: out of the chain
	Used        string // made into other lots; empty: nothing
	Remaining   string // with accounts of the ledger
	Bar         string
	Percent     uint64 // of the quantity that is sold out of the chain or used
	Sign        *sign  // of a lot that must not be used
}

func (l language) lotCard(lot *apiv1.Lot) lotCard {
	gone := min(lot.GetQuantity(), lot.GetLeft()+lot.GetUsed())
	c := lotCard{
		Link:      l.LotLink(lot.GetLot()),
		Title:     l.T("lot", codeOf(lot.GetLot())),
		Dates:     l.T("lot.produced", l.Date(lot.GetProduced())),
		Made:      l.Quantity(lot.GetQuantity(), lot.GetUnit()),
		Sold:      l.Share(lot.GetLeft(), lot.GetQuantity(), lot.GetUnit()),
		Remaining: l.Share(lot.GetQuantity()-gone, lot.GetQuantity(), lot.GetUnit()),
		Sign:      l.restraintSign(lot.GetRestraint()),
	}
	if lot.GetExpires() != 0 {
		c.Dates += " · " + l.T("lot.expires", l.Date(lot.GetExpires()))
	}
	c.Bar = l.T("lot.bar", c.Sold, c.Made, c.Remaining)
	if lot.GetUsed() > 0 {
		c.Used = l.Quantity(lot.GetUsed(), lot.GetUnit())
		c.Bar = l.T("lot.bar.used", c.Sold, c.Used, c.Made, c.Remaining)
	}
	c.Percent = percent(gone, lot.GetQuantity())
	return c
}

// percent is how much of a bar is filled: a little is seen as a little, and almost all is not seen as all. Quantities are at most 10^15.
func percent(part, whole uint64) uint64 {
	switch {
	case part == 0 || whole == 0:
		return 0
	case part >= whole:
		return 100
	}
	return min(99, max(1, part*100/whole))
}

// speaksFor is the certificate that a product's verdict rests on; nil: none. The code on a label leads to its lot, and whoever scans it asks who certified the
// product, and until when.
func (v *visit) speaksFor(s *query.Snapshot, p *apiv1.Product) (*apiv1.Certificate, error) {
	id := p.GetVerdict().GetCertificate()
	if id == "" {
		return nil, nil
	}
	a, err := s.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: id, Timeline: noEvents}, v.today)
	return a.GetCertificate(), err
}

func lot(v *visit, s *query.Snapshot) error {
	l, id := v.frame.L, v.request.PathValue("id")
	a, err := s.TraceLot(&apiv1.TraceLotRequest{Lot: id, Timeline: &apiv1.TimelineOptions{
		Part: apiv1.TimelinePart_TIMELINE_PART_TRADE, Page: &apiv1.Page{Size: lotSteps, Token: v.request.URL.Query().Get("page")},
	}}, v.today)
	if err != nil {
		return v.missing(err, "lot", id)
	}
	if v.of, err = ledger.ParseLotID(id); err != nil {
		return err
	}
	v.unit = a.Lot.GetUnit()
	speaks, err := v.speaksFor(s, a.Product)
	if err != nil {
		return err
	}
	shown := lotView{
		Verdict: l.verdict(a.Verdict, speaks.GetRevocation()), Lot: l.lotCard(a.Lot), Product: l.Product(a.Product.GetName(), a.Product.GetProduct()),
		Link: l.ProductLink(a.Product.GetProduct()), Steps: v.steps(s, a.Timeline.GetEvents()),
	}
	shown.Proof, shown.Verdict.Said = v.prove(s, "lot", id, a.Verdict, a.Product), true
	shown.Facts = []fact{
		{Name: l.T("lot.of"), Value: shown.Product, Link: shown.Link},
		{Name: l.T("producer"), Value: v.producer(s, a.Product.GetProducer()), Link: l.ProducerLink(a.Product.GetProducer().GetAccount())},
	}
	if speaks != nil {
		shown.Facts = append(shown.Facts, l.certificateFacts(speaks)...)
	}
	shown.Photo = v.photo(a.Product)
	if end := ledger.Date(a.Lot.GetExpires()); end != 0 && end < v.today {
		shown.Past = l.T("lot.past", l.Date(uint32(end)))
	}
	if a.Lot.GetRestraint() != nil {
		shown.Verdict.Reason = l.restrained(a.Lot.GetRestraint(), id)
		if d := a.Lot.GetRestraint().GetDocument(); d != nil {
			shown.Documents = append(shown.Documents, l.document(l.T("document.restrain"), d))
		}
		shown.Facts = append(shown.Facts, fact{Name: l.T("lot.product"), Value: l.text(a.Product.GetVerdict().GetSentence())})
	}
	shown.Facts = append(shown.Facts, l.supplyFacts(a.Lot)...)
	shown.From, shown.Into, shown.Others = l.origin(a.Ancestors), l.origin(a.Descendants), a.MoreDescendants
	shown.Checked = l.inspections(a.Inspections)
	v.callsOf(a.Contacts)
	for _, h := range a.Holders {
		shown.Holders = append(shown.Holders, fact{Name: l.Name(h.GetHolder()), Value: l.Quantity(h.GetQuantity(), a.Lot.GetUnit())})
	}
	if a.MoreHolders {
		shown.More = l.T("lot.more")
	}
	if v.request.URL.Query().Get("page") != "" {
		shown.First = l.LotLink(id)
	}
	if a.Timeline.GetNextPage() != "" {
		shown.Next = l.Link(strings.TrimSuffix(l.LotLink(id), "?lang=en"), "page", a.Timeline.GetNextPage())
	}
	v.page, v.frame.Body = "lot", shown
	v.frame.Title = shown.Lot.Title + " · " + shown.Product
	return v.code(s, v.of.Product, v.of.Lot)
}
