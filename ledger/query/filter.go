package query

import (
	"errors"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	wiretext "github.com/ocopledger/ocop/ledger/wire/text"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// filter is a request's filter, taken apart once.
type filter struct {
	*apiv1.Filter
	byProduct bool
	productID ledger.ProductID
	byAct     bool
	decision  ledger.DecisionID
}

// Stars that a certificate can have.
const fewestStars, mostStars = 3, 5

// longestGroup is how long a group's code may be in a rule set, in bytes.
const longestGroup = 16

// filter takes a filter apart, and refuses what no product can match: an empty list would read like an answer. A well-formed group that no product has
// is an answer.
func (s *Snapshot) filter(q *apiv1.Filter) (filter, error) {
	f, err := newFilter(q)
	if err != nil || f.GetTerritory() == 0 {
		return f, err
	}
	_, err = read(s.Source, subject.Territory(f.GetTerritory()), subject.ParseTerritory)
	if errors.Is(err, ErrNotFound) {
		err = formTerritory.not("filter.territory", strconv.FormatUint(uint64(f.GetTerritory()), 10))
	}
	return f, err
}

func newFilter(q *apiv1.Filter) (f filter, err error) {
	if q == nil {
		q = new(apiv1.Filter)
	}
	f.Filter = q
	if q.GetProduct() != "" {
		f.byProduct = true
		if f.productID, err = ledger.ParseProductID(q.GetProduct()); err != nil {
			return f, formProduct.not("filter.product", q.GetProduct())
		}
	}
	if q.GetDecision() != "" {
		f.byAct = true
		if f.decision, err = ledger.ParseDecisionID(q.GetDecision()); err != nil {
			return f, formDecision.not("filter.decision", q.GetDecision())
		}
	}
	if n := q.GetStar(); n != 0 && (n < fewestStars || n > mostStars) {
		return f, formStar.not("filter.star", strconv.FormatUint(uint64(n), 10))
	}
	if a := ledger.AccountID(q.GetIssuer()); a != 0 && !a.IsAgency() {
		return f, formAgency.not("filter.issuer", a.String())
	}
	if g := q.GetGroup(); g != "" && !isGroup(g) {
		return f, formGroup.not("filter.group", strings.ToValidUTF8(g, "\ufffd"))
	}
	if _, known := kindOf[q.GetStatus()]; !known {
		return f, formStatus.not("filter.status", strconv.Itoa(int(q.GetStatus())))
	}
	return f, nil
}

// isGroup tells whether a rule set could have the code.
func isGroup(code string) bool {
	problem, _ := wiretext.Check(wiretext.Code, []byte(code))
	return problem == wiretext.OK && len(code) <= longestGroup
}

var kindOf = map[apiv1.CertificateStatus]apiv1.VerdictKind{
	apiv1.CertificateStatus_CERTIFICATE_STATUS_UNSPECIFIED:      apiv1.VerdictKind_VERDICT_KIND_UNSPECIFIED,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_IN_FORCE:         apiv1.VerdictKind_VERDICT_KIND_IN_FORCE,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_EXPIRED:          apiv1.VerdictKind_VERDICT_KIND_EXPIRED,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_REVOKED:          apiv1.VerdictKind_VERDICT_KIND_REVOKED,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_SUPERSEDED:       apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_NOT_YET_IN_FORCE: apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE,
	apiv1.CertificateStatus_CERTIFICATE_STATUS_NONE:             apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED,
}

// wants tells whether a certificate that speaks with this verdict is asked for; c is nil when there is none.
func (f filter) wants(kind apiv1.VerdictKind, c *subject.CertificateValue) bool {
	if want := kindOf[f.GetStatus()]; want != apiv1.VerdictKind_VERDICT_KIND_UNSPECIFIED && want != kind {
		return false
	}
	if c == nil {
		return f.GetStar() == 0 && f.GetIssuer() == 0 && !f.byAct
	}
	return (f.GetStar() == 0 || f.GetStar() == uint32(c.Star)) &&
		(f.GetIssuer() == 0 || ledger.AccountID(f.GetIssuer()) == c.Certificate.Decision.Issuer) &&
		(!f.byAct || f.decision == c.Certificate.Decision)
}

func (f filter) product(x *Index, p *productRow, on ledger.Date) bool {
	if f.byProduct && p.id != f.productID ||
		f.GetProducer() != 0 && ledger.AccountID(f.GetProducer()) != p.id.Producer ||
		f.GetGroup() != "" && f.GetGroup() != p.group ||
		f.GetTerritory() != 0 && !x.within(p.origin, f.GetTerritory()) {
		return false
	}
	return f.wants(x.judge(p, on))
}

// producer keeps producers by their seat and, when asked for, by having a product that the rest of the filter keeps.
func (f filter) producer(x *Index, a *accountRow, on ledger.Date) bool {
	if !a.producer || f.GetProducer() != 0 && ledger.AccountID(f.GetProducer()) != a.id || f.GetTerritory() != 0 && !x.within(a.seat, f.GetTerritory()) {
		return false
	}
	if f.GetStar() == 0 && f.GetGroup() == "" && f.GetStatus() == 0 && f.GetIssuer() == 0 && !f.byProduct && !f.byAct {
		return true
	}
	ofProducts := filter{&apiv1.Filter{Star: f.GetStar(), Group: f.GetGroup(), Status: f.GetStatus(), Issuer: f.GetIssuer()}, f.byProduct, f.productID, f.byAct, f.decision}
	for _, p := range x.productsOf(a.id) {
		if ofProducts.product(x, p, on) {
			return true
		}
	}
	return false
}

func (f filter) certificate(x *Index, c *certificateRow, on ledger.Date) bool {
	v := &c.value
	if f.byProduct && v.Product != f.productID ||
		f.GetProducer() != 0 && ledger.AccountID(f.GetProducer()) != v.Product.Producer ||
		f.GetGroup() != "" && f.GetGroup() != v.Group {
		return false
	}
	if f.GetTerritory() != 0 {
		if p, known := x.products[v.Product]; !known || !x.within(p.origin, f.GetTerritory()) {
			return false
		}
	}
	return f.wants(verdictKinds[v.Standing(on)], v)
}

// judge is the verdict on a product, as its certificates in the index have it.
func (x *Index) judge(p *productRow, on ledger.Date) (apiv1.VerdictKind, *subject.CertificateValue) {
	all := make([]*subject.CertificateValue, 0, 4)
	for _, id := range p.certificates {
		c, known := x.issued[id]
		if !known {
			return apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, nil
		}
		all = append(all, &c.value)
	}
	c, standing := subject.Speaks(all, on)
	return verdictKinds[standing], c
}

// producer shows a producer with the count of its products.
func (x *Index) producer(r *reader, row *accountRow, on ledger.Date) (*apiv1.Producer, error) {
	v, err := must(r.account(row.id))
	if err != nil {
		return nil, err
	}
	p := r.showProducer(v)
	for _, product := range x.productsOf(row.id) {
		p.Products++
		if kind, _ := x.judge(product, on); kind == apiv1.VerdictKind_VERDICT_KIND_IN_FORCE {
			p.Certified++
		}
	}
	return p, nil
}
