package web

import (
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// step is a line of a story.
type step struct {
	Class    string // of the style sheet
	Icon     string // id of the symbol
	Title    string
	Lines    []string
	Changes  []change
	Recorded string // when it was put on the ledger, and by whom
}

// change is a corrected field.
type change struct{ Field, Old, New string }

func (v *visit) steps(s *query.Snapshot, events []*apiv1.Event) []step {
	steps := make([]step, 0, len(events))
	for _, e := range events {
		steps = append(steps, v.step(s, e))
	}
	return steps
}

func (v *visit) step(s *query.Snapshot, e *apiv1.Event) step {
	l := v.frame.L
	told := step{Icon: "dot", Title: l.T("event.other")}
	switch k := e.GetAction().GetKind().(type) {
	case *recordv1.Action_RegisterAccount:
		told.Title = l.T("event.account")
	case *recordv1.Action_RegisterProduct:
		told.Title = l.T("event.product")
	case *recordv1.Action_OpenDecision:
		told = l.decisionStep(k.OpenDecision)
	case *recordv1.Action_Certify:
		told = step{Class: "good", Icon: "check", Title: l.T("event.certify", k.Certify.GetStar()), Lines: []string{
			l.T("event.certify.valid", l.Date(k.Certify.GetValidFrom()), l.Date(k.Certify.GetValidUntil())),
			l.T("scores.total", l.Points(k.Certify.GetScores().GetTotal())),
		}}
	case *recordv1.Action_Revoke:
		told = step{Class: "bad", Icon: "cross", Title: l.T("event.revoke"), Lines: []string{
			capital(l.Reason(k.Revoke.GetReason())) + ".",
			l.T("event.revoke.from", l.Date(k.Revoke.GetEffective()), k.Revoke.GetDecision().GetNumber(), l.Date(k.Revoke.GetDate())),
		}}
	case *recordv1.Action_Correct:
		told = l.correctStep(s, k.Correct)
	case *recordv1.Action_RegisterLot:
		told = v.lotStep(k.RegisterLot)
	default:
		if supply, ok := v.supplyStep(e.GetAction()); ok {
			told = supply
		}
	}
	if e.GetSale() != nil {
		told = l.saleStep(e.GetSale())
	}
	if e.GetHistorical() {
		told.Title += " (" + l.T("historical") + ")"
	}
	told.Recorded = l.T("timeline.recorded", l.Day(e.GetTime())) + " " + l.T("timeline.by", l.Name(e.GetAuthor()))
	return told
}

func (l language) decisionStep(d *recordv1.OpenDecision) step {
	told := step{Icon: "dot", Title: l.T("event.decision", d.GetDecision().GetNumber()), Lines: []string{l.T("event.decision.signed", l.Date(d.GetDate()))}}
	if d.GetParts() > 1 {
		told.Lines[0] += ", " + l.T("event.decision.part", l.Number(uint64(d.GetPart())), l.Number(uint64(d.GetParts())))
	}
	return told
}

func (l language) correctStep(s *query.Snapshot, c *recordv1.Correct) step {
	told := step{Class: "past", Icon: "pen", Title: l.T("event.correct")}
	for _, f := range c.GetChanges() {
		told.Changes = append(told.Changes, change{l.T(fmt.Sprintf("field.%d", f.GetField())), l.value(s, c, f.GetField(), f.GetOld()), l.value(s, c, f.GetField(), f.GetNew())})
	}
	if r := c.GetReason(); r > 0 && r <= recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED {
		told.Lines = append(told.Lines, l.T(fmt.Sprintf("event.correct.reason.%d", r)))
	}
	return told
}

// value writes a corrected value in the terms of its field. Codes get their names, and stay beside them: they are what was corrected.
func (l language) value(s *query.Snapshot, of *recordv1.Correct, f recordv1.Field, v *recordv1.FieldValue) string {
	switch c := v.GetChoice().(type) {
	case *recordv1.FieldValue_Text:
		if f == recordv1.Field_FIELD_GROUP {
			return l.coded(l.groupName(s.CertificateGroup(compose.CertificateID(of.GetCertificate()), c.Text).GetName()), c.Text)
		}
		return c.Text
	case *recordv1.FieldValue_Hash:
		return l.T("field.hidden")
	case *recordv1.FieldValue_Number:
		switch f {
		case recordv1.Field_FIELD_SCORE_A, recordv1.Field_FIELD_SCORE_B, recordv1.Field_FIELD_SCORE_C, recordv1.Field_FIELD_SCORE_TOTAL:
			return l.Points(uint32(c.Number))
		case recordv1.Field_FIELD_VALID_FROM, recordv1.Field_FIELD_VALID_UNTIL:
			return l.Date(uint32(c.Number))
		case recordv1.Field_FIELD_TERRITORY:
			return l.coded(s.Place(uint32(c.Number)).GetFullName(), fmt.Sprint(c.Number))
		case recordv1.Field_FIELD_ACCOUNT_KIND:
			if kind := l.Kind(uint32(c.Number)); kind != "" {
				return kind
			}
			return l.coded("", fmt.Sprint(c.Number))
		}
		return l.Number(c.Number)
	}
	return l.T("field.empty")
}

// coded is what a code stands for, with the code; one that the ledger has no name for is said to be a code.
func (l language) coded(name, code string) string {
	if name == "" {
		return l.T("code.unknown", code)
	}
	return l.T("coded", name, code)
}

func (l language) saleStep(s *apiv1.Sale) step {
	told := step{Icon: "arrow"}
	var notes []string
	switch s.GetStatus() {
	case apiv1.SaleStatus_SALE_STATUS_RETAIL:
		told.Title = l.T("event.sale.retail", l.Name(s.GetSeller()))
	case apiv1.SaleStatus_SALE_STATUS_UNCONFIRMED:
		told.Title = l.T("event.sale.outside", l.Name(s.GetSeller()))
		notes = append(notes, l.T("event.sale.unconfirmed"))
	default:
		told.Title = l.T("event.sale", l.Name(s.GetSeller()), l.Name(s.GetBuyer()))
	}
	_, code, _ := strings.Cut(s.GetLot(), "/")
	told.Lines = []string{l.T("event.sale.lot", code, l.Quantity(s.GetQuantity(), s.GetUnit()), l.Day(s.GetEventTime()))}
	if s.GetOcop() {
		notes = append(notes, l.T("event.sale.ocop"))
	} else {
		notes = append(notes, l.T("event.sale.plain"))
	}
	if s.GetLate() {
		notes = append(notes, l.T("late"))
	}
	told.Lines = append(told.Lines, capital(strings.Join(notes, "; ")))
	return told
}

// capital begins a phrase with a capital letter.
func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
