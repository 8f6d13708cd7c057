package query

import (
	"cmp"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// shownInspections bounds the inspections of one product or lot that a trace lists: the newest on the ledger.
const shownInspections = 20

// inspectionsOf lists the inspections of a product or lot, newest on the ledger first.
func (r *reader) inspectionsOf(id subject.ID, v subject.Inspections, lot string) (list []*apiv1.Inspection, err error) {
	most := min(int(v.Count), shownInspections)
	if most == 0 {
		return nil, nil
	}
	budget := searchedEntries
	_, err = r.eachAction(id, kindInspect, &budget, func(t ledger.Touch, of *told) (bool, error) {
		m := of.action.GetInspect()
		list = append(list, &apiv1.Inspection{
			Date: m.GetDate(), Outcome: m.GetOutcome(), Kind: m.GetKind(), Document: m.GetDocument(), Agency: r.actor(of.author), Lot: lot, Leaf: t.Leaf,
		})
		return len(list) < most, nil
	})
	return list, err
}

// newestInspections puts inspections of several subjects in order: the latest date first, and of one day what was entered last.
func newestInspections(lists ...[]*apiv1.Inspection) []*apiv1.Inspection {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b *apiv1.Inspection) int {
		return cmp.Or(cmp.Compare(b.GetDate(), a.GetDate()), cmp.Compare(b.GetLeaf(), a.GetLeaf()))
	})
	return all
}

func showInspections(v subject.Inspections) *apiv1.InspectionSummary {
	if v.Count == 0 {
		return nil
	}
	return &apiv1.InspectionSummary{Count: v.Count, Date: uint32(v.Date), Outcome: recordv1.Outcome(v.Outcome)}
}
