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

// typed finds where the QR code leads whose short code, GTIN or link somebody typed: nowhere when that is no code, or is not on the ledger; and to more
// than one place when it may be two things. A stamp that was not issued counts when there is nothing else: the page it leads to says so.
func (v *visit) typed(s *query.Snapshot) (to []card, err error) {
	var denied []card
	for _, link := range gs1.Typed(v.frame.Query) {
		place, issued, err := v.leads(s, link)
		switch {
		case err != nil:
			return nil, err
		case place.Link == "":
		case issued:
			to = append(to, place)
		default:
			denied = append(denied, place)
		}
	}
	if len(to) == 0 {
		return denied, nil
	}
	return to, nil
}

// leads is where a link leads if its product is on the ledger, and its lot if it names one. Serials are for the resolver, which counts them; issued is
// false for one that the ledger does not have.
func (v *visit) leads(s *query.Snapshot, link gs1.Link) (to card, issued bool, err error) {
	product := link.Product
	if link.GTIN != "" {
		data, ok := s.Value(subject.GTIN(string(link.GTIN)))
		if !ok {
			return to, false, nil
		}
		taken, err := subject.ParseTaken(data)
		if err != nil {
			return to, false, err
		}
		product = taken.Product
	}
	if _, ok := s.Value(subject.Product(product)); !ok {
		return to, false, nil
	}
	l := v.frame.L
	if link.Lot != "" {
		lot, err := lotLike(s, product, link.Lot)
		if lot == "" || err != nil {
			return to, false, err
		}
		link.Lot = lot
	}
	to.Name = gs1.Short(product, link.Lot, link.Serial)
	switch {
	case link.Serial != "" || link.Extension != "":
		_, issued, err = v.serial(s, product, link.Lot, link.Serial)
		to.Link, to.Kind = l.inLanguage(link.Path()), l.T("code.issued", link.Serial)
	case link.Lot != "":
		to.Link, to.Kind, issued = l.LotLink(product.String()+"/"+link.Lot), l.T("lot", link.Lot), true
	default:
		to.Link, issued = l.ProductLink(product.String()), true
	}
	return to, issued, err
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
