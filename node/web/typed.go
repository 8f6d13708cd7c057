package web

import (
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
)

// comparedLots bounds how many lots of a product are looked through for one whose code differs from the typed one by case alone.
const comparedLots = 1000

func lotSubject(product ledger.ProductID, lot string) subject.ID {
	return subject.Lot(ledger.LotID{Product: product, Lot: lot})
}

// typed leads where the QR code leads whose short code, GTIN or link somebody typed; nowhere when that is not on the ledger, or may be two things.
func (v *visit) typed(s *query.Snapshot) (string, error) {
	var known []string
	for _, link := range gs1.Typed(v.frame.Query) {
		to, err := v.leads(s, link)
		if err != nil {
			return "", err
		}
		if to != "" {
			known = append(known, to)
		}
	}
	if len(known) != 1 {
		return "", nil
	}
	return known[0], nil
}

// leads is where a link leads if all that it names is on the ledger; the resolver decides about serials, and counts them.
func (v *visit) leads(s *query.Snapshot, link gs1.Link) (string, error) {
	product := link.Product
	if link.GTIN != "" {
		data, ok := s.Value(subject.GTIN(string(link.GTIN)))
		if !ok {
			return "", nil
		}
		taken, err := subject.ParseTaken(data)
		if err != nil {
			return "", err
		}
		product = taken.Product
	}
	if _, ok := s.Value(subject.Product(product)); !ok {
		return "", nil
	}
	l := v.frame.L
	if link.Lot != "" {
		lot, err := lotLike(s, product, link.Lot)
		if lot == "" || err != nil {
			return "", err
		}
		link.Lot = lot
	}
	switch {
	case link.Serial != "" || link.Extension != "":
		return l.inLanguage(link.Path()), nil
	case link.Lot != "":
		return l.LotLink(product.String() + "/" + link.Lot), nil
	}
	return l.ProductLink(product.String()), nil
}

// lotLike finds the product's lot of that code; or the one whose code is the same but for case, if it is only one.
func lotLike(s *query.Snapshot, product ledger.ProductID, code string) (string, error) {
	if _, ok := s.Value(lotSubject(product, code)); ok {
		return code, nil
	}
	ids, err := s.Subjects(subject.KindLot, subject.Product(product).Name, comparedLots)
	if err != nil {
		return "", err
	}
	like := ""
	for _, id := range ids {
		lot, err := id.LotID()
		if err != nil {
			return "", err
		}
		if lot.Product != product {
			break
		}
		if strings.EqualFold(lot.Lot, code) {
			if like != "" {
				return "", nil
			}
			like = lot.Lot
		}
	}
	return like, nil
}
