package web

import (
	"html/template"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// call is somebody to call when something is wrong with goods, a label or a page.
type call struct {
	Agency string
	Why    string // what the agency has to do with it
	Phone  string
	Link   template.URL // tel:
}

// agencyCall is the number of an agency; false when it publishes none. The number is digits after a + or not, whatever the ledger holds.
func (v *visit) agencyCall(a *apiv1.Actor, phone, why string) (call, bool) {
	if !subject.ValidPhone(phone) {
		return call{}, false
	}
	return call{v.frame.L.Name(a), v.frame.L.T(why), phone, template.URL("tel:" + phone)}, true
}

// callsOf are those to call about what a page is of: the agencies that the trace names, and whoever runs this node, who is on every page.
func (v *visit) callsOf(contacts []*apiv1.Contact) {
	calls := make([]call, 0, len(contacts)+len(v.frame.Calls))
	for _, c := range contacts {
		if shown, ok := v.agencyCall(c.GetAgency(), c.GetPhone(), "calls.agency"); ok {
			calls = append(calls, shown)
		}
	}
	for _, c := range v.frame.Calls {
		if !slices.ContainsFunc(calls, func(x call) bool { return x.Link == c.Link }) {
			calls = append(calls, c)
		}
	}
	v.frame.Calls = calls
}

// callsFor are those to call about what an agency has signed.
func (v *visit) callsFor(s *query.Snapshot, agency ledger.AccountID) error {
	phone, err := s.Contact(agency)
	if err == nil {
		v.callsOf([]*apiv1.Contact{{Agency: s.Actor(agency), Phone: phone}})
	}
	return err
}

// operatorCall is the number of whoever runs this node. A page is made without it when it cannot be read.
func (v *visit) operatorCall(s *query.Snapshot) {
	phone, err := s.Contact(v.Operator)
	if err != nil {
		v.Log.Error("the operator's number cannot be read", "error", err)
		return
	}
	if shown, ok := v.agencyCall(s.Actor(v.Operator), phone, "calls.operator"); ok {
		v.frame.Calls = []call{shown}
	}
}
