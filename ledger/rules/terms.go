package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Which certificate of a product counts on which day. A product's value holds the term of each of its certificates; at most one covers any day.

// supersede ends the predecessor of a new certificate on the day before it.
func (r *record) supersede(v *subject.CertificateValue, product *subject.ProductValue) *Refusal {
	const field = "certify.predecessor"
	before, refusal := r.certificate(v.Predecessor, field)
	switch {
	case refusal != nil:
		return refusal
	case before.Product != v.Product:
		return refuse(reason.PredecessorOfOtherProduct, field, certificateArg(v.Predecessor), reason.Text("have", before.Product.String()), reason.Text("want", v.Product.String()))
	case before.Status != subject.CertificateIssued:
		return refuse(reason.PredecessorNotRenewable, field, certificateArg(v.Predecessor))
	}
	if refusal := later(v.ValidFrom, before.ValidFrom, "certify.valid_from"); refusal != nil {
		return refusal
	}
	before.Status, before.Successor = subject.CertificateSuperseded, v.Certificate
	before.EffectiveLast = before.LastDay(v.ValidFrom)
	r.write(subject.Certificate(before.Certificate), before.Append(r.buffer()))
	setTerm(product, before.Term())
	return nil
}

// later checks that a renewal begins after what it renews, which so counted for a day at least.
func later(from, before ledger.Date, field string) *Refusal {
	if from <= before {
		return refuse(reason.RenewalNotLater, field, reason.Day("have", from), reason.Day("want", before))
	}
	return nil
}

// setTerm puts a certificate's term into its product anew.
func setTerm(product *subject.ProductValue, t subject.Term) {
	i := slices.IndexFunc(product.Certificates, func(o subject.Term) bool { return o.Certificate == t.Certificate })
	if i < 0 {
		panic("rules: the state holds certificate " + t.Certificate.String() + " without its term")
	}
	product.Certificates[i] = t
}

// alone checks that no other certificate of the product counts on a day of the term.
func alone(product *subject.ProductValue, t subject.Term, field string) *Refusal {
	if t.Until < t.From {
		return nil
	}
	for _, o := range product.Certificates {
		if o.Certificate != t.Certificate && o.From <= o.Until && o.From <= t.Until && t.From <= o.Until {
			return refuse(reason.CertificateInForce, field, certificateArg(o.Certificate), reason.Day("until", o.Until))
		}
	}
	return nil
}
