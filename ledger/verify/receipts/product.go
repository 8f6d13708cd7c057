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

func (a *acting) registerLot(m *recordv1.RegisterLot) *verify.Error {
	id := compose.LotID(m.GetLot())
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	product, refusal := a.product(id.Product)
	if refusal != nil {
		return refusal
	}
	if a.author.Account != id.Product.Producer || a.lots[id] != nil || uint8(m.GetUnit()) != product.Unit {
		return a.rule("lot %s is not account %d's to register", id, a.author.Account)
	}
	a.putLot(&lot{LotValue: subject.LotValue{
		Lot: id, Unit: product.Unit, Quantity: m.GetQuantity(), Produced: ledger.Date(m.GetProduced()), Expires: ledger.Date(m.GetExpires()),
	}})
	return nil
}

// acceptSale moves goods of a lot that the action does not name: of the one in whose history it stands.
func (a *acting) acceptSale() *verify.Error {
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	for id, l := range a.lots {
		if a.member(subject.Lot(id)) != nil {
			a.putLot(&lot{l.LotValue, true})
		}
	}
	return nil
}

// leaves takes goods out of the market.
func (a *acting) leaves(g *recordv1.Goods) *verify.Error {
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	id := compose.LotID(g.GetLot())
	l := a.lots[id]
	if l == nil {
		return a.absent(subject.Lot(id))
	}
	v := *l
	if v.Left += g.GetQuantity(); v.Left < l.Left || v.Left > v.Quantity || uint8(g.GetUnit()) != v.Unit {
		return a.rule("more of lot %s is sold than was produced", id)
	}
	a.putLot(&v)
	return nil
}
