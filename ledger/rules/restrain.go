package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// movable checks that a lot may be sold, used and stamped: neither it nor a lot that it was made of is held or recalled. Nothing is written to what was
// made of a lot, so that a recall reaches goods of which its author knows nothing, and costs one record.
func (r *record) movable(v *subject.LotValue, field string) *Refusal {
	sources, _ := r.ancestors(v)
	var held *subject.LotValue
	for i := range len(sources) + 1 {
		lot := v
		if i > 0 {
			lot = &sources[i-1]
		}
		switch lot.Restraint.Status {
		case subject.LotRecalled:
			return refuse(reason.LotRecalled, field, lotArg(lot.Lot), reason.Day("date", lot.Restraint.Date))
		case subject.LotHeld:
			if held == nil {
				held = lot
			}
		}
	}
	if held != nil {
		return refuse(reason.LotHeld, field, lotArg(held.Lot), reason.Day("date", held.Restraint.Date))
	}
	return nil
}

// holdLot stops a lot until it is released. An agency takes over what the producer holds, so that the producer cannot release it any more.
func (r *record) holdLot(a *recordv1.HoldLot) *Refusal {
	const field = "hold_lot"
	lot, refusal := r.restrain(lotOf(a.Lot), a.Document, field)
	if refusal != nil {
		return refusal
	}
	now := lot.Restraint
	switch {
	case now.Status == subject.LotRecalled:
		return recalled(&lot, field)
	case now.Status == subject.LotHeld && (now.Author.IsAgency() || !r.author.Account.IsAgency()):
		return refuse(reason.LotAlreadyHeld, field+".lot", lotArg(lot.Lot), accountArg(now.Author))
	}
	lot.Restraint = r.restraint(subject.LotHeld, uint8(a.Reason), a.Document)
	r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
	return nil
}

func (r *record) releaseLot(a *recordv1.ReleaseLot) *Refusal {
	const field = "release_lot"
	lot, refusal := r.restrain(lotOf(a.Lot), a.Document, field)
	if refusal != nil {
		return refusal
	}
	now := lot.Restraint
	switch {
	case now.Status == subject.LotRecalled:
		return recalled(&lot, field)
	case now.Status != subject.LotHeld:
		return refuse(reason.LotNotHeld, field+".lot", lotArg(lot.Lot))
	case now.Author.IsAgency() && !r.author.Account.IsAgency():
		return refuse(reason.HeldByAgency, field+".lot", lotArg(lot.Lot), accountArg(now.Author))
	}
	lot.Restraint = subject.Restraint{}
	r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
	return nil
}

// recallLot takes a lot off the market for good, whether it was held or not, and whoever held it.
func (r *record) recallLot(a *recordv1.RecallLot) *Refusal {
	const field = "recall_lot"
	lot, refusal := r.restrain(lotOf(a.Lot), a.Document, field)
	if refusal != nil {
		return refusal
	}
	if lot.Restraint.Status == subject.LotRecalled {
		return recalled(&lot, field)
	}
	lot.Restraint = r.restraint(subject.LotRecalled, uint8(a.Reason), a.Document)
	r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
	return nil
}

func recalled(lot *subject.LotValue, field string) *Refusal {
	return refuse(reason.LotRecalled, field+".lot", lotArg(lot.Lot), reason.Day("date", lot.Restraint.Date))
}

func (r *record) restraint(status subject.RestraintStatus, why uint8, document *recordv1.Document) subject.Restraint {
	v := subject.Restraint{Status: status, Reason: why, Author: r.author.Account, Date: r.today}
	if document != nil {
		v.Document = documentOf(document)
	}
	return v
}

// restrain checks that the author may stop a lot or let it go: its producer, or an agency that may revoke over the producer's territory and says by which act.
func (r *record) restrain(id ledger.LotID, document *recordv1.Document, field string) (subject.LotValue, *Refusal) {
	lot, refusal := r.lot(id, field+".lot")
	if refusal != nil {
		return lot, refusal
	}
	if document != nil {
		if refusal := impersonal(document.Name, field+".document.name", "tên tệp", "document's name"); refusal != nil {
			return lot, refusal
		}
	}
	if r.author.Account == id.Product.Producer {
		return lot, r.keyRole(subject.KeyTrade)
	}
	if r.agency() != nil {
		return lot, refuse(reason.NotTheProducer, field+".lot.product", reason.Text("product", id.Product.String()), accountArg(r.author.Account))
	}
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return lot, refusal
	}
	if refusal := r.competent(demand{subject.PowerRevoke, r.today, r.producerOf(id.Product).Territory, anyLevel}); refusal != nil {
		return lot, refusal.in(field + ".lot")
	}
	if document == nil {
		return lot, refuse(reason.DocumentRequired, field+".document")
	}
	return lot, nil
}
