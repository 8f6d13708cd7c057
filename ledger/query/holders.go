package query

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// holders finds who holds the lot now: its producer, and whoever bought of it. Holdings are kept by account and not by lot, so buyers are
// looked for in the lot's history, the newest first; what accounts hold together is known, which tells when all have been found.
func (r *reader) holders(v *subject.LotValue) (holders []*apiv1.Holding, more bool, err error) {
	missing := v.Quantity - v.Left - v.Used
	seen := make(map[ledger.AccountID]bool)
	add := func(a ledger.AccountID) error {
		if seen[a] {
			return nil
		}
		seen[a] = true
		h, err := read(r.Source, subject.Holding(a, v.Lot), subject.ParseHolding)
		if errors.Is(err, ErrNotFound) || err == nil && h.Quantity == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Quantity > missing {
			return corruptHoldings(v.Lot)
		}
		missing -= h.Quantity
		holders = append(holders, &apiv1.Holding{Holder: r.actor(a), Quantity: h.Quantity})
		return nil
	}
	if err := add(v.Lot.Product.Producer); err != nil {
		return nil, false, err
	}
	if err := r.eachBuyer(v.Lot, func() bool { return missing > 0 && len(holders) < shownHolders }, add); err != nil {
		return nil, false, err
	}
	slices.SortStableFunc(holders, func(a, b *apiv1.Holding) int {
		return cmp.Or(cmp.Compare(b.Quantity, a.Quantity), cmp.Compare(a.Holder.Account, b.Holder.Account))
	})
	return holders, missing > 0, nil
}

// eachBuyer calls found with the buyer of each accepted sale of the lot, newest first, while wanted says so and at most searchedEntries back.
func (r *reader) eachBuyer(lot ledger.LotID, wanted func() bool, found func(ledger.AccountID) error) error {
	c, err := track{id: subject.Lot(lot)}.open(r, true, nil)
	if err != nil {
		return err
	}
	for range searchedEntries {
		if !wanted() {
			return nil
		}
		e, err := c.head()
		if err != nil || e == nil {
			return err
		}
		accepted, err := r.isOf(c, *e, kindAcceptSale)
		if err != nil {
			return err
		}
		if accepted {
			buyer, err := r.buyer(*e)
			if err != nil {
				return err
			}
			if err := found(buyer); err != nil {
				return err
			}
		}
		c.pass()
	}
	return nil
}

// buyer is who accepted a sale: nobody can but the buyer.
func (r *reader) buyer(t ledger.Touch) (ledger.AccountID, error) {
	record, _, err := r.peek(t)
	return record.Header.Author, err
}
