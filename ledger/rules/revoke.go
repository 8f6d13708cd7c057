package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (r *record) revoke(a *recordv1.Revoke) *Refusal {
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return refusal
	}
	v, refusal := r.certificate(certificateOf(a.Certificate), "revoke.certificate")
	if refusal != nil {
		return refusal
	}
	if v.Status == subject.CertificateRevoked {
		return refuse(reason.AlreadyRevoked, "revoke.certificate", certificateArg(v.Certificate), decisionArg(v.Revocation.Decision))
	}
	revocation := subject.Revocation{
		Decision: decisionOf(a.Decision), Date: ledger.Date(a.Date), Document: documentOf(a.Document), Reason: uint8(a.Reason),
		Effective: ledger.Date(a.Effective), Author: r.author.Account, Leaf: r.leaf,
	}
	if refusal := r.checkRevocation(&v, &revocation); refusal != nil {
		return refusal
	}
	if refusal := r.mayRevoke(&v, revocation.Date); refusal != nil {
		return refusal.in("revoke.certificate")
	}
	v.Status, v.Revocation = subject.CertificateRevoked, revocation
	v.EffectiveLast = min(v.EffectiveLast, revocation.Effective.AddDays(-1))
	product, refusal := r.product(v.Product, "revoke.certificate")
	if refusal != nil {
		return refusal
	}
	setTerm(&product, v.Term())
	r.write(subject.Certificate(v.Certificate), v.Append(r.buffer()))
	r.write(subject.Product(product.Product), product.Append(r.buffer()))
	return nil
}

func (r *record) checkRevocation(v *subject.CertificateValue, n *subject.Revocation) *Refusal {
	if refusal := r.issues(n.Decision, n.Date, "revoke"); refusal != nil {
		return refusal
	}
	if refusal := impersonal(n.Document.Name, "revoke.document.name", "tên tệp", "document's name"); refusal != nil {
		return refusal
	}
	if refusal := calendar(n.Effective, "revoke.effective", "Ngày thu hồi có hiệu lực", "day on which the revocation takes effect"); refusal != nil {
		return refusal
	}
	switch {
	case n.Date < v.DecisionDate:
		return refuse(reason.RevokedBeforeIssue, "revoke.date", reason.Day("have", n.Date), reason.Day("want", v.DecisionDate))
	case n.Effective < n.Date:
		return refuse(reason.EffectiveBeforeDecision, "revoke.effective", reason.Day("have", n.Effective), reason.Day("want", n.Date))
	}
	return nil
}

// mayRevoke checks that the author is the issuer, wherever the producer is now, or an agency of a higher level over the producer's territory, with the
// power to revoke on the date.
func (r *record) mayRevoke(v *subject.CertificateValue, date ledger.Date) *Refusal {
	issuer := v.Certificate.Decision.Issuer
	if r.author.Account == issuer {
		return r.holds(subject.PowerRevoke, date)
	}
	refusal := r.competent(demand{subject.PowerRevoke, date, r.producerOf(v.Product).Territory, r.levelsAbove(issuer)})
	if refusal != nil && (refusal.Reason == reason.OutsideTerritory || refusal.Reason == reason.LevelNotCompetent) {
		return refuse(reason.NotSuperior, "", accountArg(r.author.Account), certificateArg(v.Certificate))
	}
	return refusal
}

// levelsAbove are the levels above the highest at which an agency ever certified.
func (r *record) levelsAbove(issuer ledger.AccountID) uint8 {
	highest := subject.Level(0)
	for _, g := range r.authority(issuer).Grants {
		if g.Powers&subject.PowerCertify != 0 {
			highest = max(highest, g.Level)
		}
	}
	return anyLevel << (highest + 1) & anyLevel
}
