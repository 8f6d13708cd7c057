package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// proposeSale reserves nothing, so what the seller holds is not asked; more than the lot can never be accepted.
func (r *record) proposeSale(a *recordv1.ProposeSale) *Refusal {
	g, refusal := r.goods(a.Goods, "propose_sale.goods")
	if refusal != nil {
		return refusal
	}
	buyer, refusal := r.buyer(a.Buyer)
	if refusal != nil {
		return refusal
	}
	if g.quantity > g.lot.Quantity {
		return refuse(reason.MoreThanLot, "propose_sale.goods.quantity", amount("have", g.quantity, g.lot.Unit), amount("want", g.lot.Quantity, g.lot.Unit))
	}
	if last := plus(r.ctx.Time, r.parameters.LongestLapse); a.Lapses <= r.ctx.Time || a.Lapses > last {
		return refuse(reason.LapseOutOfRange, "propose_sale.lapses", reason.Moment("have", a.Lapses), reason.Moment("first", r.ctx.Time), reason.Moment("last", last))
	}
	v := r.sale(&g, a.Goods, subject.Party{Account: buyer})
	v.Status, v.Lapses = subject.SaleProposed, a.Lapses
	r.write(subject.Sale(v.Sale), v.Append(r.buffer()))
	return nil
}

func (r *record) buyer(p *recordv1.Party) (ledger.AccountID, *Refusal) {
	const field = "propose_sale.buyer"
	if p.GetCommitment() != nil {
		return 0, refuse(reason.BuyerNotAccount, field)
	}
	id := ledger.AccountID(p.GetAccount())
	if id == r.author.Account {
		return 0, refuse(reason.SellerIsBuyer, field, accountArg(id))
	}
	v, refusal := r.account(id, field)
	if refusal != nil {
		return 0, refusal
	}
	return id, accountRole(&v, subject.RoleProducer|subject.RoleTrader, field)
}

// sale is a sale by the author as the action states it.
func (r *record) sale(g *goods, stated *recordv1.Goods, buyer subject.Party) subject.SaleValue {
	return subject.SaleValue{
		Sale: r.action(), Seller: r.author.Account, Buyer: buyer, Lot: g.lot.Lot, Quantity: g.quantity, Unit: g.lot.Unit, EventTime: g.event,
		Marks: g.marks, Certificate: g.certificate, Price: hashOf(stated.Price), Terms: hashOf(stated.Terms), Leaf: r.leaf,
	}
}
