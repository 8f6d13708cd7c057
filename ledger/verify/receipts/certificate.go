package receipts

import (
	"math"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// lowestStar is the lowest a certificate is given for.
const lowestStar = 3

// issues checks that the author is the agency that a Decision names, in the year of its date and not before its day.
func (a *acting) issues(d ledger.DecisionID, date ledger.Date) *verify.Error {
	if refusal := a.agency(subject.KeyCertify); refusal != nil {
		return refusal
	}
	if d.Issuer != a.author.Account {
		return refuse(verify.WordCompetence, "agency %d signed a Decision of agency %d%s", a.author.Account, d.Issuer, a.where())
	}
	if !date.Valid() || d.Year != date.Year() || date > a.today {
		return a.rule("Decision %s of %s", d, date)
	}
	return nil
}

func (a *acting) openDecision(m *recordv1.OpenDecision) *verify.Error {
	v := &subject.DecisionValue{
		Decision: compose.DecisionID(m.GetDecision()), Date: ledger.Date(m.GetDate()), Historical: m.GetHistorical(), Document: documentOf(m.GetDocument()),
		Parts: uint8(m.GetParts()), Author: a.author.Account,
	}
	if refusal := a.issues(v.Decision, v.Date); refusal != nil {
		return refusal
	}
	if _, refusal := a.holds(subject.PowerCertify, v.Date); refusal != nil {
		return refusal
	}
	if v.Historical {
		if _, refusal := a.holds(subject.PowerImport, a.today); refusal != nil {
			return refusal
		}
	}
	for _, s := range a.schemes {
		if s.From > v.Date || s.Until != 0 && v.Date > s.Until {
			continue
		}
		if v.Scheme != "" { // no genesis says so: by which of them a certificate was given would be a guess
			return a.rule("two rule sets hold %s, the date of Decision %s", v.Date, v.Decision)
		}
		v.Scheme = s.ID
	}
	if v.Scheme == "" {
		return refuse(verify.WordClosure, "the rule set of %s is missing", v.Date)
	}
	if refusal := a.addPart(v, m.GetPart()); refusal != nil {
		return refusal
	}
	a.opened[v.Decision] = true
	a.putDecision(v)
	return nil
}

func (a *acting) addPart(v *subject.DecisionValue, part uint32) *verify.Error {
	if part < 1 || part > uint32(v.Parts) {
		return a.rule("part %d of %d of Decision %s", part, v.Parts, v.Decision)
	}
	if before := a.decisions[v.Decision]; before != nil {
		same := *before
		same.Present = v.Present
		if same != *v || before.HasPart(uint8(part)) {
			return a.rule("part %d of Decision %s is there, or of another", part, v.Decision)
		}
		v.Present = before.Present
	}
	v.AddPart(uint8(part))
	return nil
}

func (a *acting) certify(m *recordv1.Certify) *verify.Error {
	if refusal := a.agency(subject.KeyCertify); refusal != nil {
		return refusal
	}
	id := compose.CertificateID(m.GetCertificate())
	decision := a.decisions[id.Decision]
	if decision == nil {
		return a.absent(subject.Decision(id.Decision))
	}
	if !a.opened[id.Decision] {
		return a.rule("Decision %s was not opened by the record", id.Decision)
	}
	product, refusal := a.product(compose.ProductID(m.GetProduct()))
	if refusal != nil {
		return refusal
	}
	if a.certificates[id] != nil || len(product.Certificates) >= subject.MaxCertificates {
		return a.rule("certificate %s is taken", id)
	}
	v := &subject.CertificateValue{
		Certificate: id, Stated: a.stated(), Product: product.Product, Star: uint8(m.GetStar()), ScoreA: m.GetScores().GetA(), ScoreB: m.GetScores().GetB(),
		ScoreC: m.GetScores().GetC(), Total: m.GetScores().GetTotal(), MinimumsMet: m.GetMinimumsMet(), Scheme: decision.Scheme, Group: m.GetGroup(),
		DecisionDate: decision.Date, ValidFrom: ledger.Date(m.GetValidFrom()), ValidUntil: ledger.Date(m.GetValidUntil()), Historical: decision.Historical,
		Status: subject.CertificateIssued, EffectiveLast: ledger.Date(m.GetValidUntil()), Predecessor: compose.CertificateID(m.GetPredecessor()),
	}
	if refusal := a.recognise(v); refusal != nil {
		return refusal
	}
	if !v.Predecessor.IsZero() {
		if product, refusal = a.supersede(v, product); refusal != nil {
			return refusal
		}
	}
	next := *product
	next.Certificates = append(slices.Clone(product.Certificates), v.Term())
	if !alone(&next, v.Term()) {
		return a.rule("certificate %s counts on days on which another does", id)
	}
	a.putCertificate(v)
	a.putProduct(&next)
	return nil
}

// recognise checks a certificate against the rule set of its Decision's date, and that its issuer may give the star there.
func (a *acting) recognise(v *subject.CertificateValue) *verify.Error {
	scheme, refusal := a.scheme(v.Scheme)
	if refusal != nil {
		return refusal
	}
	if refusal := a.sound(v, scheme); refusal != nil {
		return refusal
	}
	producer, refusal := a.account(v.Product.Producer)
	if refusal != nil {
		return refusal
	}
	band, _ := bandOf(scheme, v.Star)
	g, refusal := a.competent(subject.PowerCertify, v.DecisionDate, producer.Territory, band.Recognisers)
	if refusal != nil {
		return refusal
	}
	g.Scheme = scheme.ID
	a.grounds[v.Certificate] = g
	return nil
}

func bandOf(scheme *subject.SchemeValue, star uint8) (subject.Band, bool) {
	i := slices.IndexFunc(scheme.Bands, func(b subject.Band) bool { return b.Star == star })
	if i < 0 {
		return subject.Band{}, false
	}
	return scheme.Bands[i], true
}

// sound checks scores, star and dates of a certificate.
func (a *acting) sound(v *subject.CertificateValue, s *subject.SchemeValue) *verify.Error {
	band, known := bandOf(s, v.Star)
	latest := v.DecisionDate.AddMonths(int(s.ValidityMonths)).AddDays(int(s.ValidityDays))
	switch {
	case v.ScoreA > s.MaxA || v.ScoreB > s.MaxB || v.ScoreC > s.MaxC || uint64(v.Total) != uint64(v.ScoreA)+uint64(v.ScoreB)+uint64(v.ScoreC):
		return a.rule("certificate %s: scores %d, %d, %d, total %d (hundredths)", v.Certificate, v.ScoreA, v.ScoreB, v.ScoreC, v.Total)
	case !known || v.Star < lowestStar || v.Total < band.Lowest || !v.MinimumsMet:
		return a.rule("certificate %s: %d stars for %d hundredths of a point", v.Certificate, v.Star, v.Total)
	case !v.ValidFrom.Valid() || !v.ValidUntil.Valid() || v.ValidFrom < v.DecisionDate || v.ValidUntil < v.ValidFrom || v.ValidUntil > latest:
		return a.rule("certificate %s: in force from %s to %s by a Decision of %s", v.Certificate, v.ValidFrom, v.ValidUntil, v.DecisionDate)
	}
	return nil
}

// supersede ends the predecessor of a new certificate on the day before it.
func (a *acting) supersede(v *subject.CertificateValue, product *subject.ProductValue) (*subject.ProductValue, *verify.Error) {
	old, refusal := a.certificate(v.Predecessor)
	if refusal != nil {
		return nil, refusal
	}
	if old.Product != v.Product || old.Status != subject.CertificateIssued || v.ValidFrom <= old.ValidFrom {
		return nil, a.rule("certificate %s cannot be renewed by %s", old.Certificate, v.Certificate)
	}
	before := *old
	before.Status, before.Successor = subject.CertificateSuperseded, v.Certificate
	before.EffectiveLast = before.LastDay(v.ValidFrom)
	a.putCertificate(&before)
	return a.setTerm(product, &before)
}

// alone tells that no other certificate of the product counts on a day of the term.
func alone(product *subject.ProductValue, t subject.Term) bool {
	return t.Until < t.From || !slices.ContainsFunc(product.Certificates, func(o subject.Term) bool {
		return o.Certificate != t.Certificate && o.From <= o.Until && o.From <= t.Until && t.From <= o.Until
	})
}

func (a *acting) revoke(m *recordv1.Revoke) *verify.Error {
	old, refusal := a.certificate(compose.CertificateID(m.GetCertificate()))
	if refusal != nil {
		return refusal
	}
	v := *old
	n := subject.Revocation{
		Decision: compose.DecisionID(m.GetDecision()), Date: ledger.Date(m.GetDate()), Document: documentOf(m.GetDocument()), Reason: uint8(m.GetReason()),
		Effective: ledger.Date(m.GetEffective()), Author: a.author.Account, Leaf: a.at.Leaf,
	}
	if refusal := a.issues(n.Decision, n.Date); refusal != nil {
		return refusal
	}
	if v.Status == subject.CertificateRevoked || n.Date < v.DecisionDate || n.Effective < n.Date || !n.Effective.Valid() {
		return a.rule("certificate %s cannot be revoked on %s", v.Certificate, n.Date)
	}
	if refusal := a.mayRevoke(&v, n.Date); refusal != nil {
		return refusal
	}
	v.Status, v.Revocation = subject.CertificateRevoked, n
	v.EffectiveLast = min(v.EffectiveLast, n.Effective.AddDays(-1))
	return a.place(&v)
}

// mayRevoke checks that the author is the issuer, or an agency of a higher level over the producer's seat.
func (a *acting) mayRevoke(v *subject.CertificateValue, date ledger.Date) (refusal *verify.Error) {
	issuer := v.Certificate.Decision.Issuer
	if a.author.Account == issuer {
		a.revoked[v.Certificate], refusal = a.holds(subject.PowerRevoke, date)
		return refusal
	}
	levels, refusal := a.levelsAbove(issuer)
	if refusal != nil {
		return refusal
	}
	producer, refusal := a.account(v.Product.Producer)
	if refusal != nil {
		return refusal
	}
	a.revoked[v.Certificate], refusal = a.competent(subject.PowerRevoke, date, producer.Territory, levels)
	return refusal
}

// place writes a certificate and its term.
func (a *acting) place(v *subject.CertificateValue) *verify.Error {
	product, refusal := a.product(v.Product)
	if refusal != nil {
		return refusal
	}
	next, refusal := a.setTerm(product, v)
	if refusal != nil {
		return refusal
	}
	a.putCertificate(v)
	a.putProduct(next)
	return nil
}

// correctCertificate is the issuer's; another star must be the issuer's to give.
func (a *acting) correctCertificate(m *recordv1.Correct, id ledger.CertificateID) *verify.Error {
	old, refusal := a.certificate(id)
	if refusal != nil {
		return refusal
	}
	if refusal := a.agency(subject.KeyCertify); refusal != nil {
		return refusal
	}
	if a.author.Account != id.Decision.Issuer {
		return refuse(verify.WordCompetence, "certificate %s is not agency %d's to correct%s", id, a.author.Account, a.where())
	}
	if old.Status == subject.CertificateRevoked || old.Corrections == math.MaxUint16 {
		return a.rule("certificate %s cannot be corrected any more", id)
	}
	if _, refusal := a.holds(subject.PowerCorrect, a.today); refusal != nil {
		return refusal
	}
	v := *old
	if refusal := a.mend(m, v.Stated, certificateFields(&v)); refusal != nil {
		return refusal
	}
	if v.Star != old.Star {
		refusal = a.recognise(&v)
	} else if scheme := a.schemes[v.Scheme]; scheme != nil {
		refusal = a.sound(&v, scheme)
	}
	if refusal != nil {
		return refusal
	}
	v.Corrections++
	return a.placeAgain(&v)
}

// placeAgain writes a corrected certificate, and what hangs on its dates: the predecessor, which counts until the day before, and both terms.
func (a *acting) placeAgain(v *subject.CertificateValue) *verify.Error {
	before, refusal := a.product(v.Product)
	if refusal != nil {
		return refusal
	}
	v.EffectiveLast = v.ValidUntil
	if !v.Successor.IsZero() {
		successor, refusal := a.certificate(v.Successor)
		if refusal != nil {
			return refusal
		}
		if successor.ValidFrom <= v.ValidFrom {
			return a.rule("certificate %s begins after its successor", v.Certificate)
		}
		v.EffectiveLast = v.LastDay(successor.ValidFrom)
	}
	a.putCertificate(v)
	product, refusal := a.setTerm(before, v)
	if refusal != nil {
		return refusal
	}
	if !v.Predecessor.IsZero() {
		if product, refusal = a.placePredecessor(v, product); refusal != nil {
			return refusal
		}
	}
	if !alone(product, v.Term()) {
		return a.rule("certificate %s counts on days on which another does", v.Certificate)
	}
	if !slices.Equal(product.Certificates, before.Certificates) {
		a.putProduct(product)
	}
	return nil
}

func (a *acting) placePredecessor(v *subject.CertificateValue, product *subject.ProductValue) (*subject.ProductValue, *verify.Error) {
	p, refusal := a.certificate(v.Predecessor)
	if refusal != nil {
		return nil, refusal
	}
	if v.ValidFrom <= p.ValidFrom {
		return nil, a.rule("certificate %s begins before its predecessor", v.Certificate)
	}
	last := p.LastDay(v.ValidFrom)
	if last == p.EffectiveLast {
		return product, nil
	}
	next := *p
	next.EffectiveLast = last
	a.putCertificate(&next)
	product, refusal = a.setTerm(product, &next)
	if refusal == nil && !alone(product, next.Term()) {
		refusal = a.rule("certificate %s counts on days on which another does", next.Certificate)
	}
	return product, refusal
}
