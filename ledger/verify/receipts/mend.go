package receipts

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *acting) correct(m *recordv1.Correct) *verify.Error {
	switch target := m.GetTarget().(type) {
	case *recordv1.Correct_Certificate:
		return a.correctCertificate(m, compose.CertificateID(target.Certificate))
	case *recordv1.Correct_Product:
		return a.correctProduct(m, compose.ProductID(target.Product))
	case *recordv1.Correct_Account:
		return a.correctAccount(m, ledger.AccountID(target.Account))
	}
	return a.rule("a correction of nothing")
}

// slot is a field that a correction may mend: it swaps a new value in when the old one is what is there.
type slot func(old, new *recordv1.FieldValue) bool

// mend applies the changes of a correction (đính chính) to the fields of a value.
func (a *acting) mend(m *recordv1.Correct, stated ledger.ActionID, fields map[recordv1.Field]slot) *verify.Error {
	if compose.SaleID(m.GetWrong()) != stated {
		return a.rule("a correction of another statement")
	}
	last := recordv1.Field_FIELD_UNSPECIFIED
	for _, c := range m.GetChanges() {
		swap := fields[c.GetField()]
		if swap == nil || c.GetField() <= last || !swap(c.GetOld(), c.GetNew()) {
			return a.rule("a correction that does not fit what it corrects")
		}
		last = c.GetField()
	}
	return nil
}

func number[T ~uint8 | ~uint32](p *T) slot {
	return func(old, new *recordv1.FieldValue) bool {
		from, ok := old.GetChoice().(*recordv1.FieldValue_Number)
		to, fits := new.GetChoice().(*recordv1.FieldValue_Number)
		if !ok || !fits || from.Number != uint64(*p) || uint64(T(to.Number)) != to.Number {
			return false
		}
		*p = T(to.Number)
		return true
	}
}

// kind is a kind of account but that of agencies, which the genesis alone makes.
func kind(p *uint8) slot {
	swap := number(p)
	return func(old, new *recordv1.FieldValue) bool {
		to := new.GetNumber()
		return to > uint64(agencyKind) && to <= uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY) && swap(old, new)
	}
}

func text(p *string, most int) slot {
	return func(old, new *recordv1.FieldValue) bool {
		from, ok := old.GetChoice().(*recordv1.FieldValue_Text)
		to, fits := new.GetChoice().(*recordv1.FieldValue_Text)
		if !ok || !fits || from.Text != *p || len(to.Text) > most {
			return false
		}
		*p = to.Text
		return true
	}
}

// optional is a text that need not be there.
func optional(p *string, most int) slot {
	return func(old, new *recordv1.FieldValue) bool {
		from, ok := textOf(old)
		to, fits := textOf(new)
		if !ok || !fits || from != *p || len(to) > most {
			return false
		}
		*p = to
		return true
	}
}

// textOf is a text, or the empty one.
func textOf(v *recordv1.FieldValue) (string, bool) {
	switch c := v.GetChoice().(type) {
	case *recordv1.FieldValue_Text:
		return c.Text, true
	case *recordv1.FieldValue_Empty:
		return "", true
	}
	return "", false
}

func name(p *subject.Name) slot {
	return func(old, new *recordv1.FieldValue) bool {
		from, ok := nameIn(old)
		to, fits := nameIn(new)
		if !ok || !fits || from != *p {
			return false
		}
		*p = to
		return true
	}
}

func nameIn(v *recordv1.FieldValue) (subject.Name, bool) {
	switch c := v.GetChoice().(type) {
	case *recordv1.FieldValue_Text:
		return subject.Name{Register: c.Text}, true
	case *recordv1.FieldValue_Hash:
		return subject.Name{Blob: ledger.Hash(c.Hash)}, true
	}
	return subject.Name{}, false
}

func accountFields(v *subject.AccountValue) map[recordv1.Field]slot {
	return map[recordv1.Field]slot{
		recordv1.Field_FIELD_NAME: name(&v.Name), recordv1.Field_FIELD_TERRITORY: number(&v.Territory),
		recordv1.Field_FIELD_BUSINESS_NUMBER: optional(&v.BusinessNumber, subject.MaxBusinessNumber), recordv1.Field_FIELD_ACCOUNT_KIND: kind(&v.Kind),
	}
}

func productFields(v *subject.ProductValue) map[recordv1.Field]slot {
	return map[recordv1.Field]slot{
		recordv1.Field_FIELD_NAME: name(&v.Name), recordv1.Field_FIELD_TERRITORY: number(&v.Origin), recordv1.Field_FIELD_GTIN: optional(&v.GTIN, subject.GTINDigits),
	}
}

func certificateFields(v *subject.CertificateValue) map[recordv1.Field]slot {
	return map[recordv1.Field]slot{
		recordv1.Field_FIELD_STAR: number(&v.Star), recordv1.Field_FIELD_SCORE_A: number(&v.ScoreA), recordv1.Field_FIELD_SCORE_B: number(&v.ScoreB),
		recordv1.Field_FIELD_SCORE_C: number(&v.ScoreC), recordv1.Field_FIELD_SCORE_TOTAL: number(&v.Total),
		recordv1.Field_FIELD_VALID_FROM: number(&v.ValidFrom), recordv1.Field_FIELD_VALID_UNTIL: number(&v.ValidUntil),
		recordv1.Field_FIELD_GROUP: text(&v.Group, subject.MaxGroup),
	}
}
