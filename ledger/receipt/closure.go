package receipt

import (
	"slices"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Closure collects the subjects that a verdict depends on. Maker and verifier of a receipt both walk it, the one to know what to show and the other
// to know that nothing is missing; FORMAT.md §13 states it in words.
//
//	product      its producer's account, all its certificates, its rule set
//	certificate  its product, Decision, rule set, predecessor and successor, the issuer's account and authority
//	Decision     the issuer's account and authority, its rule set
//	lot          its product and its inputs, so all that it was made of
//	account      the territory of its seat, now and at any earlier time
//	territory    the one above it
//	an entry     the account of the record's author, and the authority if that is an agency
type Closure struct {
	known map[subject.ID]bool
	open  []subject.ID
}

// NewClosure begins with the subject that a receipt is about.
func NewClosure(id subject.ID) *Closure {
	c := &Closure{known: make(map[subject.ID]bool)}
	c.add(id)
	return c
}

// Next is a member that Value has not been called for yet; false when there is none.
func (c *Closure) Next() (id subject.ID, ok bool) {
	if len(c.open) == 0 {
		return id, false
	}
	id, c.open = c.open[0], c.open[1:]
	return id, true
}

// Value adds what a member's value names. Of accounts it is to be called for every value they ever had. Errors are those of the value's parser.
func (c *Closure) Value(id subject.ID, value []byte) error {
	switch id.Kind {
	case subject.KindProduct:
		return named(value, subject.ParseProduct, c.product)
	case subject.KindCertificate:
		return named(value, subject.ParseCertificate, c.certificate)
	case subject.KindDecision:
		return named(value, subject.ParseDecision, func(v *subject.DecisionValue) {
			c.Author(v.Decision.Issuer)
			c.add(subject.Scheme(v.Scheme))
		})
	case subject.KindLot:
		return named(value, subject.ParseLot, func(v *subject.LotValue) {
			c.add(subject.Product(v.Lot.Product))
			for _, in := range v.Inputs {
				c.add(subject.Lot(in.Lot))
			}
		})
	case subject.KindAccount:
		return named(value, subject.ParseAccount, func(v *subject.AccountValue) { c.add(subject.Territory(v.Territory)) })
	case subject.KindTerritory:
		return named(value, subject.ParseTerritory, func(v *subject.TerritoryValue) {
			if v.Parent != 0 {
				c.add(subject.Territory(v.Parent))
			}
		})
	}
	return nil
}

func named[V any](value []byte, parse func([]byte) (V, error), add func(*V)) error {
	v, err := parse(value)
	if err != nil {
		return err
	}
	add(&v)
	return nil
}

func (c *Closure) product(v *subject.ProductValue) {
	c.add(subject.Account(v.Product.Producer))
	c.add(subject.Scheme(v.Scheme))
	for _, t := range v.Certificates {
		c.add(subject.Certificate(t.Certificate))
	}
}

func (c *Closure) certificate(v *subject.CertificateValue) {
	c.add(subject.Product(v.Product))
	c.add(subject.Decision(v.Certificate.Decision))
	c.add(subject.Scheme(v.Scheme))
	c.Author(v.Certificate.Decision.Issuer)
	for _, other := range []ledger.CertificateID{v.Predecessor, v.Successor} {
		if !other.IsZero() {
			c.add(subject.Certificate(other))
		}
	}
}

// Author adds the account behind a record in a member's history, and an agency's authority.
func (c *Closure) Author(a ledger.AccountID) {
	c.add(subject.Account(a))
	if a.IsAgency() {
		c.add(subject.Authority(a))
	}
}

func (c *Closure) add(id subject.ID) {
	if !c.known[id] {
		c.known[id] = true
		c.open = append(c.open, id)
	}
}

// Members lists what has been found, in the order of a receipt.
func (c *Closure) Members() []subject.ID {
	ids := make([]subject.ID, 0, len(c.known))
	for id := range c.known {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, Compare)
	return ids
}

// Compare orders members: by kind, then by id.
func Compare(a, b subject.ID) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	return strings.Compare(a.Name, b.Name)
}
