package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Certificates are for these stars; a total is out of 100.00 points.
const (
	lowestStar   = 3
	highestStar  = 5
	highestTotal = 100_00
)

func (r *record) certify(a *recordv1.Certify) *Refusal {
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return refusal
	}
	id := certificateOf(a.Certificate)
	i := slices.IndexFunc(r.opened, func(o opened) bool { return o.id == id.Decision })
	if i < 0 {
		return refuse(reason.DecisionNotOpened, "certify.certificate.decision", decisionArg(id.Decision))
	}
	decision := &r.opened[i]
	if _, taken := r.Value(subject.Certificate(id)); taken {
		return refuse(reason.ItemTaken, "certify.certificate.item", reason.Text("have", ledger.AccountID(id.Item).String()), decisionArg(id.Decision))
	}
	product, refusal := r.product(productOf(a.Product), "certify.product")
	if refusal != nil {
		return refusal
	}
	v := subject.CertificateValue{
		Certificate: id, Stated: r.action(), Product: product.Product, Star: uint8(a.Star),
		ScoreA: a.Scores.A, ScoreB: a.Scores.B, ScoreC: a.Scores.C, Total: a.Scores.Total, MinimumsMet: a.MinimumsMet,
		Scheme: decision.scheme.ID, Group: a.Group, DecisionDate: decision.date,
		ValidFrom: ledger.Date(a.ValidFrom), ValidUntil: ledger.Date(a.ValidUntil), Historical: decision.historical,
		Status: subject.CertificateIssued, EffectiveLast: ledger.Date(a.ValidUntil),
	}
	if refusal := checkCertificate(&v, decision.scheme, certifyFields); refusal != nil {
		return refusal
	}
	if refusal := r.mayRecognise(&v, decision.scheme, certifyFields); refusal != nil {
		return refusal
	}
	if a.Predecessor != nil {
		v.Predecessor = certificateOf(a.Predecessor)
		if refusal := r.supersede(&v, &product); refusal != nil {
			return refusal
		}
	}
	if len(product.Certificates) >= subject.MaxCertificates {
		return refuse(reason.LimitReached, "certify.product", reason.Count("want", subject.MaxCertificates), reason.Words("what", "giấy chứng nhận của một sản phẩm", "certificates of a product"))
	}
	if refusal := alone(&product, v.Term(), "certify.valid_from"); refusal != nil {
		return refusal
	}
	product.Certificates = append(product.Certificates, v.Term())
	r.write(subject.Certificate(id), v.Append(r.buffer()))
	r.write(subject.Product(product.Product), product.Append(r.buffer()))
	return nil
}

// fieldNames are where the values of a certificate stand in an action.
type fieldNames struct{ a, b, c, total, star, minimums, group, from, until, product string }

var certifyFields = &fieldNames{"certify.scores.a", "certify.scores.b", "certify.scores.c", "certify.scores.total", "certify.star",
	"certify.minimums_met", "certify.group", "certify.valid_from", "certify.valid_until", "certify.product"}

// CheckCertificate says what a rule set alone has against a certificate: its group, scores, star, minimum requirements or validity, with the field of
// [recordv1.Certify]. It knows nothing of products and powers: only a ledger can say whether the certificate is accepted.
func CheckCertificate(v *subject.CertificateValue, scheme *subject.SchemeValue) *Refusal {
	return checkCertificate(v, scheme, certifyFields)
}

// checkCertificate checks what is stated of a certificate by itself, at first or after a correction.
func checkCertificate(v *subject.CertificateValue, scheme *subject.SchemeValue, names *fieldNames) *Refusal {
	if refusal := checkGroup(scheme, v.Group, names.group); refusal != nil {
		return refusal
	}
	if refusal := checkScores(v, scheme, names); refusal != nil {
		return refusal
	}
	if refusal := checkStar(v, scheme, names); refusal != nil {
		return refusal
	}
	return checkValidity(v, scheme, names)
}

func checkScores(v *subject.CertificateValue, scheme *subject.SchemeValue, names *fieldNames) *Refusal {
	for _, part := range []struct {
		name, field string
		have, most  uint32
	}{{"A", names.a, v.ScoreA, scheme.MaxA}, {"B", names.b, v.ScoreB, scheme.MaxB}, {"C", names.c, v.ScoreC, scheme.MaxC}} {
		if part.have > part.most {
			return refuse(reason.PartScoreAboveMaximum, part.field, reason.Text("part", part.name), reason.Points("have", uint64(part.have)),
				reason.Points("want", uint64(part.most)), reason.Text("scheme", scheme.ID))
		}
	}
	if v.Total > highestTotal {
		return refuse(reason.TotalAboveHundred, names.total, reason.Points("have", uint64(v.Total)))
	}
	if sum := uint64(v.ScoreA) + uint64(v.ScoreB) + uint64(v.ScoreC); uint64(v.Total) != sum {
		return refuse(reason.TotalNotSum, names.total, reason.Points("have", uint64(v.Total)), reason.Points("want", sum))
	}
	return nil
}

// checkStar checks the star against the total. A star may be lower than the total allows.
func checkStar(v *subject.CertificateValue, scheme *subject.SchemeValue, names *fieldNames) *Refusal {
	band, ok := bandOf(scheme, v.Star)
	if !ok || v.Star < lowestStar {
		return refuse(reason.StarNotCertified, names.star, reason.Text("have", ledger.AccountID(v.Star).String()))
	}
	if lowest, ok := bandOf(scheme, lowestStar); ok && v.Total < lowest.Lowest {
		return refuse(reason.ScoreTooLow, names.total, reason.Points("have", uint64(v.Total)), reason.Points("want", uint64(lowest.Lowest)))
	}
	if v.Total < band.Lowest {
		return refuse(reason.StarAboveScore, names.star, starArg(v.Star), reason.Points("have", uint64(v.Total)), reason.Points("want", uint64(band.Lowest)))
	}
	if !v.MinimumsMet {
		return refuse(reason.MinimumsNotMet, names.minimums)
	}
	return nil
}

func bandOf(scheme *subject.SchemeValue, star uint8) (subject.Band, bool) {
	i := slices.IndexFunc(scheme.Bands, func(b subject.Band) bool { return b.Star == star })
	if i < 0 {
		return subject.Band{}, false
	}
	return scheme.Bands[i], true
}

func starArg(star uint8) reason.Arg {
	return reason.Text("star", ledger.AccountID(star).String())
}

// mayRecognise checks that the author may give the producer this star on the Decision's date, and says where its authority ends.
func (r *record) mayRecognise(v *subject.CertificateValue, scheme *subject.SchemeValue, names *fieldNames) *Refusal {
	producer := r.producerOf(v.Product)
	if refusal := accountRole(&producer, subject.RoleProducer, names.product); refusal != nil {
		return refusal
	}
	band, _ := bandOf(scheme, v.Star)
	refusal := r.competent(demand{subject.PowerCertify, v.DecisionDate, producer.Territory, band.Recognisers})
	if refusal == nil || refusal.Reason != reason.LevelNotCompetent {
		return refusal.in(names.product)
	}
	if v.Star == highestStar {
		refusal.Reason = reason.FiveStarsByMinistry
	}
	refusal.Args = append(refusal.Args, reason.Text("scheme", scheme.ID), reason.Day("date", v.DecisionDate), starArg(v.Star))
	return refusal.in(names.star)
}

func checkValidity(v *subject.CertificateValue, scheme *subject.SchemeValue, names *fieldNames) *Refusal {
	if refusal := calendar(v.ValidFrom, names.from, "Ngày bắt đầu hiệu lực", "first valid day"); refusal != nil {
		return refusal
	}
	if refusal := calendar(v.ValidUntil, names.until, "Ngày hết hiệu lực", "last valid day"); refusal != nil {
		return refusal
	}
	latest := v.DecisionDate.AddMonths(int(scheme.ValidityMonths)).AddDays(int(scheme.ValidityDays))
	switch {
	case v.ValidFrom < v.DecisionDate:
		return refuse(reason.ValidBeforeDecision, names.from, reason.Day("have", v.ValidFrom), reason.Day("want", v.DecisionDate))
	case v.ValidUntil < v.ValidFrom:
		return refuse(reason.ValidUntilBeforeFrom, names.until, reason.Day("have", v.ValidUntil), reason.Day("want", v.ValidFrom))
	case v.ValidUntil > latest:
		return refuse(reason.ValidityTooLong, names.until, reason.Day("have", v.ValidUntil), reason.Text("scheme", scheme.ID), reason.Day("want", latest))
	}
	return nil
}
