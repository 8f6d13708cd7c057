package query

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// shownDescendants bounds what a trace lists of lots that were made of one. Ancestors have the bound of the rules, subject.MaxAncestors.
const shownDescendants = 64

// relative is a lot that another was made of, or that was made of it.
type relative struct {
	value    subject.LotValue
	distance uint32
}

// ancestors lists the lots that a lot was made of in the end, nearest first, each once. One that is missing leaves nothing to conclude.
func (r *reader) ancestors(v *subject.LotValue) (all []relative, err error) {
	seen := map[ledger.LotID]bool{v.Lot: true}
	open := []relative{{value: *v}}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		for _, in := range at.value.Inputs {
			if seen[in.Lot] {
				continue
			}
			seen[in.Lot] = true
			if len(all) == subject.MaxAncestors {
				return nil, fmt.Errorf("lot %s: more than %d lots it was made of: %w", v.Lot, subject.MaxAncestors, ErrCorrupt)
			}
			source, err := must(read(r.Source, subject.Lot(in.Lot), subject.ParseLot))
			if err != nil {
				return nil, err
			}
			found := relative{source, at.distance + 1}
			all, open = append(all, found), append(open, found)
		}
	}
	return all, nil
}

// restrained is the lot for which a lot may not be sold: itself or one that it was made of, the nearest of those recalled, else of those held; nil when
// there is none.
func restrained(v *subject.LotValue, sources []relative) *subject.LotValue {
	for _, status := range []subject.RestraintStatus{subject.LotRecalled, subject.LotHeld} {
		if v.Restraint.Status == status {
			return v
		}
		for i := range sources {
			if sources[i].value.Restraint.Status == status {
				return &sources[i].value
			}
		}
	}
	return nil
}

// lotVerdict answers for a lot: recalled, held, or what its product is.
func lotVerdict(restrained *subject.LotValue, product *apiv1.Verdict) *apiv1.Verdict {
	if restrained == nil {
		return product
	}
	kind := apiv1.VerdictKind_VERDICT_KIND_HELD
	if restrained.Restraint.Status == subject.LotRecalled {
		kind = apiv1.VerdictKind_VERDICT_KIND_RECALLED
	}
	return &apiv1.Verdict{
		Kind: kind, Date: product.Date, Sentence: Sentence(kind, 0), Certificate: product.Certificate, Star: product.Star,
		From: product.From, Until: product.Until, Lot: restrained.Lot.String(),
	}
}

// descendants finds the lots that were made of a lot, nearest first, each once: the making of a lot stands in the histories of what it was made of.
func (r *reader) descendants(v *subject.LotValue) (all []relative, more bool, err error) {
	seen := map[ledger.LotID]bool{v.Lot: true}
	open := []relative{{value: *v}}
	budget := searchedEntries // of all histories together: a node answers strangers
	for len(open) > 0 && !more {
		at := open[0]
		open = open[1:]
		if at.value.Used == 0 {
			continue
		}
		var made []ledger.LotID
		made, more, err = r.madeOf(at.value.Lot, &budget)
		if err != nil {
			return nil, false, err
		}
		for _, id := range made {
			if seen[id] {
				continue
			}
			if len(all) == shownDescendants {
				return all, true, nil
			}
			seen[id] = true
			lot, err := must(read(r.Source, subject.Lot(id), subject.ParseLot))
			if err != nil {
				return nil, false, err
			}
			found := relative{lot, at.distance + 1}
			all, open = append(all, found), append(open, found)
		}
	}
	return all, more, nil
}

// madeOf lists the lots that were made directly of a lot, as far as the budget goes.
func (r *reader) madeOf(lot ledger.LotID, budget *int) (made []ledger.LotID, more bool, err error) {
	more, err = r.eachAction(subject.Lot(lot), kindRegisterLot, budget, func(_ ledger.Touch, of *told) (bool, error) {
		if id := compose.LotID(of.action.GetRegisterLot().GetLot()); id != lot {
			made = append(made, id)
		}
		return true, nil
	})
	return made, more, err
}

// eachAction calls found with each action of a kind in a history, newest first, until it says so or the budget of entries is spent. more tells that there
// is more of the history.
func (r *reader) eachAction(id subject.ID, kind protowire.Number, budget *int, found func(ledger.Touch, *told) (goOn bool, err error)) (more bool, err error) {
	c, err := track{id: id}.open(r, true, nil)
	if err != nil {
		return false, err
	}
	for ; *budget > 0; *budget-- {
		e, err := c.head()
		if err != nil || e == nil {
			return false, err
		}
		is, err := r.isOf(c, *e, kind)
		if err != nil {
			return false, err
		}
		if is {
			of, err := r.action(*e)
			if err != nil {
				return false, err
			}
			if goOn, err := found(*e, &of); err != nil || !goOn {
				return false, err
			}
		}
		c.pass()
	}
	e, err := c.head()
	return e != nil, err
}

// isOf tells whether the entry at which a cursor stands, newest first, is of a kind. Of a lot's entries nearly all are sales, and those show in what they did to its
// value: their leaves are not read.
func (r *reader) isOf(c *cursor, t ledger.Touch, kind protowire.Number) (bool, error) {
	if c.id.Kind == subject.KindLot {
		was, err := c.before()
		if err != nil {
			return false, err
		}
		leftBefore, tradedBefore, known := subject.PeekLotMoved(was)
		left, traded, now := subject.PeekLotMoved(t.Value)
		if known && now && (left != leftBefore || traded != tradedBefore && kind != kindAcceptSale) {
			return false, nil
		}
	}
	is, err := r.kindOf(t)
	return is == kind, err
}

func (r *reader) showRelatives(all []relative) (shown []*apiv1.LotLink, err error) {
	for i := range all {
		v := &all[i].value
		sources, err := r.ancestors(v)
		if err != nil {
			return nil, err
		}
		shown = append(shown, &apiv1.LotLink{
			Lot: v.Lot.String(), ProductName: r.productName(v.Lot.Product), Distance: all[i].distance, Restraint: r.showRestraint(restrained(v, sources)),
		})
	}
	return shown, nil
}

// stoppedLots lists the lots that must not be used.
func (r *reader) stoppedLots(lots []subject.LotValue) (stopped []*apiv1.LotLink, err error) {
	for i := range lots {
		if len(stopped) == shownLots {
			break
		}
		sources, err := r.ancestors(&lots[i])
		if err != nil {
			return nil, err
		}
		if by := restrained(&lots[i], sources); by != nil {
			stopped = append(stopped, &apiv1.LotLink{Lot: lots[i].Lot.String(), ProductName: r.productName(lots[i].Lot.Product), Restraint: r.showRestraint(by)})
		}
	}
	return stopped, nil
}

// productName is a product's register name, or empty.
func (r *reader) productName(id ledger.ProductID) string {
	p, err := r.productValue(id)
	if err != nil {
		return ""
	}
	return p.Name.Register
}

// showRestraint says why a lot may not be sold; nil when it may.
func (r *reader) showRestraint(lot *subject.LotValue) *apiv1.Restraint {
	if lot == nil || lot.Restraint.Status == subject.LotFree {
		return nil
	}
	v := &lot.Restraint
	shown := &apiv1.Restraint{
		Status: apiv1.RestraintStatus(v.Status), Reason: recordv1.LotReason(v.Reason), Author: r.actor(v.Author), Date: uint32(v.Date), Lot: lot.Lot.String(),
	}
	if v.Document != (subject.Document{}) {
		shown.Document = showDocument(v.Document)
	}
	return shown
}
