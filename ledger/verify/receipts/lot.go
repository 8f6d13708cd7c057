package receipts

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *acting) lot(id ledger.LotID) (*lot, *verify.Error) {
	if l := a.lots[id]; l != nil {
		return l, nil
	}
	return nil, a.absent(subject.Lot(id))
}

// registerLot makes a lot, and uses up its inputs. It stands in the history of the lot and in that of each input: of an input alone, the lot that was made
// of it is no part of the closure, and nothing is said of it.
func (a *acting) registerLot(m *recordv1.RegisterLot) *verify.Error {
	id := compose.LotID(m.GetLot())
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	if a.author.Account != id.Product.Producer || a.lots[id] != nil {
		return a.rule("lot %s is not account %d's to register", id, a.author.Account)
	}
	if a.member(subject.Lot(id)) != nil {
		if refusal := a.makeLot(id, m); refusal != nil {
			return refusal
		}
	}
	for _, in := range m.GetInputs() {
		if refusal := a.use(in); refusal != nil {
			return refusal
		}
	}
	return nil
}

func (a *acting) makeLot(id ledger.LotID, m *recordv1.RegisterLot) *verify.Error {
	product, refusal := a.product(id.Product)
	if refusal != nil {
		return refusal
	}
	if uint8(m.GetUnit()) != product.Unit {
		return a.rule("lot %s is not in the unit of its product", id)
	}
	if produced, expires := ledger.Date(m.GetProduced()), ledger.Date(m.GetExpires()); !produced.Valid() || expires != 0 && !expires.Valid() {
		return a.rule("lot %s was produced on %s and expires on %s", id, produced, expires)
	}
	v := &lot{LotValue: subject.LotValue{
		Lot: id, Unit: product.Unit, Quantity: m.GetQuantity(), Produced: ledger.Date(m.GetProduced()), Expires: ledger.Date(m.GetExpires()),
		DeclaredYield: m.GetDeclaredYield(),
	}}
	if refusal := a.madeOf(v, m.GetInputs()); refusal != nil {
		return refusal
	}
	a.putLot(v)
	return nil
}

// leaves takes goods out of the market.
func (a *acting) leaves(g *recordv1.Goods) *verify.Error {
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	l, refusal := a.lot(compose.LotID(g.GetLot()))
	if refusal != nil {
		return refusal
	}
	if refusal := a.movable(&l.LotValue); refusal != nil {
		return refusal
	}
	v := *l
	if v.Left += g.GetQuantity(); v.Left < l.Left || !within(&v) || uint8(g.GetUnit()) != v.Unit {
		return a.rule("more of lot %s is sold than was produced", v.Lot)
	}
	a.putLot(&v)
	return nil
}

// within tells that no more has left and was used than was produced. Neither is more than 16 quantities of at most 10^15.
func within(v *lot) bool { return v.Left <= v.Quantity && v.Used <= v.Quantity-v.Left }

// acceptSale moves goods of a lot that the action does not name: of the one in whose history it stands.
func (a *acting) acceptSale() *verify.Error {
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	touched := a.touches[a.step()]
	if len(touched) != 1 || a.r.Members[touched[0].member].ID.Kind != subject.KindLot {
		return refuse(verify.WordHistory, "the acceptance of a sale stands in another history than that of one lot%s", a.where())
	}
	id, err := a.r.Members[touched[0].member].ID.LotID()
	if err != nil {
		return because(verify.WordHistory, err, "the lot of an accepted sale%s", a.where())
	}
	l, refusal := a.lot(id)
	if refusal != nil {
		return refusal
	}
	if refusal := a.movable(&l.LotValue); refusal != nil {
		return refusal
	}
	return a.trade(*l, touched[0])
}

// trade takes over what the lot has traded in the end, once that is all of it: §13.4. Before, nobody can tell what it is worth.
func (a *acting) trade(v lot, at touch) *verify.Error {
	m := &a.r.Members[at.member]
	if v.traded = at.entry < a.settled[m.ID]; !v.traded {
		last, err := subject.ParseLot(m.Value)
		if err != nil {
			return because(verify.WordState, err, "%s: its value", m.ID)
		}
		v.Traded = last.Traded
	}
	a.putLot(&v)
	return nil
}

// applyStamps is the producer's, while a certificate of the product is in force. That the first number is the product's next is not derived: the lots that
// have the numbers before it are no part of the closure.
func (a *acting) applyStamps(m *recordv1.ApplyStamps) *verify.Error {
	if refusal := a.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	l, refusal := a.lot(compose.LotID(m.GetLot()))
	if refusal != nil {
		return refusal
	}
	product, refusal := a.product(l.Lot.Product)
	if refusal != nil {
		return refusal
	}
	if refusal := a.movable(&l.LotValue); refusal != nil {
		return refusal
	}
	if a.author.Account != l.Lot.Product.Producer || !product.Certified(a.today) {
		return a.rule("account %d may not put stamps on lot %s", a.author.Account, l.Lot)
	}
	if len(l.Stamps) >= subject.MaxBatches || m.GetPerStamp() > (l.Quantity-l.Stamped())/uint64(m.GetCount()) {
		return a.rule("lot %s has more stamps than goods", l.Lot)
	}
	v := *l
	v.Stamps = append(l.Stamps[:len(l.Stamps):len(l.Stamps)], subject.Stamps{First: m.GetFirst(), Count: m.GetCount(), PerStamp: m.GetPerStamp()})
	a.putLot(&v)
	return nil
}
