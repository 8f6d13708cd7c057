package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// goods is what a sale is about, checked by itself.
type goods struct {
	lot         subject.LotValue
	quantity    uint64
	event       uint64
	marks       uint8
	certificate ledger.CertificateID
}

// goods checks what all sales have in common: seller, lot, unit, time and claim. Stock is checked where it moves.
func (r *record) goods(g *recordv1.Goods, field string) (goods, *Refusal) {
	v, refusal := r.checkGoods(g)
	return v, refusal.under(field)
}

func (r *record) checkGoods(g *recordv1.Goods) (goods, *Refusal) {
	var v goods
	if refusal := r.keyRole(subject.KeyTrade); refusal != nil {
		return v, refusal
	}
	if refusal := accountRole(r.author, subject.RoleProducer|subject.RoleTrader, ""); refusal != nil {
		return v, refusal
	}
	lot, refusal := r.lot(lotOf(g.Lot), "lot")
	if refusal != nil {
		return v, refusal
	}
	if refusal := unit(uint8(g.Unit), lot.Unit, "unit"); refusal != nil {
		return v, refusal
	}
	if refusal := r.movable(&lot, "lot"); refusal != nil {
		return v, refusal
	}
	v = goods{lot: lot, quantity: g.Quantity, event: g.EventTime}
	if refusal := r.checkEvent(&v, g.Certificate != nil, "event_time"); refusal != nil {
		return v, refusal
	}
	if g.Certificate != nil {
		v.marks |= subject.MarkOCOP
		v.certificate = certificateOf(g.Certificate)
		return v, r.claim(v.certificate, lot.Lot.Product, ledger.DateAt(v.event), r.leaf, "certificate")
	}
	return v, nil
}

// checkEvent checks when the sale took place, and marks it when it is entered late.
func (r *record) checkEvent(v *goods, claimed bool, field string) *Refusal {
	if v.event > plus(r.ctx.Time, r.parameters.FutureWindow) {
		return refuse(reason.EventInFuture, field, reason.Moment("have", v.event), reason.Moment("want", r.ctx.Time))
	}
	if day := ledger.DateAt(v.event); day < v.lot.Produced {
		return refuse(reason.SoldBeforeProduced, field, reason.Day("have", day), reason.Day("want", v.lot.Produced))
	}
	if v.event >= r.oldest {
		return nil
	}
	if claimed {
		return refuse(reason.LateWithClaim, field, reason.Moment("have", v.event), reason.Span("want", r.parameters.BackdatingWindow))
	}
	v.marks |= subject.MarkLate
	return nil
}

// claim checks that goods of a product may be sold as OCOP under a certificate on a day. leaf is where the sale was first put on the ledger: after a
// revocation nobody can claim to have sold before it.
func (r *record) claim(id ledger.CertificateID, product ledger.ProductID, day ledger.Date, leaf uint64, field string) *Refusal {
	v, refusal := r.certificate(id, field)
	if refusal != nil {
		return refusal
	}
	args := func(want ledger.Date) []reason.Arg {
		return []reason.Arg{certificateArg(id), reason.Day("have", day), reason.Day("want", want)}
	}
	revoked := v.Status == subject.CertificateRevoked
	switch {
	case v.Product != product:
		return refuse(reason.CertificateOfOtherProduct, field, certificateArg(id), reason.Text("have", v.Product.String()), reason.Text("want", product.String()))
	case day < v.ValidFrom:
		return refuse(reason.CertificateNotYetValid, field, args(v.ValidFrom)...)
	case revoked && day >= v.Revocation.Effective:
		return refuse(reason.CertificateRevoked, field, args(v.Revocation.Effective)...)
	case day > v.ValidUntil:
		return refuse(reason.CertificateExpired, field, args(v.ValidUntil)...)
	case day > v.EffectiveLast:
		return refuse(reason.CertificateSuperseded, field, args(v.EffectiveLast)...)
	case revoked && leaf >= v.Revocation.Leaf:
		return refuse(reason.ClaimAfterRevocation, field, args(v.Revocation.Effective)...)
	}
	return nil
}

// draw takes a quantity out of an account's holding.
func (r *record) draw(account ledger.AccountID, lot *subject.LotValue, quantity uint64, field string) *Refusal {
	id, v := r.holding(account, lot.Lot)
	if quantity > v.Quantity {
		return refuse(reason.MoreThanHolding, field, amount("have", quantity, lot.Unit), accountArg(account), amount("want", v.Quantity, lot.Unit))
	}
	v.Quantity -= quantity
	r.write(id, v.Append(r.buffer()))
	return nil
}

// give adds to an account's holding what was drawn from another: never more than the lot.
func (r *record) give(account ledger.AccountID, lot *subject.LotValue, quantity uint64) {
	id, v := r.holding(account, lot.Lot)
	v.Quantity += quantity
	r.write(id, v.Append(r.buffer()))
}

func (r *record) holding(account ledger.AccountID, lot ledger.LotID) (subject.ID, subject.HoldingValue) {
	id := subject.Holding(account, lot)
	v, ok := read(r.Block, id, subject.ParseHolding)
	if !ok {
		v = subject.HoldingValue{Holder: account, Lot: lot}
	}
	return id, v
}

// leave takes goods from the author's holding out of the market.
func (r *record) leave(g *goods, field string) *Refusal {
	g.lot.Left += g.quantity // at most what was produced, as all of it was in holdings
	r.write(subject.Lot(g.lot.Lot), g.lot.Append(r.buffer()))
	return r.draw(r.author.Account, &g.lot, g.quantity, "quantity").under(field)
}
