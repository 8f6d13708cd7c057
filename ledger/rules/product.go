package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (r *record) registerProduct(a *recordv1.RegisterProduct) *Refusal {
	id := productOf(a.Product)
	producer, refusal := r.account(id.Producer, "register_product.product.producer")
	if refusal != nil {
		return refusal
	}
	if refusal := r.speaksFor(id, &producer, subject.PowerRegister); refusal != nil {
		return refusal.in("register_product.product")
	}
	if refusal := accountRole(&producer, subject.RoleProducer, "register_product.product.producer"); refusal != nil {
		return refusal
	}
	if _, taken := r.Value(subject.Product(id)); taken {
		return refuse(reason.ProductTaken, "register_product.product.number", reason.Text("product", id.String()))
	}
	scheme, ok := fixed(r.Block, subject.Scheme(a.Group.Scheme), subject.ParseScheme)
	if !ok {
		return refuse(reason.UnknownScheme, "register_product.group.scheme", reason.Text("scheme", a.Group.Scheme))
	}
	if refusal := checkGroup(scheme, a.Group.Code, "register_product.group.code"); refusal != nil {
		return refusal
	}
	v := subject.ProductValue{
		Product: id, Name: nameOf(a.Name), Scheme: a.Group.Scheme, Group: a.Group.Code, Unit: uint8(a.Unit), GTIN: a.Gtin, Origin: a.Origin,
		Registrar: r.author.Account, Stated: r.action(),
	}
	return r.writeProduct(nil, &v, "register_product", "register_product.origin")
}

// speaksFor checks that the author is the product's producer or an agency with the power over the producer's territory.
func (r *record) speaksFor(id ledger.ProductID, producer *subject.AccountValue, power uint16) *Refusal {
	if r.author.Account == id.Producer {
		return r.keyRole(subject.KeyTrade)
	}
	if r.agency() != nil {
		return refuse(reason.NotTheProducer, "", reason.Text("product", id.String()), accountArg(r.author.Account))
	}
	if refusal := r.keyRole(subject.KeyRegister); refusal != nil {
		return refusal
	}
	return r.competent(demand{power, r.today, producer.Territory, anyLevel})
}

func checkGroup(scheme *subject.SchemeValue, code, field string) *Refusal {
	if !slices.ContainsFunc(scheme.Groups, func(g subject.Group) bool { return g.Code == code }) {
		return refuse(reason.GroupNotInScheme, field, reason.Text("scheme", scheme.ID), reason.Text("have", code))
	}
	return nil
}

// writeProduct checks name, GTIN and origin of a product, and writes it and what it takes. Before a correction, old is the product as it was.
func (r *record) writeProduct(old, v *subject.ProductValue, field, origin string) *Refusal {
	if old == nil {
		old = new(subject.ProductValue)
	}
	if refusal := impersonal(v.Name.Register, field+".name", "tên sản phẩm", "product's name"); refusal != nil {
		return refusal
	}
	if refusal := r.territory(v.Origin, origin); refusal != nil {
		return refusal
	}
	if v.GTIN != "" && !validGTIN(v.GTIN) {
		return refuse(reason.GTINCheckDigit, field+".gtin", reason.Text("have", v.GTIN))
	}
	r.write(subject.Product(v.Product), v.Append(r.buffer()))
	if v.Name.Register != old.Name.Register {
		taken := func(by ledger.ProductID) *Refusal {
			return refuse(reason.ProductNameTaken, field+".name", reason.Text("product", by.String()), reason.Text("have", v.Name.Register))
		}
		name := func(n string) subject.ID { return subject.ProductName(v.Product.Producer, n) }
		if refusal := r.take(v.Product, old.Name.Register, v.Name.Register, name, taken); refusal != nil {
			return refusal
		}
	}
	if v.GTIN != old.GTIN {
		taken := func(by ledger.ProductID) *Refusal {
			return refuse(reason.GTINTaken, field+".gtin", reason.Text("have", v.GTIN), reason.Text("product", by.String()))
		}
		return r.take(v.Product, old.GTIN, v.GTIN, subject.GTIN, taken)
	}
	return nil
}

// take gives a name or GTIN to a product and frees the one it had. Empty ones are none.
func (r *record) take(p ledger.ProductID, old, wanted string, id func(string) subject.ID, taken func(ledger.ProductID) *Refusal) *Refusal {
	if old != "" {
		r.write(id(old), new(subject.TakenValue).Append(r.buffer()))
	}
	if wanted == "" {
		return nil
	}
	if by, ok := read(r.Block, id(wanted), subject.ParseTaken); ok && by.Product != (ledger.ProductID{}) {
		return taken(by.Product)
	}
	r.write(id(wanted), (&subject.TakenValue{Product: p}).Append(r.buffer()))
	return nil
}

// validGTIN checks 14 digits and the check digit: weights 3, 1, 3 … from the left, the sum of all a multiple of 10.
func validGTIN(s string) bool {
	if len(s) != 14 {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		sum += d * (3 - 2*(i%2))
	}
	return sum%10 == 0 && s != "00000000000000"
}
