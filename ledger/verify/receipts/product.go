package receipts

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *acting) registerProduct(m *recordv1.RegisterProduct) *verify.Error {
	id := compose.ProductID(m.GetProduct())
	producer, refusal := a.account(id.Producer)
	if refusal != nil {
		return refusal
	}
	if refusal := a.speaksFor(producer, subject.PowerRegister); refusal != nil {
		return refusal
	}
	if producer.Roles&subject.RoleProducer == 0 || a.products[id] != nil {
		return a.rule("product %s cannot be registered", id)
	}
	a.putProduct(&subject.ProductValue{
		Product: id, Name: nameOf(m.GetName()), Scheme: m.GetGroup().GetScheme(), Group: m.GetGroup().GetCode(), Unit: uint8(m.GetUnit()), GTIN: m.GetGtin(),
		Origin: m.GetOrigin(), Registrar: a.author.Account, Stated: a.stated(),
	})
	return nil
}

func (a *acting) correctProduct(m *recordv1.Correct, id ledger.ProductID) *verify.Error {
	old, refusal := a.product(id)
	if refusal != nil {
		return refusal
	}
	producer, refusal := a.account(id.Producer)
	if refusal != nil {
		return refusal
	}
	if own := a.author.Account == id.Producer; own && (old.Registrar != id.Producer || len(old.Certificates) > 0) ||
		!own && old.Registrar != a.author.Account && old.Registrar != id.Producer {
		return refuse(verify.WordCompetence, "product %s is not account %d's to correct%s", id, a.author.Account, a.where())
	}
	if refusal := a.speaksFor(producer, subject.PowerCorrect); refusal != nil {
		return refusal
	}
	v := *old
	if refusal := a.mend(m, v.Stated, productFields(&v)); refusal != nil {
		return refusal
	}
	a.putProduct(&v)
	return nil
}

// setTerm puts a certificate's term into a copy of its product.
func (a *acting) setTerm(product *subject.ProductValue, c *subject.CertificateValue) (*subject.ProductValue, *verify.Error) {
	next := *product
	next.Certificates = slices.Clone(product.Certificates)
	i := slices.IndexFunc(next.Certificates, func(t subject.Term) bool { return t.Certificate == c.Certificate })
	if i < 0 {
		return nil, refuse(verify.WordHistory, "product %s does not know certificate %s", product.Product, c.Certificate)
	}
	next.Certificates[i] = c.Term()
	return &next, nil
}

// setPicture is for whoever may register the product.
func (a *acting) setPicture(m *recordv1.SetPicture) *verify.Error {
	old, refusal := a.product(compose.ProductID(m.GetProduct()))
	if refusal != nil {
		return refusal
	}
	producer, refusal := a.account(old.Product.Producer)
	if refusal != nil {
		return refusal
	}
	if refusal := a.speaksFor(producer, subject.PowerRegister); refusal != nil {
		return refusal
	}
	v := *old
	v.Picture = ledger.Hash{}
	copy(v.Picture[:], m.GetBlob())
	if v.Picture == old.Picture {
		return a.rule("the picture of product %s does not change", v.Product)
	}
	a.putProduct(&v)
	return nil
}

// inspect enters an inspection of a product or a lot, by an agency that may inspect on the day of it.
func (a *acting) inspect(m *recordv1.Inspect) *verify.Error {
	if refusal := a.agency(subject.KeyCertify); refusal != nil {
		return refusal
	}
	date := ledger.Date(m.GetDate())
	if !date.Valid() || date > a.today {
		return a.rule("an inspection of %s", date)
	}
	id := compose.ProductID(m.GetProduct())
	if named := m.GetLot(); named != nil {
		id = compose.LotID(named).Product
	}
	producer, refusal := a.account(id.Producer)
	if refusal != nil {
		return refusal
	}
	if _, refusal := a.competent(subject.PowerInspect, date, producer.Territory, anyLevel); refusal != nil {
		return refusal
	}
	if named := m.GetLot(); named != nil {
		old, refusal := a.lot(compose.LotID(named))
		if refusal != nil {
			return refusal
		}
		v := *old
		v.Inspections.Add(date, uint8(m.GetOutcome()))
		a.putLot(&v)
		return nil
	}
	old, refusal := a.product(id)
	if refusal != nil {
		return refusal
	}
	v := *old
	v.Inspections.Add(date, uint8(m.GetOutcome()))
	a.putProduct(&v)
	return nil
}
