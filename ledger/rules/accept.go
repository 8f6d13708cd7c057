package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// acceptSale moves the goods, if the seller still has them and the claim still stands.
func (r *record) acceptSale(a *recordv1.AcceptSale) *Refusal {
	const field = "accept_sale.sale"
	if refusal := r.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	id := actionOf(a.Sale)
	v, ok := read(r.Block, subject.Sale(id), subject.ParseSale)
	switch {
	case !ok:
		return refuse(reason.UnknownSale, field, reason.Text("sale", id.String()))
	case v.Status == subject.SaleUnconfirmed:
		return refuse(reason.NotAProposal, field)
	case v.Buyer.Account != r.author.Account:
		return refuse(reason.NotTheBuyer, field, reason.Text("want", v.Buyer.Account.String()), accountArg(r.author.Account))
	case v.Status == subject.SaleAccepted:
		return refuse(reason.SaleAlreadyAccepted, field)
	case r.ctx.Time > v.Lapses:
		return refuse(reason.ProposalLapsed, field, reason.Moment("have", v.Lapses))
	}
	lot, refusal := r.lot(v.Lot, field)
	if refusal != nil {
		return refusal
	}
	if refusal := r.movable(&lot, field); refusal != nil {
		return refusal
	}
	if v.Marks&subject.MarkOCOP != 0 {
		if refusal := r.claim(v.Certificate, v.Lot.Product, ledger.DateAt(v.EventTime), v.Leaf, field); refusal != nil {
			return refusal
		}
	}
	return r.settle(&v, &lot, field)
}

// settle draws the seller's holding down and gives the goods to the buyer.
func (r *record) settle(v *subject.SaleValue, lot *subject.LotValue, field string) *Refusal {
	v.Status, v.Accepted = subject.SaleAccepted, r.ctx.Time
	r.write(subject.Sale(v.Sale), v.Append(r.buffer()))
	traded := lot.Traded + v.Quantity
	if traded < lot.Traded {
		return refuse(reason.TradedOverflow, field)
	}
	lot.Traded = traded
	r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
	if refusal := r.draw(v.Seller, lot, v.Quantity, field); refusal != nil {
		return refusal
	}
	r.give(v.Buyer.Account, lot, v.Quantity)
	return nil
}
