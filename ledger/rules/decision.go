package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// opened is a Decision that the record has opened: what its items are checked against.
type opened struct {
	id         ledger.DecisionID
	date       ledger.Date
	historical bool
	scheme     *subject.SchemeValue
}

func (r *record) openDecision(a *recordv1.OpenDecision) *Refusal {
	v := subject.DecisionValue{
		Decision: decisionOf(a.Decision), Date: ledger.Date(a.Date), Historical: a.Historical, Document: documentOf(a.Document), Parts: uint8(a.Parts),
		Author: r.author.Account,
	}
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return refusal
	}
	if refusal := r.issues(v.Decision, v.Date, "open_decision"); refusal != nil {
		return refusal
	}
	schemes, ok := fixed(r.Block, subject.Schemes(), subject.ParseSchemes)
	if !ok {
		schemes = new(subject.SchemesValue)
	}
	if v.Scheme, ok = schemes.At(v.Date); !ok {
		return refuse(reason.NoSchemeForDate, "open_decision.date", reason.Day("have", v.Date))
	}
	scheme, ok := fixed(r.Block, subject.Scheme(v.Scheme), subject.ParseScheme)
	if !ok {
		panic("rules: the state dates rule set " + v.Scheme + " and does not hold it")
	}
	// Noted before the checks that remain, so that a simulation still checks the items of an opening that fails.
	r.opened = append(r.opened, opened{v.Decision, v.Date, v.Historical, scheme})
	if refusal := r.certifier(&v); refusal != nil {
		return refusal
	}
	if refusal := impersonal(v.Document.Name, "open_decision.document.name", "tên tệp", "document's name"); refusal != nil {
		return refusal
	}
	return r.addPart(&v, a.Part)
}

// issues checks that the author is the agency that a Decision names, on a date of the Decision's year that is not in the future.
func (r *record) issues(d ledger.DecisionID, date ledger.Date, field string) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if d.Issuer != r.author.Account {
		return refuse(reason.NotTheIssuer, field+".decision.issuer", decisionArg(d), reason.Text("agency", d.Issuer.String()), accountArg(r.author.Account))
	}
	if refusal := r.day(date, field+".date", "Ngày ký Quyết định", "date of the Decision"); refusal != nil {
		return refusal
	}
	if d.Year != date.Year() {
		return refuse(reason.DecisionYearDiffers, field+".decision.year", reason.Text("have", ledger.AccountID(d.Year).String()), reason.Day("date", date))
	}
	return impersonal(d.Number, field+".decision.number", "số Quyết định", "Decision's number")
}

// certifier checks that the author certifies at all on the Decision's date, and imports today if the Decision is historical. Territory and level are
// a matter of each item.
func (r *record) certifier(v *subject.DecisionValue) *Refusal {
	if refusal := r.holds(subject.PowerCertify, v.Date); refusal != nil {
		return refusal.in("open_decision.date")
	}
	if v.Historical {
		if refusal := r.holds(subject.PowerImport, r.today); refusal != nil {
			return refusal.in("open_decision.historical")
		}
	}
	return nil
}

// addPart joins a part to those on the ledger. What the first part said holds for all, also whether the Decision is historical.
func (r *record) addPart(v *subject.DecisionValue, part uint32) *Refusal {
	if part > uint32(v.Parts) {
		return refuse(reason.PartOutOfRange, "open_decision.part", reason.Count("have", uint64(part)), reason.Count("want", uint64(v.Parts)))
	}
	id := subject.Decision(v.Decision)
	before, ok := read(r.Block, id, subject.ParseDecision)
	if !ok {
		if refusal := r.timely(v); refusal != nil {
			return refusal
		}
	} else {
		if refusal := samePart(&before, v); refusal != nil {
			return refusal
		}
		if before.HasPart(uint8(part)) {
			return refuse(reason.PartTaken, "open_decision.part", reason.Count("have", uint64(part)), decisionArg(v.Decision))
		}
		v.Present = before.Present
	}
	v.AddPart(uint8(part))
	r.write(id, v.Append(r.buffer()))
	return nil
}

// timely checks that exactly the Decisions older than the backdating window are historical.
func (r *record) timely(v *subject.DecisionValue) *Refusal {
	old := v.Date < ledger.DateAt(r.oldest)
	if old == v.Historical {
		return nil
	}
	code := reason.HistoricalNotAllowed
	if old {
		code = reason.HistoricalRequired
	}
	return refuse(code, "open_decision.historical", reason.Day("have", v.Date), reason.Span("want", r.parameters.BackdatingWindow))
}

func samePart(before, v *subject.DecisionValue) *Refusal {
	differs := func(field, vietnamese, english string) *Refusal {
		return refuse(reason.PartDiffers, "open_decision."+field, reason.Words("name", vietnamese, english), decisionArg(v.Decision))
	}
	switch {
	case before.Date != v.Date:
		return differs("date", "Ngày ký", "date")
	case before.Document != v.Document:
		return differs("document", "Văn bản", "document")
	case before.Parts != v.Parts:
		return differs("parts", "Số phần", "number of parts")
	case before.Historical != v.Historical:
		return differs("historical", "Dấu nhập hồi cứu", "mark as a historical import")
	}
	return nil
}
