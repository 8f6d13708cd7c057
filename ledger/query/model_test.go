package query_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// made is what a random ledger holds, as the test knows it from what it did: the naive model.
type made struct {
	*querytest.World
	accounts     []*account
	products     []*product
	certificates []*certificate
	numbers      uint64
}

type account struct {
	id       ledger.AccountID
	name     string
	seat     uint32
	producer bool
	stated   ledger.ActionID
}

type product struct {
	id     ledger.ProductID
	name   string
	group  string
	origin uint32
	stated ledger.ActionID
}

type certificate struct {
	id          ledger.CertificateID
	product     *product
	star        uint32
	from, until ledger.Date
	status      apiv1.VerdictKind // UNSPECIFIED: as issued
	last        ledger.Date
}

var (
	nameWords = []string{"Cà phê", "Đắk", "Đăk", "Mil", "hòa", "hoà", "Gạo", "ST24", "núi lửa", "bột", "R'lấp", "ong", "mật", "Xoài", "rang", "ướt"}
	districts = []uint32{querytest.DistrictA, querytest.DistrictB}
	starts    = []ledger.Date{20260125, 20260220, 20260301, 20260320}
)

func drawName(t *rapid.T, n uint64) string {
	words := rapid.SliceOfN(rapid.SampledFrom(nameWords), 1, 4).Draw(t, "name")
	return norm.NFC.String(fmt.Sprintf("%s %d", strings.Join(words, " "), n))
}

// grow does something at random that the ledger accepts, or that it refuses and the test ignores.
func (m *made) grow(t *rapid.T) {
	m.numbers++
	switch n := rapid.IntRange(0, 9).Draw(t, "what"); {
	case n < 2 || len(m.accounts) == 0:
		a := &account{id: ledger.AccountID(1_000_000 + m.numbers), name: drawName(t, m.numbers), seat: rapid.SampledFrom(districts).Draw(t, "seat"), producer: n != 1}
		roles := uint32(subject.RoleTrader)
		if a.producer {
			roles |= subject.RoleProducer
		}
		m.do(t, m.Account(a.id, recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, a.name, a.seat, roles), func(id ledger.ActionID) { a.stated, m.accounts = id, append(m.accounts, a) })
	case n < 5 || len(m.products) == 0:
		of := rapid.SampledFrom(m.accounts).Draw(t, "producer")
		p := &product{id: ledger.ProductID{Producer: of.id, Number: uint32(1 + rapid.IntRange(0, 30).Draw(t, "number"))}, name: drawName(t, m.numbers),
			group: rapid.SampledFrom([]string{"food", "drinks"}).Draw(t, "group"), origin: rapid.SampledFrom(districts).Draw(t, "origin")}
		m.do(t, querytest.Product(p.id, p.name, "RS-2025", p.group, p.origin), func(id ledger.ActionID) { p.stated, m.products = id, append(m.products, p) })
	case n < 7:
		m.certify(t, nil)
	case n == 7:
		m.revoke(t)
	case n == 8:
		p := rapid.SampledFrom(m.products).Draw(t, "renamed")
		name := drawName(t, m.numbers)
		m.rename(t, &recordv1.Correct{Target: &recordv1.Correct_Product{Product: compose.ProductRef(p.id)}, Wrong: compose.ActionRef(p.stated)}, p.name, name, func(ledger.ActionID) { p.name = name })
	default:
		a := rapid.SampledFrom(m.accounts).Draw(t, "renamed")
		name := drawName(t, m.numbers)
		m.rename(t, &recordv1.Correct{Target: &recordv1.Correct_Account{Account: uint64(a.id)}, Wrong: compose.ActionRef(a.stated)}, a.name, name, func(ledger.ActionID) { a.name = name })
	}
}

func (m *made) do(t *rapid.T, a *recordv1.Action, accepted func(ledger.ActionID)) {
	if id, err := m.Do(1, a); err == nil {
		accepted(ledger.ActionID{Record: id})
	} else {
		t.Logf("refused: %v", err)
	}
}

func (m *made) rename(t *rapid.T, c *recordv1.Correct, old, name string, accepted func(ledger.ActionID)) {
	text := func(s string) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}
	}
	c.Changes = []*recordv1.FieldChange{{Field: recordv1.Field_FIELD_NAME, Old: text(old), New: text(name)}}
	c.Reason = recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED
	m.do(t, compose.Act(c), accepted)
}

// certify certifies a product, or renews a certificate.
func (m *made) certify(t *rapid.T, renewed *certificate) {
	p := rapid.SampledFrom(m.products).Draw(t, "certified")
	if renewed != nil {
		p = renewed.product
	}
	d := ledger.DecisionID{Issuer: 1, Year: 2026, Number: fmt.Sprintf("%d/QĐ-UBND", m.numbers)}
	c := &certificate{id: ledger.CertificateID{Decision: d, Item: 1}, product: p, star: uint32(rapid.IntRange(3, 4).Draw(t, "star")), from: rapid.SampledFrom(starts).Draw(t, "from")}
	a := querytest.Certify(c.id, p.id, c.star, c.from)
	a.GetCertify().Group = p.group
	a.GetCertify().ValidUntil = uint32(c.from.AddDays(rapid.IntRange(20, 900).Draw(t, "days")))
	c.until = ledger.Date(a.GetCertify().ValidUntil)
	c.last = c.until
	if renewed != nil {
		a.GetCertify().Predecessor = compose.CertificateRef(renewed.id)
	}
	if _, err := m.Do(1, querytest.Open(d, 20260125, false), a); err == nil {
		if renewed != nil {
			renewed.supersededOn(c.from)
		}
		m.certificates = append(m.certificates, c)
	} else {
		t.Logf("refused: %v", err)
	}
}

func (c *certificate) supersededOn(from ledger.Date) {
	c.status, c.last = apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED, min(c.last, from.AddDays(-1))
}

// revoke revokes a certificate or, as often, renews it.
func (m *made) revoke(t *rapid.T) {
	if len(m.certificates) == 0 {
		return
	}
	c := rapid.SampledFrom(m.certificates).Draw(t, "revoked")
	if rapid.Bool().Draw(t, "renew") {
		m.certify(t, c)
		return
	}
	a := &recordv1.Revoke{Certificate: compose.CertificateRef(c.id), Decision: compose.DecisionRef(ledger.DecisionID{Issuer: 1, Year: 2026, Number: fmt.Sprintf("%d/QĐ", m.numbers)}),
		Date: 20260301, Document: querytest.Paper("thu hồi.pdf"), Reason: recordv1.RevocationReason_REVOCATION_REASON_STOPPED_PRODUCTION, Effective: 20260302}
	m.do(t, compose.Act(a), func(ledger.ActionID) {
		c.status, c.last = apiv1.VerdictKind_VERDICT_KIND_REVOKED, min(c.last, 20260301)
	})
}

// An index that followed the ledger block by block holds what one holds that is built at the end, whenever it was begun.
// Every product is found by any of its words, by the beginning of each, by what is inside, written in any way; and by its producer's words.
// Lists hold what the naive model says, filter by filter, in order, on every page, whatever the page's size.
func inTerritory(code, in uint32) bool {
	return in == 0 || in == querytest.Country || in == querytest.TheTown || in == code
}

func (c *certificate) kind(on ledger.Date) apiv1.VerdictKind {
	const replaced = apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED
	switch {
	case c.from <= on && on <= c.last:
		return apiv1.VerdictKind_VERDICT_KIND_IN_FORCE
	case c.status != 0 && c.status != replaced:
		return c.status
	case on < c.from:
		return apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE
	case c.status == replaced && on <= c.until:
		return replaced
	}
	return apiv1.VerdictKind_VERDICT_KIND_EXPIRED
}

// speaks is the certificate that the verdict on a product rests on, by going through what can be in order of weight.
func (m *made) speaks(p *product, on ledger.Date) *certificate {
	var all []*certificate
	for _, c := range m.certificates {
		if c.product == p {
			all = append(all, c)
		}
	}
	for _, weighs := range []func(*certificate) bool{
		func(c *certificate) bool { return c.kind(on) == apiv1.VerdictKind_VERDICT_KIND_IN_FORCE },
		func(c *certificate) bool { return c.from <= on },
		func(c *certificate) bool { return c.status != apiv1.VerdictKind_VERDICT_KIND_REVOKED },
		func(*certificate) bool { return true },
	} {
		var best *certificate
		for _, c := range all {
			if weighs(c) && (best == nil || c.from >= best.from || best.from > on) {
				best = c
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

func matches(f *apiv1.Filter, kind apiv1.VerdictKind, star uint32) bool {
	want := map[apiv1.CertificateStatus]apiv1.VerdictKind{1: 1, 2: 2, 3: 3, 4: 6, 5: 5, 6: 4}[f.Status]
	return (f.Status == 0 || kind == want) && (f.Star == 0 || f.Star == star)
}

func (m *made) wantProducts(f *apiv1.Filter, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.products), func(a, b *product) int {
		return cmp.Or(cmp.Compare(a.id.Producer, b.id.Producer), cmp.Compare(a.id.Number, b.id.Number))
	})
	for _, p := range all {
		kind, star := apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED, uint32(0)
		if c := m.speaks(p, on); c != nil {
			if kind, star = c.kind(on), c.star; kind == apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED {
				kind = apiv1.VerdictKind_VERDICT_KIND_EXPIRED // and what replaced it is not in force
			}
		}
		if matches(f, kind, star) && (f.Group == "" || f.Group == p.group) && inTerritory(p.origin, f.Territory) {
			ids = append(ids, p.id.String())
		}
	}
	return ids
}

func (m *made) wantCertificates(f *apiv1.Filter, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.certificates), func(a, b *certificate) int { return cmp.Compare(a.id.Decision.Number, b.id.Decision.Number) })
	for _, c := range all {
		if matches(f, c.kind(on), c.star) && (f.Group == "" || f.Group == c.product.group) && inTerritory(c.product.origin, f.Territory) {
			ids = append(ids, c.id.String())
		}
	}
	return ids
}

func (m *made) wantProducers(territory uint32) (ids []string) {
	for _, a := range m.accounts { // made in the order of their numbers
		if a.producer && inTerritory(a.seat, territory) {
			ids = append(ids, a.id.String())
		}
	}
	return ids
}

func (m *made) wantExpiring(days uint32, on ledger.Date) (ids []string) {
	all := slices.SortedFunc(slices.Values(m.certificates), func(a, b *certificate) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.id.Decision.Number, b.id.Decision.Number))
	})
	for _, c := range all {
		if c.from <= on && on <= c.last && c.last <= on.AddDays(int(days)) {
			ids = append(ids, c.id.String())
		}
	}
	return ids
}

// A reader of an older height than the index begins again; one that never catches up is told so and not left waiting.
