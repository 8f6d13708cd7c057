package rules

import recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"

// retailSale takes goods out of the market; the buyer is nobody's business.
func (r *record) retailSale(a *recordv1.RetailSale) *Refusal {
	g, refusal := r.goods(a.Goods, "retail_sale.goods")
	if refusal != nil {
		return refusal
	}
	return r.leave(&g, "retail_sale.goods")
}
