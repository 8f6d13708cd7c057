package rules

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// inputs checks what a lot is made of, and notes it in the lot. It returns the inputs' lots as they are.
func (r *record) inputs(a *recordv1.RegisterLot, v *subject.LotValue) ([]subject.LotValue, *Refusal) {
	const yield = "register_lot.declared_yield"
	switch {
	case len(a.Inputs) == 0 && a.DeclaredYield != 0:
		return nil, refuse(reason.YieldWithoutInputs, yield)
	case len(a.Inputs) == 0:
		return nil, nil
	case a.DeclaredYield == 0:
		return nil, refuse(reason.YieldMissing, yield)
	}
	v.DeclaredYield, v.InputUnit = a.DeclaredYield, uint8(a.Inputs[0].Unit)
	var lots []subject.LotValue
	for i, in := range a.Inputs {
		lot, refusal := r.input(in, v, fmt.Sprintf("register_lot.inputs[%d]", i))
		if refusal != nil {
			return nil, refusal
		}
		lots = append(lots, lot)
		v.Inputs = append(v.Inputs, subject.LotInput{Lot: lot.Lot, Quantity: in.Quantity})
	}
	if a.DeclaredYield > subject.YieldBase && ownProduct(v) {
		return nil, refuse(reason.YieldAboveWhole, yield, reason.Count("have", uint64(a.DeclaredYield)))
	}
	if refusal := checkYield(v); refusal != nil {
		return nil, refusal
	}
	if _, within := r.ancestors(v); !within {
		return nil, refuse(reason.LimitReached, "register_lot.inputs", reason.Count("want", subject.MaxAncestors), reason.Words("what", "lô nguồn của một lô", "lots that a lot was made of"))
	}
	return lots, nil
}

// input checks one of them, after those that v has already.
func (r *record) input(in *recordv1.LotInput, v *subject.LotValue, field string) (lot subject.LotValue, refusal *Refusal) {
	id := lotOf(in.Lot)
	if id == v.Lot {
		return lot, refuse(reason.InputIsItself, field+".lot", lotArg(id))
	}
	if n := len(v.Inputs); n > 0 && bytes.Compare(subject.AppendLotID(nil, id), subject.AppendLotID(nil, v.Inputs[n-1].Lot)) <= 0 {
		return lot, refuse(reason.InputsNotAscending, field+".lot", reason.Text("have", id.String()), reason.Text("want", v.Inputs[n-1].Lot.String()))
	}
	if lot, refusal = r.lot(id, field+".lot"); refusal != nil {
		return lot, refusal
	}
	if refusal := unit(uint8(in.Unit), lot.Unit, field+".unit"); refusal != nil {
		return lot, refusal
	}
	if lot.Unit != v.InputUnit {
		hv, he := unitWords(lot.Unit)
		wv, we := unitWords(v.InputUnit)
		return lot, refuse(reason.InputUnitsDiffer, field+".unit", lotArg(id), reason.Words("have", hv, he), reason.Words("want", wv, we))
	}
	if v.Produced < lot.Produced {
		return lot, refuse(reason.ProducedBeforeInput, "register_lot.produced", reason.Day("have", v.Produced), reason.Day("want", lot.Produced), lotArg(id))
	}
	if refusal := r.movable(&lot, field+".lot"); refusal != nil {
		return lot, refusal
	}
	if _, held := r.holding(r.author.Account, id); in.Quantity > held.Quantity {
		return lot, refuse(reason.InputNotHeld, field+".quantity", amount("have", in.Quantity, lot.Unit), lotArg(id), accountArg(r.author.Account), amount("want", held.Quantity, lot.Unit))
	}
	return lot, nil
}

// ownProduct tells whether a lot is made of its own product alone: sorted, roasted, packed, and so never more than before.
func ownProduct(v *subject.LotValue) bool {
	for _, in := range v.Inputs {
		if in.Lot.Product != v.Lot.Product {
			return false
		}
	}
	return true
}

// checkYield checks quantity × 1000 ≤ sum of inputs × yield. The right side takes more than 64 bits.
func checkYield(v *subject.LotValue) *Refusal {
	var sum uint64 // of at most 16 quantities of at most 10^15
	for _, in := range v.Inputs {
		sum += in.Quantity
	}
	high, low := bits.Mul64(sum, uint64(v.DeclaredYield))
	if high != 0 || v.Quantity*subject.YieldBase <= low {
		return nil
	}
	return refuse(reason.MoreThanYield, "register_lot.quantity", amount("have", v.Quantity, v.Unit), amount("want", low/subject.YieldBase, v.Unit))
}

// useUp takes the inputs out of the author's holdings.
func (r *record) useUp(lots []subject.LotValue, inputs []subject.LotInput) *Refusal {
	for i := range lots {
		lots[i].Used += inputs[i].Quantity // at most what was produced, as all of it was in holdings
		r.write(subject.Lot(lots[i].Lot), lots[i].Append(r.buffer()))
		if refusal := r.draw(r.author.Account, &lots[i], inputs[i].Quantity, "register_lot.inputs"); refusal != nil {
			return refusal
		}
	}
	return nil
}

// ancestors lists the lots that a lot was made of, theirs and so on, each once; false when there are more than a lot may have. Lots are walked breadth
// first, inputs in their order, so that what is found first is the same everywhere.
func (r *record) ancestors(v *subject.LotValue) (all []subject.LotValue, within bool) {
	if len(v.Inputs) == 0 { // most lots
		return nil, true
	}
	seen := map[ledger.LotID]bool{}
	open := v.Inputs
	for len(open) > 0 {
		id := open[0].Lot
		open = open[1:]
		if seen[id] {
			continue
		}
		if len(all) == subject.MaxAncestors {
			return all, false
		}
		seen[id] = true
		lot, ok := read(r.Block, subject.Lot(id), subject.ParseLot)
		if !ok {
			panic("rules: the state holds lot " + v.Lot.String() + " without its input " + id.String())
		}
		all = append(all, lot)
		open = append(open[:len(open):len(open)], lot.Inputs...)
	}
	return all, true
}

func lotArg(l ledger.LotID) reason.Arg { return reason.Text("lot", l.String()) }
