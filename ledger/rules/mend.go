package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Corrections of products and accounts.

func (r *record) correctProduct(a *recordv1.Correct, id ledger.ProductID) *Refusal {
	v, refusal := r.product(id, "correct.product")
	if refusal != nil {
		return refusal
	}
	if refusal := r.mayMend(&v); refusal != nil {
		return refusal.in("correct.product")
	}
	old := v
	if refusal := mend(a, v.Stated, func(f recordv1.Field) slot { return productSlot(&v, f) }); refusal != nil {
		return refusal
	}
	if refusal := r.writeProduct(&old, &v, "", ""); refusal != nil {
		refusal.Field = "correct.changes"
		return refusal
	}
	return nil
}

// mayMend lets whoever registered a product correct it: the producer itself only while the product has no certificate, as another name under the
// same certificate would be another product; then a competent agency.
func (r *record) mayMend(v *subject.ProductValue) *Refusal {
	producer := r.producerOf(v.Product)
	switch {
	case r.author.Account == v.Product.Producer && v.Registrar == v.Product.Producer:
		if len(v.Certificates) > 0 {
			return refuse(reason.CertifiedNeedsAgency, "", reason.Text("product", v.Product.String()))
		}
	case r.author.Account != v.Registrar && v.Registrar != v.Product.Producer, r.agency() != nil:
		return refuse(reason.NotTheAuthor, "", accountArg(r.author.Account))
	}
	return r.speaksFor(v.Product, &producer, subject.PowerCorrect)
}

func (r *record) correctAccount(a *recordv1.Correct, id ledger.AccountID) *Refusal {
	v, refusal := r.account(id, "correct.account")
	if refusal != nil {
		return refusal
	}
	if v.Kind == agencyKind {
		return refuse(reason.AgencyNeedsGovernance, "correct.account")
	}
	if v.Registrar != r.author.Account {
		return refuse(reason.NotTheAuthor, "correct.account", accountArg(r.author.Account))
	}
	if refusal := r.keyRole(subject.KeyRegister); refusal != nil {
		return refusal
	}
	before := v.Territory
	if refusal := mend(a, v.Stated, func(f recordv1.Field) slot { return accountSlot(&v, f) }); refusal != nil {
		return refusal
	}
	if v.Kind == agencyKind {
		return refuse(reason.AgencyNeedsGovernance, "correct.changes")
	}
	if refusal := r.checkAccount(&v, ""); refusal != nil {
		refusal.Field = "correct.changes"
		return refusal
	}
	for _, territory := range []uint32{before, v.Territory} {
		if refusal := r.competent(demand{subject.PowerCorrect, r.today, territory, anyLevel}); refusal != nil {
			return refusal.in("correct.account")
		}
	}
	r.write(subject.Account(id), v.Append(r.buffer()))
	return nil
}
