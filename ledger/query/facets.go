package query

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// ListFacets tells by what lists can be narrowed: the groups, territories and agencies that there is something of.
func (s *Snapshot) ListFacets() (*apiv1.ListFacetsResponse, error) {
	a, r := new(apiv1.ListFacetsResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		groups := make(map[string]string) // code → newest rule set that has it
		places := make(map[uint32]bool)
		for _, p := range x.productOrder {
			groups[p.group] = max(groups[p.group], p.scheme)
			for code, depth := p.origin, 0; code != 0 && depth < maxDepth; depth++ {
				places[code] = true
				code = x.parents[code]
			}
		}
		agencies := make(map[ledger.AccountID]bool)
		for _, c := range x.issuedOrder {
			agencies[c.id.Decision.Issuer] = true
		}
		for _, code := range slices.Sorted(maps.Keys(groups)) {
			a.Groups = append(a.Groups, r.group(groups[code], code))
		}
		for _, code := range slices.Sorted(maps.Keys(places)) {
			a.Territories = append(a.Territories, r.place(code))
		}
		slices.SortStableFunc(a.Territories, func(p, q *apiv1.Place) int {
			return cmp.Or(slices.Compare(Words(p.FullName), Words(q.FullName)), cmp.Compare(p.Code, q.Code))
		})
		for _, id := range slices.Sorted(maps.Keys(agencies)) {
			a.Agencies = append(a.Agencies, r.actor(id))
		}
		return nil
	})
}
