package web

import (
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// restrained says why a lot must not be used, who said so, and which lot it was, if it was one that this one was made of.
func (l language) restrained(r *apiv1.Restraint, lot string) string {
	said := l.T("verdict.reason", l.LotReason(r.GetReason())) + " " + l.T("restraint.by", l.Name(r.GetAuthor()), l.Date(r.GetDate()))
	if r.GetLot() != lot {
		said += " " + l.T("restraint.source", r.GetLot())
	}
	return said
}

// restraintSign is how a lot that must not be used looks in a list; nil when nothing keeps it.
func (l language) restraintSign(r *apiv1.Restraint) *sign {
	if r == nil {
		return nil
	}
	s := l.sign(restraintKind(r.GetStatus()))
	return &s
}

func restraintKind(s apiv1.RestraintStatus) apiv1.VerdictKind {
	if s == apiv1.RestraintStatus_RESTRAINT_STATUS_RECALLED {
		return apiv1.VerdictKind_VERDICT_KIND_RECALLED
	}
	return apiv1.VerdictKind_VERDICT_KIND_HELD
}

// stoppedLots are the lots of a product that must not be used: a buyer who came by the product's code has to look which lot it is.
func (l language) stoppedLots(lots []*apiv1.LotLink) (stopped []fact) {
	for _, lot := range lots {
		key := "lot.is.held"
		if lot.GetRestraint().GetStatus() == apiv1.RestraintStatus_RESTRAINT_STATUS_RECALLED {
			key = "lot.is.recalled"
		}
		stopped = append(stopped, fact{Value: l.T(key, codeOf(lot.GetLot())), Link: l.LotLink(lot.GetLot())})
	}
	return stopped
}

// origin is what a lot was made of, or into: a card each.
func (l language) origin(links []*apiv1.LotLink) (cards []card) {
	for _, x := range links {
		product, code, _ := strings.Cut(x.GetLot(), "/")
		c := card{Link: l.LotLink(x.GetLot()), Kind: l.T("lot", code), Name: l.Product(x.GetProductName(), product), Sign: l.restraintSign(x.GetRestraint())}
		if x.GetDistance() > 1 {
			c.Lines = []string{l.T("lot.steps", l.Number(uint64(x.GetDistance())))}
		}
		cards = append(cards, c)
	}
	return cards
}

// supplyFacts say what a lot was made of, and which stamps it has.
func (l language) supplyFacts(lot *apiv1.Lot) (facts []fact) {
	for _, in := range lot.GetInputs() {
		product, _, _ := strings.Cut(in.GetLot(), "/")
		facts = append(facts, fact{
			Name: l.T("lot.from"), Link: l.LotLink(in.GetLot()), Value: l.Product(in.GetProductName(), product) + ", " + l.T("lot.lower", codeOf(in.GetLot())),
			More: l.Quantity(in.GetQuantity(), in.GetUnit()),
		})
	}
	if n := lot.GetDeclaredYield(); n > 0 {
		unit := lot.GetInputs()[0].GetUnit()
		facts = append(facts, fact{Name: l.T("lot.yield"), Value: l.T("lot.yield.of", l.Quantity(uint64(n), lot.GetUnit()), l.Quantity(1000, unit))})
	}
	for _, b := range lot.GetStamps() {
		facts = append(facts, fact{Name: l.T("stamps"), Value: l.stamps(b.GetFirst(), b.GetLast(), b.GetPerStamp(), lot.GetUnit())})
	}
	return facts
}

// stamps writes serial numbers as they are printed: digits alone.
func (l language) stamps(first, last, each uint64, unit recordv1.Unit) string {
	return l.T("stamps.range", strconv.FormatUint(first, 10), strconv.FormatUint(last, 10), l.Quantity(each, unit))
}

func codeOf(lot string) string {
	_, code, _ := strings.Cut(lot, "/")
	return code
}

// inspectionsView are the inspections of a product or lot, with their reports.
type inspectionsView struct {
	Steps   []step
	Reports []document
}

func (l language) inspections(list []*apiv1.Inspection) (shown inspectionsView) {
	for _, i := range list {
		s := l.outcomeStep(i.GetOutcome())
		s.Title = i.GetKind() + ": " + l.Outcome(i.GetOutcome())
		s.Lines = []string{l.T("inspection.on", l.Date(i.GetDate()))}
		if i.GetLot() != "" {
			s.Lines[0] += " · " + l.T("lot", codeOf(i.GetLot()))
		}
		s.Recorded = l.T("inspection.by", l.Name(i.GetAgency()))
		shown.Steps = append(shown.Steps, s)
		shown.Reports = append(shown.Reports, l.document(l.T("inspection.report", i.GetKind(), l.Date(i.GetDate())), i.GetDocument()))
	}
	return shown
}

// outcomeStep is how an outcome looks: by a sign of its own as well as by colour.
func (l language) outcomeStep(o recordv1.Outcome) step {
	switch o {
	case recordv1.Outcome_OUTCOME_PASSED:
		return step{Class: "good", Icon: "check"}
	case recordv1.Outcome_OUTCOME_FAILED:
		return step{Class: "bad", Icon: "cross"}
	}
	return step{Class: "past", Icon: "pen"}
}

// supplyStep tells what is said of lots and products after they are registered; false for other actions.
func (v *visit) supplyStep(a *recordv1.Action) (told step, ok bool) {
	l := v.frame.L
	switch k := a.GetKind().(type) {
	case *recordv1.Action_HoldLot:
		return l.restraintStep(step{Class: "past", Icon: "pause"}, "event.hold", k.HoldLot.GetLot(), l.LotReason(k.HoldLot.GetReason()), k.HoldLot.GetDocument()), true
	case *recordv1.Action_ReleaseLot:
		return l.restraintStep(step{Class: "good", Icon: "check"}, "event.release", k.ReleaseLot.GetLot(), l.ReleaseReason(k.ReleaseLot.GetReason()), k.ReleaseLot.GetDocument()), true
	case *recordv1.Action_RecallLot:
		return l.restraintStep(step{Class: "bad", Icon: "stop"}, "event.recall", k.RecallLot.GetLot(), l.LotReason(k.RecallLot.GetReason()), k.RecallLot.GetDocument()), true
	case *recordv1.Action_ApplyStamps:
		m := k.ApplyStamps
		last := m.GetFirst() + uint64(m.GetCount()) - 1
		return step{Icon: "dot", Title: l.T("event.stamps", m.GetLot().GetLot()), Lines: []string{l.stamps(m.GetFirst(), last, m.GetPerStamp(), v.unit)}}, true
	case *recordv1.Action_Inspect:
		m := k.Inspect
		told = l.outcomeStep(m.GetOutcome())
		told.Title = l.T("event.inspect", m.GetKind(), l.Outcome(m.GetOutcome()))
		told.Lines = []string{l.T("inspection.on", l.Date(m.GetDate()))}
		if m.GetLot() != nil {
			told.Lines[0] += " · " + l.T("lot", m.GetLot().GetLot())
		}
		return told, true
	case *recordv1.Action_SetPicture:
		if len(k.SetPicture.GetBlob()) == 0 {
			return step{Icon: "dot", Title: l.T("event.picture.none")}, true
		}
		return step{Icon: "dot", Title: l.T("event.picture")}, true
	}
	return told, false
}

func (l language) restraintStep(told step, event string, lot *recordv1.LotRef, reason string, d *recordv1.Document) step {
	told.Title = l.T(event, lot.GetLot())
	told.Lines = []string{capital(reason) + "."}
	if d != nil {
		told.Lines = append(told.Lines, l.T("event.act", d.GetName()))
	}
	return told
}

// lotStep tells that a lot was made. In the story of a lot that it was made of, that is what became of some of it.
func (v *visit) lotStep(m *recordv1.RegisterLot) step {
	l, id := v.frame.L, compose.LotID(m.GetLot())
	told := step{Icon: "dot", Title: l.T("event.lot", id.Lot), Lines: []string{l.T("event.lot.made", l.Quantity(m.GetQuantity(), m.GetUnit()), l.Date(m.GetProduced()))}}
	if !v.traces(id) {
		told = step{Icon: "arrow", Title: l.T("event.used", id.String())}
		for _, in := range m.GetInputs() {
			if of := compose.LotID(in.GetLot()); v.traces(of) {
				told.Lines = append(told.Lines, l.T("event.used.of", of.Lot, l.Quantity(in.GetQuantity(), in.GetUnit())))
			}
		}
		return told
	}
	for _, in := range m.GetInputs() {
		told.Lines = append(told.Lines, l.T("event.from", l.Quantity(in.GetQuantity(), in.GetUnit()), compose.LotID(in.GetLot()).String()))
	}
	return told
}

// traces tells whether a lot is what the page is of: the lot, or any of the product's.
func (v *visit) traces(lot ledger.LotID) bool {
	return v.of == lot || v.of == ledger.LotID{Product: lot.Product}
}

// LotReason says why a lot is held or recalled.
func (l language) LotReason(r recordv1.LotReason) string {
	names := [...][2]string{
		{"", ""},
		{"chờ kết quả kiểm nghiệm", "a test result is awaited"},
		{"có chất cấm hoặc ô nhiễm vượt mức cho phép", "a banned substance, or contamination above the limit"},
		{"không đạt quy chuẩn hoặc chất lượng đã công bố", "below the standard or the quality declared"},
		{"hàng bị hư hỏng", "the goods are spoiled"},
		{"quá hạn sử dụng", "past its best-before date"},
		{"ghi nhãn sai hoặc thiếu cảnh báo dị ứng", "mislabelled, or without a warning of allergens"},
		{"nguyên liệu không đạt hoặc không rõ nguồn gốc", "unqualified input, or of unknown origin"},
		{"nghi hàng giả hoặc dùng tem của lô khác", "suspected counterfeit, or stamps of another lot"},
		{"người tiêu dùng phản ánh", "complaints of consumers"},
	}
	if r < 0 || int(r) >= len(names) {
		return ""
	}
	return l.pick(names[r][0], names[r][1])
}

// ReleaseReason says why a lot is held no longer.
func (l language) ReleaseReason(r recordv1.ReleaseReason) string {
	names := [...][2]string{{"", ""}, {"kiểm nghiệm đạt", "the test was passed"}, {"đã khắc phục", "it was corrected"}, {"tạm giữ nhầm", "it was held by mistake"}}
	if r < 0 || int(r) >= len(names) {
		return ""
	}
	return l.pick(names[r][0], names[r][1])
}

// Outcome says how an inspection ended.
func (l language) Outcome(o recordv1.Outcome) string {
	names := [...][2]string{{"", ""}, {"đạt", "passed"}, {"không đạt", "failed"}, {"phải khắc phục", "corrective action required"}}
	if o < 0 || int(o) >= len(names) {
		return ""
	}
	return l.pick(names[o][0], names[o][1])
}
