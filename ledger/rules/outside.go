package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// outsideSale takes goods out of the market at once; the buyer, a business without an account, has not confirmed.
func (r *record) outsideSale(a *recordv1.OutsideSale) *Refusal {
	g, refusal := r.goods(a.Goods, "outside_sale.goods")
	if refusal != nil {
		return refusal
	}
	commitment := a.Buyer.GetCommitment()
	if commitment == nil {
		return refuse(reason.BuyerNotCommitment, "outside_sale.buyer")
	}
	v := r.sale(&g, a.Goods, subject.Party{Commitment: ledger.Hash(commitment)})
	v.Status = subject.SaleUnconfirmed
	r.write(subject.Sale(v.Sale), v.Append(r.buffer()))
	return r.leave(&g, "outside_sale.goods")
}
