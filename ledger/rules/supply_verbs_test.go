package rules_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// inputs reads every "from QUANTITY UNIT of LOT" and "yield N".
func (w *world) inputs(c *clauses, a *recordv1.RegisterLot) {
	for {
		from, ok := c.get("from")
		if !ok {
			break
		}
		what, lot, _ := strings.Cut(from, " of ")
		quantity, u, _ := strings.Cut(what, " ")
		a.Inputs = append(a.Inputs, &recordv1.LotInput{Lot: w.lot(lot), Quantity: number(quantity), Unit: unit(u)})
	}
	a.DeclaredYield = uint32(number(c.or("yield", "0")))
}

func lotReason(c *clauses) recordv1.LotReason {
	return recordv1.LotReason(enum(recordv1.LotReason_value, "LOT_REASON_", c.or("because", "contaminated")))
}

// ordered reads the "by DOCUMENT" of a hold, release or recall.
func orderedBy(c *clauses) *recordv1.Document {
	if name, ok := c.get("by"); ok {
		return document(name)
	}
	return nil
}

// hold lot LOT, because REASON, by DOCUMENT
func (w *world) holdLot(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	a := &recordv1.HoldLot{Lot: w.lot(c.next()), Reason: lotReason(c), Document: orderedBy(c)}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_HoldLot{HoldLot: a}}
}

// release lot LOT, because REASON, by DOCUMENT
func (w *world) releaseLot(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	a := &recordv1.ReleaseLot{Lot: w.lot(c.next()), Reason: recordv1.ReleaseReason(enum(recordv1.ReleaseReason_value, "RELEASE_REASON_", c.or("because", "test passed"))), Document: orderedBy(c)}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_ReleaseLot{ReleaseLot: a}}
}

// recall lot LOT, because REASON, by DOCUMENT
func (w *world) recallLot(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	a := &recordv1.RecallLot{Lot: w.lot(c.next()), Reason: lotReason(c), Document: orderedBy(c)}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RecallLot{RecallLot: a}}
}

// apply stamps COUNT on LOT, first N, each QUANTITY
func (w *world) applyStamps(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	count, lot, _ := strings.Cut(c.next(), " on ")
	a := &recordv1.ApplyStamps{Lot: w.lot(lot), First: number(c.or("first", "1")), Count: uint32(number(count)), PerStamp: number(c.or("each", "1"))}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_ApplyStamps{ApplyStamps: a}}
}

// inspect lot LOT or product PRODUCT, on DATE, OUTCOME, for KIND, report DOCUMENT
func (w *world) inspect(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	kind, what, _ := strings.Cut(c.next(), " ")
	a := &recordv1.Inspect{Date: uint32(date(c.need("on"))), Kind: c.or("for", "ATTP"), Document: document(c.or("report", "bien-ban.pdf")),
		Outcome: recordv1.Outcome(enum(recordv1.Outcome_value, "OUTCOME_", c.or("outcome", "passed")))}
	switch kind {
	case "lot":
		a.Target = &recordv1.Inspect_Lot{Lot: w.lot(what)}
	case "product":
		a.Target = &recordv1.Inspect_Product{Product: w.product(what)}
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_Inspect{Inspect: a}}
}

// set picture of PRODUCT to WORDS, or to nothing
func (w *world) setPicture(_ ledger.AccountID, rest string) *recordv1.Action {
	product, words, _ := strings.Cut(rest, " to ")
	a := &recordv1.SetPicture{Product: w.product(strings.TrimPrefix(product, "of "))}
	if words != "nothing" {
		h := sha256.Sum256([]byte(words))
		a.Blob = h[:]
	}
	return &recordv1.Action{Kind: &recordv1.Action_SetPicture{SetPicture: a}}
}

// set contact PHONE, or nothing
func (w *world) setContact(_ ledger.AccountID, rest string) *recordv1.Action {
	a := new(recordv1.SetContact)
	if rest != "nothing" {
		a.Phone = rest
	}
	return &recordv1.Action{Kind: &recordv1.Action_SetContact{SetContact: a}}
}

// resolvers reads every "resolver HOST [until DATE]".
func resolvers(c *clauses) (all []*recordv1.Resolver) {
	for {
		s, ok := c.get("resolver")
		if !ok {
			return all
		}
		host, until, closed := strings.Cut(s, " until ")
		v := &recordv1.Resolver{Host: host}
		if closed {
			v.Until = uint32(date(until))
		}
		all = append(all, v)
	}
}

// supplied says what protocol version 4 brought to a lot.
func (p *player) supplied(v *subject.LotValue) {
	if len(v.Inputs) > 0 {
		var from []string
		for _, in := range v.Inputs {
			from = append(from, fmt.Sprintf("%d of %s", in.Quantity, in.Lot))
		}
		p.say("   made of %s (unit %d), yield %d in %d", strings.Join(from, " + "), v.InputUnit, v.DeclaredYield, subject.YieldBase)
	}
	for _, s := range v.Stamps {
		p.say("   stamps %d to %d, %d each", s.First, s.First+uint64(s.Count)-1, s.PerStamp)
	}
	p.inspected(v.Inspections)
	if r := v.Restraint; r.Status != subject.LotFree {
		p.say("   %s since %v by %s, reason %d, document %q", []string{"", "held", "recalled"}[r.Status], r.Date, p.nameOf(r.Author), r.Reason, r.Document.Name)
	}
}

func (p *player) inspected(v subject.Inspections) {
	if v.Count > 0 {
		p.say("   %d inspections, the latest on %v with outcome %d", v.Count, v.Date, v.Outcome)
	}
}

// conserved tells whether what was produced is held, has left or was used.
func (w *world) conserved(v *subject.LotValue) bool { return v.Quantity == w.held(v.Lot)+v.Left+v.Used }

// lotNames lists the lots of a state in the order of their ids.
func (w *world) lotNames() (all []ledger.LotID) {
	for id := range w.memory {
		if id.Kind == subject.KindLot {
			all = append(all, must(id.LotID()))
		}
	}
	slices.SortFunc(all, func(a, b ledger.LotID) int { return strings.Compare(a.String(), b.String()) })
	return all
}
