package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// longestAgeing bounds how old a lot may be when it is registered. Wine, fish sauce and tea are kept for years; a longer time is a wrong date.
const longestAgeingMonths = 10 * 12

func (r *record) registerLot(a *recordv1.RegisterLot) *Refusal {
	if refusal := r.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	id := lotOf(a.Lot)
	product, refusal := r.product(id.Product, "register_lot.lot.product")
	if refusal != nil {
		return refusal
	}
	if r.author.Account != id.Product.Producer {
		return refuse(reason.NotTheProducer, "register_lot.lot.product", reason.Text("product", id.Product.String()), accountArg(r.author.Account))
	}
	if refusal := unit(uint8(a.Unit), product.Unit, "register_lot.unit"); refusal != nil {
		return refusal
	}
	if _, taken := r.Value(subject.Lot(id)); taken {
		return refuse(reason.LotTaken, "register_lot.lot.lot", reason.Text("lot", id.Lot))
	}
	v := subject.LotValue{Lot: id, Unit: product.Unit, Quantity: a.Quantity, Produced: ledger.Date(a.Produced), Expires: ledger.Date(a.Expires)}
	if refusal := r.checkLotDates(&v); refusal != nil {
		return refusal
	}
	inputs, refusal := r.inputs(a, &v)
	if refusal != nil {
		return refusal
	}
	r.write(subject.Lot(id), v.Append(r.buffer()))
	r.write(subject.Holding(r.author.Account, id), (&subject.HoldingValue{Holder: r.author.Account, Lot: id, Quantity: a.Quantity}).Append(r.buffer()))
	return r.useUp(inputs, v.Inputs)
}

func (r *record) checkLotDates(v *subject.LotValue) *Refusal {
	if refusal := calendar(v.Produced, "register_lot.produced", "Ngày sản xuất", "production date"); refusal != nil {
		return refusal
	}
	earliest := r.today.AddMonths(-longestAgeingMonths)
	switch {
	case v.Produced > r.today:
		return refuse(reason.ProducedInFuture, "register_lot.produced", reason.Day("have", v.Produced), reason.Day("want", r.today))
	case v.Produced < earliest:
		return refuse(reason.ProducedTooLongAgo, "register_lot.produced", reason.Day("have", v.Produced), reason.Day("want", earliest))
	case v.Expires == 0:
		return nil
	}
	if refusal := calendar(v.Expires, "register_lot.expires", "Hạn sử dụng", "goods' expiry date"); refusal != nil {
		return refusal
	}
	if v.Expires < v.Produced {
		return refuse(reason.ExpiresBeforeProduced, "register_lot.expires", reason.Day("have", v.Expires), reason.Day("want", v.Produced))
	}
	return nil
}

func unit(have, want uint8, field string) *Refusal {
	if have == want {
		return nil
	}
	hv, he := unitWords(have)
	wv, we := unitWords(want)
	return refuse(reason.UnitDiffers, field, reason.Words("have", hv, he), reason.Words("want", wv, we))
}

func unitWords(u uint8) (vietnamese, english string) {
	switch recordv1.Unit(u) {
	case recordv1.Unit_UNIT_GRAM:
		return "gam", "grams"
	case recordv1.Unit_UNIT_MILLILITRE:
		return "mililít", "millilitres"
	case recordv1.Unit_UNIT_PIECE:
		return "chiếc", "pieces"
	case recordv1.Unit_UNIT_VISIT:
		return "lượt khách", "visits"
	}
	return "đơn vị khác", "another unit"
}

// amount is a quantity with its unit.
func amount(name string, quantity uint64, unit uint8) reason.Arg {
	n := reason.Count(name, quantity)
	vietnamese, english := unitWords(unit)
	return reason.Words(name, n.Vietnamese+" "+vietnamese, n.English+" "+english)
}
