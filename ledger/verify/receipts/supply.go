package receipts

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// madeOf notes what a lot is made of, and checks it against the yield.
func (a *acting) madeOf(v *lot, inputs []*recordv1.LotInput) *verify.Error {
	if (len(inputs) > 0) != (v.DeclaredYield > 0) {
		return a.rule("lot %s has %d inputs and a yield of %d", v.Lot, len(inputs), v.DeclaredYield)
	}
	var sum uint64
	own := true
	for _, in := range inputs {
		source, refusal := a.lot(compose.LotID(in.GetLot()))
		if refusal != nil {
			return refusal
		}
		if n := len(v.Inputs); n > 0 && bytes.Compare(subject.AppendLotID(nil, source.Lot), subject.AppendLotID(nil, v.Inputs[n-1].Lot)) <= 0 {
			return a.rule("the inputs of lot %s do not ascend", v.Lot)
		}
		if v.InputUnit = source.Unit; v.InputUnit != uint8(inputs[0].GetUnit()) || v.Produced < source.Produced {
			return a.rule("lot %s cannot be made of lot %s", v.Lot, source.Lot)
		}
		v.Inputs = append(v.Inputs, subject.LotInput{Lot: source.Lot, Quantity: in.GetQuantity()})
		sum += in.GetQuantity()
		own = own && source.Lot.Product == v.Lot.Product
	}
	if len(inputs) == 0 {
		return nil
	}
	high, low := bits.Mul64(sum, uint64(v.DeclaredYield))
	if high == 0 && v.Quantity*subject.YieldBase > low || own && v.DeclaredYield > subject.YieldBase {
		return a.rule("lot %s is more than its inputs make", v.Lot)
	}
	all, refusal := a.sources(a.lots, &v.LotValue)
	if refusal == nil && len(all) > subject.MaxAncestors {
		return a.rule("lot %s is made of more than %d lots", v.Lot, subject.MaxAncestors)
	}
	return refusal
}

// use takes an input out of its lot, if that is shown.
func (a *acting) use(in *recordv1.LotInput) *verify.Error {
	id := compose.LotID(in.GetLot())
	if a.member(subject.Lot(id)) == nil {
		return nil
	}
	l, refusal := a.lot(id)
	if refusal != nil {
		return refusal
	}
	if refusal := a.movable(&l.LotValue); refusal != nil {
		return refusal
	}
	v := *l
	if v.Used += in.GetQuantity(); v.Used < l.Used || !within(&v) || uint8(in.GetUnit()) != v.Unit {
		return a.rule("more of lot %s is used than was produced", id)
	}
	a.putLot(&v)
	return nil
}

// movable checks that neither a lot nor one that it was made of is held or recalled.
func (a *acting) movable(v *subject.LotValue) *verify.Error {
	restrained, refusal := a.restrained(a.lots, v)
	if refusal == nil && restrained != nil {
		return a.rule("lot %s moves while lot %s is held or recalled", v.Lot, restrained.Lot)
	}
	return refusal
}

// restrained finds the lot that speaks for a lot which may not be sold: a recalled one before one that is held, the lot itself before those it was made of;
// nil if there is none.
func (w *world) restrained(lots map[ledger.LotID]*lot, v *subject.LotValue) (*subject.LotValue, *verify.Error) {
	sources, refusal := w.sources(lots, v)
	if refusal != nil {
		return nil, refusal
	}
	all := slices.Insert(sources, 0, v)
	for _, status := range []subject.RestraintStatus{subject.LotRecalled, subject.LotHeld} {
		if i := slices.IndexFunc(all, func(l *subject.LotValue) bool { return l.Restraint.Status == status }); i >= 0 {
			return all[i], nil
		}
	}
	return nil, nil
}

// sources lists the lots that a lot was made of, theirs and so on, each once, the nearest first. It stops behind the most that there may be.
func (w *world) sources(lots map[ledger.LotID]*lot, v *subject.LotValue) (all []*subject.LotValue, refusal *verify.Error) {
	seen := make(map[ledger.LotID]bool)
	for open := v.Inputs; len(open) > 0 && len(all) <= subject.MaxAncestors; open = open[1:] {
		id := open[0].Lot
		if seen[id] {
			continue
		}
		seen[id] = true
		source := lots[id]
		if source == nil {
			return nil, refuse(verify.WordClosure, "%s, of which %s was made, is missing", subject.Lot(id), subject.Lot(v.Lot))
		}
		all = append(all, &source.LotValue)
		open = append(open[:len(open):len(open)], source.Inputs...)
	}
	return all, nil
}

// restrain finds a lot whose holding, release or recall is the author's to order: as its producer, or as an agency that may revoke over the producer's seat.
func (a *acting) restrain(named *recordv1.LotRef, document *recordv1.Document) (*lot, *verify.Error) {
	l, refusal := a.lot(compose.LotID(named))
	if refusal != nil {
		return nil, refusal
	}
	next := *l
	if a.author.Account == l.Lot.Product.Producer {
		return &next, a.keyRole(subject.KeyTrade)
	}
	if refusal := a.agency(subject.KeyCertify); refusal != nil {
		return nil, refusal
	}
	producer, refusal := a.account(l.Lot.Product.Producer)
	if refusal != nil {
		return nil, refusal
	}
	if _, refusal := a.competent(subject.PowerRevoke, a.today, producer.Territory, anyLevel); refusal != nil {
		return nil, refusal
	}
	if document == nil {
		return nil, a.rule("an agency orders something of lot %s without a document", l.Lot)
	}
	return &next, nil
}

func (a *acting) restraint(status subject.RestraintStatus, why recordv1.LotReason, document *recordv1.Document) subject.Restraint {
	v := subject.Restraint{Status: status, Reason: uint8(why), Author: a.author.Account, Date: a.today}
	if document != nil {
		v.Document = documentOf(document)
	}
	return v
}

func (a *acting) holdLot(m *recordv1.HoldLot) *verify.Error {
	l, refusal := a.restrain(m.GetLot(), m.GetDocument())
	if refusal != nil {
		return refusal
	}
	now := l.Restraint
	if takenOver := now.Status == subject.LotHeld && !now.Author.IsAgency() && a.author.Account.IsAgency(); now.Status != subject.LotFree && !takenOver {
		return a.rule("lot %s is held or recalled already", l.Lot)
	}
	l.Restraint = a.restraint(subject.LotHeld, m.GetReason(), m.GetDocument())
	a.putLot(l)
	return nil
}

func (a *acting) releaseLot(m *recordv1.ReleaseLot) *verify.Error {
	l, refusal := a.restrain(m.GetLot(), m.GetDocument())
	if refusal != nil {
		return refusal
	}
	if now := l.Restraint; now.Status != subject.LotHeld || now.Author.IsAgency() && !a.author.Account.IsAgency() {
		return a.rule("lot %s is not account %d's to release", l.Lot, a.author.Account)
	}
	l.Restraint = subject.Restraint{}
	a.putLot(l)
	return nil
}

func (a *acting) recallLot(m *recordv1.RecallLot) *verify.Error {
	l, refusal := a.restrain(m.GetLot(), m.GetDocument())
	if refusal != nil {
		return refusal
	}
	if l.Restraint.Status == subject.LotRecalled {
		return a.rule("lot %s is recalled already", l.Lot)
	}
	l.Restraint = a.restraint(subject.LotRecalled, m.GetReason(), m.GetDocument())
	a.putLot(l)
	return nil
}
