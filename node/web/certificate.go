package web

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

type certificateView struct {
	Verdict   *verdictView
	Proof     *proof
	Name      string
	Link      string
	Facts     []fact
	Documents []document
	Missing   string
	Steps     []step
}

func certificate(v *visit, s *query.Snapshot) error {
	l, id := v.frame.L, v.request.PathValue("id")
	a, err := s.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: id, Timeline: &apiv1.TimelineOptions{Page: &apiv1.Page{Size: certificationSteps}}}, v.today)
	if err != nil {
		return v.missing(err, "certificate", id)
	}
	c := a.Certificate
	shown := certificateView{
		Verdict: l.verdict(a.Verdict, c.GetRevocation()), Name: l.Product(c.GetProductName(), c.GetProduct()), Link: l.ProductLink(c.GetProduct()),
		Steps: v.steps(s, a.Timeline.GetEvents()),
	}
	shown.Proof, shown.Verdict.Said = v.prove(s, "certificate", id, a.Verdict, a.Product), true
	shown.Facts = append([]fact{{Name: l.T("certificate"), Value: c.GetCertificate()}}, l.certificateFacts(c)...)
	for i := range shown.Facts {
		if shown.Facts[i].Name == l.T("decision") {
			shown.Facts[i].Link = "" // that is this page
		}
	}
	shown.Facts = append(shown.Facts, fact{Name: l.T("group"), Value: l.Group(c.GetGroup())},
		fact{Name: l.T("producer"), Value: v.producer(s, a.Product.GetProducer()), Link: l.ProducerLink(a.Product.GetProducer().GetAccount())})
	for _, other := range []struct{ name, id string }{{"certificate.renews", c.GetPredecessor()}, {"certificate.next", c.GetSuccessor()}} {
		if at, err := ledger.ParseCertificateID(other.id); err == nil {
			shown.Facts = append(shown.Facts, fact{Name: l.T(other.name), Link: l.CertificateLink(other.id),
				Value: l.T("certificate.item", l.Number(uint64(at.Item)), at.Decision.Number)})
		}
	}
	shown.Documents, shown.Missing = l.documents(c, a.Decision)
	if err := v.callsFor(s, ledger.AccountID(c.GetIssuer().GetAccount())); err != nil {
		return err
	}
	v.page, v.frame.Body = "certificate", shown
	v.frame.Title = l.T("certificate") + " · " + shown.Name + " · " + shown.Verdict.Sign.Word
	return nil
}
