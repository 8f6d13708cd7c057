package web

import (
	"errors"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
)

// comparedLots bounds how many lots of a product are looked through for one whose code differs from the typed one by case alone.
const comparedLots = 1000

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
		product, err = s.ProductByGTIN(string(link.GTIN))
		if errors.Is(err, query.ErrNotFound) {
			return to, false, nil
		}
		if err != nil {
			return to, false, err
		}
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

// misread says that digits would be a GTIN if one of them were another; nothing of what is no GTIN, or a right one.
func (l language) misread(typed string) string {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(typed)
	_, err := gs1.ParseGTIN(digits)
	if e, ok := errors.AsType[*gs1.Error](err); ok && e.Kind == gs1.GTINCheck {
		return l.T("search.misread", l.pick(e.Vietnamese, e.English))
	}
	return ""
}

// lotLike finds the product's lot of that code; or the one whose code is the same but for case, if it is only one.
func lotLike(s *query.Snapshot, product ledger.ProductID, code string) (string, error) {
	if s.HasLot(ledger.LotID{Product: product, Lot: code}) {
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
