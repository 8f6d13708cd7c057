package rules

import (
	"fmt"
	"math"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (r *record) correct(a *recordv1.Correct) *Refusal {
	if a.Document != nil {
		if refusal := impersonal(a.Document.Name, "correct.document.name", "tên tệp", "document's name"); refusal != nil {
			return refusal
		}
	}
	switch target := a.Target.(type) {
	case *recordv1.Correct_Certificate:
		return r.correctCertificate(a, certificateOf(target.Certificate))
	case *recordv1.Correct_Product:
		return r.correctProduct(a, productOf(target.Product))
	case *recordv1.Correct_Account:
		return r.correctAccount(a, ledger.AccountID(target.Account))
	}
	panic("rules: a correction without a target passed the walker")
}

// mend applies the changes to a value whose fields slotOf finds. It checks that the correction names the action that stated the value, and that
// every old value is the one in force.
func mend(a *recordv1.Correct, stated ledger.ActionID, slotOf func(recordv1.Field) slot) *Refusal {
	if wrong := actionOf(a.Wrong); wrong != stated {
		return refuse(reason.WrongActionDiffers, "correct.wrong", reason.Text("have", wrong.String()), reason.Text("want", stated.String()))
	}
	last := recordv1.Field_FIELD_UNSPECIFIED
	for i, change := range a.Changes {
		field := fmt.Sprintf("correct.changes[%d]", i)
		if change.Field <= last {
			return refuse(reason.FieldsNotAscending, field+".field")
		}
		last = change.Field
		s := slotOf(change.Field)
		if s == nil {
			return refuse(reason.FieldNotOfTarget, field+".field", fieldArg(change.Field))
		}
		if refusal := mendField(s, change, field); refusal != nil {
			return refusal
		}
	}
	return nil
}

func mendField(s slot, change *recordv1.FieldChange, field string) *Refusal {
	name, old, wanted := fieldArg(change.Field), fieldValueOf(change.Old), fieldValueOf(change.New)
	switch {
	case old != s.get():
		return refuse(reason.OldValueDiffers, field+".old", name, old.arg("have"), s.get().arg("want"))
	case wanted == old:
		return refuse(reason.NewValueSame, field+".new", name)
	case !s.set(wanted):
		return refuse(reason.FieldValueKind, field+".new", name)
	}
	return nil
}

// correctFields is where values of a certificate stand in a correction: among its changes.
var correctFields = &fieldNames{"correct.changes", "correct.changes", "correct.changes", "correct.changes", "correct.changes", "correct.changes",
	"correct.changes", "correct.changes", "correct.changes", "correct.certificate"}

// correctCertificate is for the issuer, wherever the producer is now; for another star it must be competent as if it gave it first.
func (r *record) correctCertificate(a *recordv1.Correct, id ledger.CertificateID) *Refusal {
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return refusal
	}
	v, refusal := r.certificate(id, "correct.certificate")
	switch {
	case refusal != nil:
		return refusal
	case r.author.Account != id.Decision.Issuer:
		return refuse(reason.NotTheAuthor, "correct.certificate", accountArg(r.author.Account))
	case v.Status == subject.CertificateRevoked:
		return refuse(reason.RevokedNotCorrectable, "correct.certificate", certificateArg(id))
	case v.Corrections == math.MaxUint16:
		return refuse(reason.LimitReached, "correct.certificate", reason.Count("want", math.MaxUint16), reason.Words("what", "lần đính chính một giấy chứng nhận", "corrections of a certificate"))
	}
	if refusal := r.holds(subject.PowerCorrect, r.today); refusal != nil {
		return refusal.in("correct.certificate")
	}
	star := v.Star
	if refusal := mend(a, v.Stated, func(f recordv1.Field) slot { return certificateSlot(&v, f) }); refusal != nil {
		return refusal
	}
	scheme, ok := fixed(r.Block, subject.Scheme(v.Scheme), subject.ParseScheme)
	if !ok {
		panic("rules: the state holds certificate " + id.String() + " without its rule set")
	}
	if refusal := checkCertificate(&v, scheme, correctFields); refusal != nil {
		return refusal
	}
	if v.Star != star {
		if refusal := r.mayRecognise(&v, scheme, correctFields); refusal != nil {
			return refusal
		}
	}
	v.Corrections++
	return r.placeAgain(&v)
}

// placeAgain writes a certificate whose dates may have changed, and with it what hangs on them: the term of the one it renews, which counts until the
// day before, and both terms in the product.
func (r *record) placeAgain(v *subject.CertificateValue) *Refusal {
	product, refusal := r.product(v.Product, "correct.certificate")
	if refusal != nil {
		return refusal
	}
	terms := slices.Clone(product.Certificates)
	v.EffectiveLast = v.ValidUntil
	if !v.Successor.IsZero() {
		successor, refusal := r.certificate(v.Successor, "correct.certificate")
		if refusal != nil {
			return refusal
		}
		if refusal := later(successor.ValidFrom, v.ValidFrom, "correct.changes"); refusal != nil {
			return refusal
		}
		v.EffectiveLast = v.LastDay(successor.ValidFrom)
	}
	r.write(subject.Certificate(v.Certificate), v.Append(r.buffer()))
	setTerm(&product, v.Term())
	if !v.Predecessor.IsZero() {
		if refusal := r.placePredecessor(v, &product); refusal != nil {
			return refusal
		}
	}
	if refusal := alone(&product, v.Term(), "correct.changes"); refusal != nil {
		return refusal
	}
	if !slices.Equal(terms, product.Certificates) {
		r.write(subject.Product(product.Product), product.Append(r.buffer()))
	}
	return nil
}

func (r *record) placePredecessor(v *subject.CertificateValue, product *subject.ProductValue) *Refusal {
	p, refusal := r.certificate(v.Predecessor, "correct.certificate")
	if refusal != nil {
		return refusal
	}
	if refusal := later(v.ValidFrom, p.ValidFrom, "correct.changes"); refusal != nil {
		return refusal
	}
	last := p.LastDay(v.ValidFrom)
	if last == p.EffectiveLast {
		return nil
	}
	p.EffectiveLast = last
	r.write(subject.Certificate(p.Certificate), p.Append(r.buffer()))
	setTerm(product, p.Term())
	return alone(product, p.Term(), "correct.changes")
}
