package web

import (
	"errors"
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
)

// comparedLots bounds how many lots of a product are looked through for one whose code differs from the typed one by case alone.
const comparedLots = 1000

// typed finds where the QR code leads whose short code, GTIN or link somebody typed: nowhere when that is no code, or is not on the ledger; and to more
// than one place when it may be two things. A stamp that was not issued, or a lot that is not there, counts when there is nothing else: the page it leads to
// says so.
func (v *visit) typed(s *query.Snapshot) (to []card, err error) {
	if host, err := v.foreign(s); host != "" || err != nil {
		return nil, err
	}
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
		return denied[:min(len(denied), 1)], nil // the likeliest
	}
	return to, nil
}

// foreign is the host of a typed link whose product ids are another ledger's, or may be: neither this node, nor another agency's, nor a host that resolves
// this ledger's codes or did. The same number here is another product.
func (v *visit) foreign(s *query.Snapshot) (string, error) {
	host := gs1.OwnHost(v.frame.Query)
	if host == "" {
		return "", nil
	}
	ours, err := s.Resolvers()
	if err != nil {
		return "", err
	}
	for _, r := range ours {
		if r.Host == host {
			return "", nil
		}
	}
	places := []string{v.BaseURL, "//" + v.request.Host}
	if v.Policy != nil {
		if policy := v.Policy(); policy != nil {
			for _, n := range v.otherNodes(s, policy) {
				places = append(places, n.URL)
			}
		}
	}
	for _, place := range places {
		if u, err := url.Parse(place); err == nil && strings.EqualFold(u.Host, host) {
			return "", nil
		}
	}
	return host, nil
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
		lot, several, err := lotLike(s, product, link.Lot)
		if several || err != nil {
			return to, false, err
		}
		if lot == "" { // the page that a printed code leads to says that there is no such lot
			return card{Link: l.inLanguage(link.Path())}, false, nil
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

// wrong says what is wrong with a code that leads nowhere, when it can be told.
func (v *visit) wrong(s *query.Snapshot) (string, error) {
	host, err := v.foreign(s)
	if host != "" {
		return v.frame.L.T("search.foreign", host), nil
	}
	return v.frame.L.misread(v.frame.Query), err
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

// lotLike finds the product's lot of that code; or the one whose code is the same but for case, unless there are several.
func lotLike(s *query.Snapshot, product ledger.ProductID, code string) (lot string, several bool, err error) {
	if s.HasLot(ledger.LotID{Product: product, Lot: code}) {
		return code, false, nil
	}
	ids, err := s.Subjects(subject.KindLot, subject.Product(product).Name, comparedLots)
	if err != nil {
		return "", false, err
	}
	for _, id := range ids {
		one, err := id.LotID()
		if err != nil {
			return "", false, err
		}
		if one.Product != product {
			break
		}
		if strings.EqualFold(one.Lot, code) {
			if lot != "" {
				return "", true, nil
			}
			lot = one.Lot
		}
	}
	return lot, false, nil
}
