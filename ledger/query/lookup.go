package query

import (
	"fmt"
	"sort"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// ProductByGTIN finds the product that has a GTIN-14.
func (s *Snapshot) ProductByGTIN(gtin string) (ledger.ProductID, error) {
	id := subject.GTIN(gtin)
	v, err := read(s.Source, id, subject.ParseTaken)
	if err == nil && v.Product == (ledger.ProductID{}) { // it had one before a correction
		err = &NotFoundError{id}
	}
	return v.Product, err
}

// HasLot tells whether a lot is on the ledger.
func (s *Snapshot) HasLot(lot ledger.LotID) bool {
	_, ok := s.Value(subject.Lot(lot))
	return ok
}

// Lot is the value of a lot.
func (s *Snapshot) Lot(lot ledger.LotID) (subject.LotValue, error) {
	return read(s.Source, subject.Lot(lot), subject.ParseLot)
}

// LotVerdict answers for a lot on a date as TraceLot does, and reads no histories.
func (s *Snapshot) LotVerdict(lot ledger.LotID, on ledger.Date) (*apiv1.Verdict, error) {
	r := newReader(s.Source)
	v, err := s.Lot(lot)
	if err != nil {
		return nil, err
	}
	p, err := must(r.productValue(lot.Product))
	if err != nil {
		return nil, err
	}
	sources, err := r.ancestors(&v)
	if err != nil {
		return nil, err
	}
	return lotVerdict(restrained(&v, sources), r.productVerdict(p, on)), nil
}

// Contact is the public telephone number of an agency; empty when it publishes none.
func (s *Snapshot) Contact(agency ledger.AccountID) (phone string, err error) {
	return newReader(s.Source).phone(agency)
}

// Resolvers are the hosts that resolve the codes on labels, in the order of the parameters: the first that is open is the one of new labels.
func (s *Snapshot) Resolvers() ([]subject.Resolver, error) {
	v, err := must(read(s.Source, subject.Parameters(), subject.ParseParameters))
	return v.Resolvers, err
}

// LotOfSerial finds the lot that a product's serial number was given to; issued is false for a number that no stamp has. Numbers are given out in
// ascending order, so the history of the product's serials is searched by halves: a product may have many lots, and a made-up number must be cheap.
func (s *Snapshot) LotOfSerial(product ledger.ProductID, serial uint64) (lot ledger.LotID, issued bool, err error) {
	id := subject.Serials(product)
	data, ok := s.Value(id)
	if !ok {
		return lot, false, nil
	}
	v, err := subject.ParseSerials(data)
	if err != nil {
		return lot, false, fmt.Errorf("%s: %w: %w", id, ErrCorrupt, err)
	}
	if serial < subject.FirstSerial || serial >= v.Next {
		return lot, false, nil
	}
	n, err := s.HistoryLen(id)
	if err != nil {
		return lot, false, err
	}
	r := newReader(s.Source)
	var failed error
	after := sort.Search(int(n), func(i int) bool { // number of the first batch that begins after the serial
		b, err := r.batch(id, uint64(i))
		if failed == nil {
			failed = err
		}
		return failed != nil || b.stamps.First > serial
	})
	if failed != nil {
		return lot, false, failed
	}
	if after == 0 {
		return lot, false, fmt.Errorf("%s: no batch begins at or before %d: %w", id, serial, ErrCorrupt)
	}
	b, err := r.batch(id, uint64(after-1))
	if err == nil && !b.stamps.Has(serial) {
		err = fmt.Errorf("%s: no batch has %d, which is below %d: %w", id, serial, v.Next, ErrCorrupt)
	}
	return b.lot, err == nil, err
}

// batch is a batch of stamps with the lot that it was put on.
type batch struct {
	lot    ledger.LotID
	stamps subject.Stamps
}

// batch reads an entry of the history of a product's serials.
func (r *reader) batch(serials subject.ID, entry uint64) (b batch, err error) {
	entries, err := r.Touches(serials, entry, 1)
	if err != nil {
		return b, err
	}
	if len(entries) != 1 {
		return b, fmt.Errorf("%s: entry %d is missing: %w", serials, entry, ErrCorrupt)
	}
	of, err := r.action(entries[0])
	if err != nil {
		return b, err
	}
	m := of.action.GetApplyStamps()
	if m == nil {
		return b, fmt.Errorf("%s: entry %d names another action: %w", serials, entry, ErrCorrupt)
	}
	return batch{compose.LotID(m.GetLot()), subject.Stamps{First: m.GetFirst(), Count: m.GetCount(), PerStamp: m.GetPerStamp()}}, nil
}
