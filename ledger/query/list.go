package query

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Rows of a page.
const (
	usualRows = 50
	mostRows  = 500
	mostDays  = 3660 // ten years, beyond any certificate
)

// ListProducts lists products in the order of their ids.
func (s *Snapshot) ListProducts(q *apiv1.ListProductsRequest, on ledger.Date) (*apiv1.ListProductsResponse, error) {
	f, err := s.filter(q.GetFilter())
	if err != nil {
		return nil, err
	}
	a, r := new(apiv1.ListProductsResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		rows, next, total, err := listed(x.productOrder, q.GetPage(), ledger.ParseProductID, productPlace,
			func(p *productRow) bool { return f.product(x, p, on) })
		if err != nil {
			return err
		}
		a.Total = total
		if next != nil {
			a.NextPage = next.id.String()
		}
		for _, row := range rows {
			v, err := must(r.productValue(row.id))
			if err != nil {
				return err
			}
			a.Products = append(a.Products, r.showProduct(v, on))
		}
		return nil
	})
}

// ListProducers lists accounts with the role of producer in the order of their numbers.
func (s *Snapshot) ListProducers(q *apiv1.ListProducersRequest, on ledger.Date) (*apiv1.ListProducersResponse, error) {
	f, err := s.filter(q.GetFilter())
	if err != nil {
		return nil, err
	}
	a, r := new(apiv1.ListProducersResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		rows, next, total, err := listed(x.accountOrder, q.GetPage(), ledger.ParseAccountID, accountPlace,
			func(p *accountRow) bool { return f.producer(x, p, on) })
		if err != nil {
			return err
		}
		a.Total = total
		if next != nil {
			a.NextPage = next.id.String()
		}
		for _, row := range rows {
			p, err := x.producer(r, row, on)
			if err != nil {
				return err
			}
			a.Producers = append(a.Producers, p)
		}
		return nil
	})
}

// ListCertificates lists certificates in the order of their binary ids.
func (s *Snapshot) ListCertificates(q *apiv1.ListCertificatesRequest, on ledger.Date) (*apiv1.ListCertificatesResponse, error) {
	f, err := s.filter(q.GetFilter())
	if err != nil {
		return nil, err
	}
	a, r := new(apiv1.ListCertificatesResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		rows, next, total, err := listed(x.issuedOrder, q.GetPage(), ledger.ParseCertificateID, certificatePlace,
			func(c *certificateRow) bool { return f.certificate(x, c, on) })
		if err != nil {
			return err
		}
		a.Total = total
		if next != nil {
			a.NextPage = next.id.String()
		}
		for _, row := range rows {
			a.Certificates = append(a.Certificates, r.showCertificate(&row.value, on))
		}
		return nil
	})
}

// ListExpiring lists certificates in force on a date that end within so many days after it, soonest first.
func (s *Snapshot) ListExpiring(q *apiv1.ListExpiringRequest, on ledger.Date) (*apiv1.ListExpiringResponse, error) {
	if q.GetDays() > mostDays {
		return nil, beyond("days", "too_many_days", int(q.GetDays()), mostDays, "ngày", "days")
	}
	f, err := s.filter(q.GetFilter())
	if err != nil {
		return nil, err
	}
	skip, err := offset(q.GetPage())
	if err != nil {
		return nil, err
	}
	until := on.AddDays(int(q.GetDays()))
	a, r := new(apiv1.ListExpiringResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		var rows []*certificateRow
		for _, row := range x.issuedOrder {
			if row.value.InForce(on) && row.value.EffectiveLast <= until && f.certificate(x, row, on) {
				rows = append(rows, row)
			}
		}
		slices.SortStableFunc(rows, func(a, b *certificateRow) int { return cmp.Compare(a.value.EffectiveLast, b.value.EffectiveLast) })
		a.Total = uint64(len(rows))
		rows, a.NextPage = ranked(rows, skip, size(q.GetPage(), usualRows, mostRows))
		for _, row := range rows {
			a.Certificates = append(a.Certificates, r.showCertificate(&row.value, on))
		}
		return nil
	})
}

// ListLots lists the lots of a product in the order of their codes.
func (s *Snapshot) ListLots(q *apiv1.ListLotsRequest) (*apiv1.ListLotsResponse, error) {
	product, err := ledger.ParseProductID(q.GetFilter().GetProduct())
	if err != nil {
		return nil, formProduct.not("filter.product", q.GetFilter().GetProduct())
	}
	last, given, err := after(q.GetPage(), ledger.ParseLotID)
	if err != nil {
		return nil, err
	}
	begin := subject.Product(product).Name // a lot's id begins with that of its product
	if given {
		begin = subject.Lot(last).Name
	}
	r, most := newReader(s.Source), size(q.GetPage(), usualRows, mostRows)
	if _, err := r.productValue(product); err != nil {
		return nil, err
	}
	ids, err := s.Subjects(subject.KindLot, begin, most+1)
	if err != nil {
		return nil, err
	}
	a := new(apiv1.ListLotsResponse)
	for _, id := range ids {
		lot, err := id.LotID()
		if err != nil || lot.Product != product {
			break
		}
		if len(a.Lots) == most {
			a.NextPage = a.Lots[most-1].Lot
			break
		}
		v, err := must(read(s.Source, id, subject.ParseLot))
		if err != nil {
			return nil, err
		}
		shown, err := r.showLot(&v)
		if err != nil {
			return nil, err
		}
		a.Lots = append(a.Lots, shown)
	}
	return a, nil
}

// listed takes a page of the rows a filter keeps. next is the last row of the page when more follow; total counts all that are kept.
func listed[ID, Row any](rows []Row, p *apiv1.Page, parse func(string) (ID, error), place func([]Row, ID) (int, bool),
	keep func(Row) bool) (page []Row, next Row, total uint64, err error) {
	last, given, err := after(p, parse)
	if err != nil {
		return nil, next, 0, err
	}
	from := 0
	if given {
		at, there := place(rows, last)
		if from = at; there {
			from++
		}
	}
	most, more := size(p, usualRows, mostRows), false
	for i, row := range rows {
		if !keep(row) {
			continue
		}
		total++
		if i < from {
			continue
		}
		if more = more || len(page) == most; !more {
			page = append(page, row)
		}
	}
	if more {
		next = page[len(page)-1]
	}
	return page, next, total, nil
}

// ranked takes a page of rows in an order that is no order of ids.
func ranked[Row any](rows []Row, skip, most int) (page []Row, token string) {
	rows = rows[min(skip, len(rows)):]
	if len(rows) <= most {
		return rows, ""
	}
	return rows[:most], strconv.Itoa(skip + most)
}
