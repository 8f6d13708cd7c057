package resolve

import (
	"context"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// found is what the ledger has of what a link names, at one height and on one day.
type found struct {
	link    gs1.Link
	base    string // scheme and host that links begin with
	today   ledger.Date
	product ledger.ProductID
	name    string // by the register; else the id
	// certificate is the one that the verdict rests on; empty: none does.
	certificate string

	lot    string // that the link names, or that its serial was given to; empty: none is known
	serial uint64
	issued bool // the serial was given out, and to the lot that the link names if it names one
}

// lacks tells whether the link names a part that the ledger does not have.
func (f *found) lacks() bool {
	return f.link.Lot != "" && f.lot == "" || f.link.Serial != "" && !f.issued || f.link.Extension != ""
}

// find reads the ledger. What is not there of the product is query.ErrNotFound; what is not there below it is told in found.
func (s *resolver) find(ctx context.Context, link gs1.Link, host string) (f *found, err error) {
	err = s.Catalog.Read(ctx, func(snapshot *query.Snapshot) error {
		f = &found{link: link, product: link.Product, today: s.today(snapshot)}
		hosts, err := s.Hosts(snapshot)
		if err != nil {
			return err
		}
		f.base = s.base(host, hosts, f.today)
		if link.GTIN != "" {
			if f.product, err = snapshot.ProductByGTIN(string(link.GTIN)); err != nil {
				return err
			}
		}
		a, err := snapshot.TraceProduct(&apiv1.TraceProductRequest{Product: f.product.String(), Timeline: noEvents}, f.today)
		if err != nil {
			return err
		}
		f.name, f.certificate = a.GetProduct().GetName(), a.GetVerdict().GetCertificate()
		if f.name == "" {
			f.name = f.product.String()
		}
		return below(snapshot, f)
	})
	return f, err
}

// noEvents asks for as little of a timeline as there can be.
var noEvents = &apiv1.TimelineOptions{Page: &apiv1.Page{Size: 1}}

// today is the day of the clock, or of the ledger when the clock is behind it: the day that pages and traces are of.
func (s *resolver) today(snapshot *query.Snapshot) ledger.Date {
	return max(ledger.DateAt(uint64(s.Now().UnixMilli())), ledger.DateAt(snapshot.Head().Time))
}

// below finds lot and serial.
func below(snapshot *query.Snapshot, f *found) error {
	if f.link.Lot != "" && snapshot.HasLot(ledger.LotID{Product: f.product, Lot: f.link.Lot}) {
		f.lot = f.link.Lot
	}
	n, ok := serialNumber(f.link.Serial)
	if !ok {
		return nil
	}
	lot, issued, err := snapshot.LotOfSerial(f.product, n)
	if err != nil || !issued || f.link.Lot != "" && lot.Lot != f.link.Lot {
		return err
	}
	f.lot, f.serial, f.issued = lot.Lot, n, true
	return nil
}

// serialNumber reads a serial of the ledger: a decimal number without leading zeros.
func serialNumber(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}
