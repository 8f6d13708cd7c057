package rules_test

import (
	"bytes"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// bench is a world in which properties are tried, all in one block so that its overlay is seen at work.
type bench struct {
	*world
	t     *rapid.T
	tb    testing.TB
	twin  *rules.Block // gets the same records, to see that they have the same effects
	count int
}

func newBench(tb testing.TB, t *rapid.T, setUp ...string) *bench {
	b := &bench{world: genesisWorld(tb), t: t, tb: tb}
	for _, line := range setUp {
		if accepted := b.try("province", line); !accepted {
			t.Fatalf("refused: %s", line)
		}
	}
	b.begin()
	return b
}

// begin opens a new block at the present time.
func (b *bench) begin() {
	b.height++
	b.block = rules.NewBlock(b.context(), maps.Clone(b.memory))
	b.twin = rules.NewBlock(b.context(), maps.Clone(b.memory))
}

// try applies a record and checks what holds of every record: a refused one leaves no trace, the same one has the same effect, and touches are
// what changed, each once per action and in order.
func (b *bench) try(who string, texts ...string) bool {
	author := b.account(who)
	b.count++
	h := ledger.Header{Chain: b.chain, Schema: uint16(b.protocol), Issued: b.now - 60_000 + uint64(b.count), Author: author}
	h.Expires = h.Issued + ledger.DayMillis
	var actions [][]byte
	for _, text := range texts {
		actions = append(actions, b.action(author, text))
	}
	e := envelope(b.tb, h, keyOf(who).Public(), actions)
	var before map[subject.ID][]byte
	if b.block != nil {
		before = maps.Clone(b.block.Overlay())
	}
	leaf := b.leaf
	touches, refusal := b.apply(e)
	if b.block != nil {
		b.compare(e, leaf, touches, refusal)
	}
	if refusal != nil {
		if b.block != nil && refusal.Final() {
			before[subject.Activity(author)] = touches[0].Value
		}
		if b.block != nil && !maps.EqualFunc(before, b.block.Overlay(), bytes.Equal) {
			b.t.Fatalf("%v left a trace", refusal)
		}
		touches = touches[:0]
	}
	for _, t := range touches {
		b.memory[t.Subject] = t.Value
	}
	for i, text := range texts {
		if name, ok := saleName(text); ok && refusal == nil {
			b.sales[name] = ledger.SaleID{Record: e.ID, Action: uint16(i)}
		}
	}
	return refusal == nil
}

// compare applies the record to the twin, and looks at the order of touches.
func (b *bench) compare(e *ledger.Envelope, leaf uint64, touches []rules.Touch, refusal *rules.Refusal) {
	again, other := b.twin.Apply(leaf, e)
	if fmt.Sprint(other) != fmt.Sprint(refusal) {
		b.t.Fatalf("refused once for %v, once for %v", refusal, other)
	}
	if refusal != nil {
		if refusal.Final() {
			b.twin.Refuse(ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(refusal.Reason), Action: refusal.Action})
		}
		return
	}
	if fmt.Sprint(touches) != fmt.Sprint(again) {
		b.t.Fatalf("two effects of one record:\n%v\n%v", touches, again)
	}
	type once struct {
		id     subject.ID
		action uint16
	}
	seen := map[once]bool{}
	for i, t := range touches {
		if seen[once{t.Subject, t.Action}] || i > 0 && touches[i-1].Action > t.Action {
			b.t.Fatalf("touches out of order or twice: %v", touches)
		}
		seen[once{t.Subject, t.Action}] = true
	}
	for id, v := range b.block.Overlay() {
		if !bytes.Equal(v, b.twin.Overlay()[id]) {
			b.t.Fatalf("%v differs", id)
		}
	}
}

// Random trade against a model with numbers alone: the rules accept exactly what the model does, and goods are conserved.
func TestTradeConservesGoods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, rt, "register account coop 2000001, roles producer+trader, key coop", "register account a 2000002, roles trader, key a",
			"register account b 2000003, roles trader, key b", "register product coop.1")
		m := &trade{produced: map[string]uint64{}, held: map[string]uint64{}, left: map[string]uint64{}}
		who := rapid.SampledFrom([]string{"coop", "a", "b"})
		for range rapid.IntRange(1, 25).Draw(rt, "records") {
			author := who.Draw(rt, "author")
			next := m.clone()
			var texts []string
			fits := true
			for range rapid.IntRange(1, 3).Draw(rt, "actions") {
				text, ok := next.draw(rt, author, who)
				texts = append(texts, text)
				fits = fits && ok
			}
			if accepted := b.try(author, texts...); accepted != fits {
				rt.Fatalf("%s: %q: accepted %v, the model says %v", author, texts, accepted, fits)
			}
			if fits {
				m = next
			}
			m.check(rt, b)
			if rapid.IntRange(0, 5).Draw(rt, "new block") == 0 {
				b.now += 3_600_000
				b.begin()
			}
		}
	})
}

// trade is the naive model.
type trade struct {
	produced, held, left map[string]uint64 // by lot; by "account lot"; by lot
	proposals            []proposal
}

type proposal struct {
	name, lot, seller, buyer string
	quantity                 uint64
	accepted                 bool
}

func (m *trade) clone() *trade {
	return &trade{maps.Clone(m.produced), maps.Clone(m.held), maps.Clone(m.left), append([]proposal(nil), m.proposals...)}
}

// draw makes a random action and its effect on the model, or says that it must be refused. After a refusal the model is thrown away.
func (m *trade) draw(rt *rapid.T, author string, who *rapid.Generator[string]) (text string, fits bool) {
	lot := rapid.SampledFrom([]string{"coop.1/L1", "coop.1/L2"}).Draw(rt, "lot")
	quantity := rapid.Uint64Range(1, 60).Draw(rt, "quantity")
	_, known := m.produced[lot]
	holds := known && m.held[author+" "+lot] >= quantity
	switch rapid.SampledFrom([]string{"lot", "propose", "accept", "accept", "outside", "retail"}).Draw(rt, "kind") {
	case "lot":
		m.produced[lot] = quantity
		m.held["coop "+lot] = quantity
		return fmt.Sprintf("register lot %s, %d g, produced 01/11/2020", lot, quantity), author == "coop" && !known
	case "propose":
		p := proposal{name: fmt.Sprintf("s%d", len(m.proposals)), lot: lot, seller: author, buyer: who.Draw(rt, "buyer"), quantity: quantity}
		m.proposals = append(m.proposals, p)
		return fmt.Sprintf("propose %s: %d g of %s, to %s", p.name, quantity, lot, p.buyer), known && p.buyer != author && quantity <= m.produced[lot]
	case "accept":
		if len(m.proposals) == 0 {
			return "accept nothing", false
		}
		p := &m.proposals[rapid.IntRange(0, len(m.proposals)-1).Draw(rt, "proposal")]
		fits := p.buyer == author && !p.accepted && m.held[p.seller+" "+p.lot] >= p.quantity
		p.accepted = true
		m.held[p.seller+" "+p.lot] -= p.quantity
		m.held[p.buyer+" "+p.lot] += p.quantity
		// A proposal of the same record has no name yet that it could be accepted by; its buyer is another account anyway.
		return "accept " + p.name, fits
	case "outside":
		text = fmt.Sprintf("sell outside %d g of %s", quantity, lot)
	default:
		text = fmt.Sprintf("sell retail %d g of %s", quantity, lot)
	}
	m.held[author+" "+lot] -= quantity
	m.left[lot] += quantity
	return text, holds
}

// check compares the model with the ledger, and the ledger with itself.
func (m *trade) check(rt *rapid.T, b *bench) {
	for lot, produced := range m.produced {
		id := b.lotID(lot)
		v := must(subject.ParseLot(b.memory[subject.Lot(id)]))
		if v.Quantity != produced || v.Left != m.left[lot] || b.held(id)+v.Left != v.Quantity {
			rt.Fatalf("lot %s: produced %d, held %d, left %d; the model: %d, left %d", lot, v.Quantity, b.held(id), v.Left, produced, m.left[lot])
		}
		for name, account := range b.accounts {
			have := uint64(0)
			if data, ok := b.memory[subject.Holding(account, id)]; ok {
				have = must(subject.ParseHolding(data)).Quantity
			}
			if have != m.held[name+" "+lot] {
				rt.Fatalf("%s holds %d of %s, the model says %d", name, have, lot, m.held[name+" "+lot])
			}
		}
	}
}

// Random Decisions, renewals, revocations and corrections: on any day at most one certificate of a product counts, product and certificates agree,
// and a certificate without predecessor is accepted exactly when its days are free.
func TestOneCertificateInForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, rt, "register account coop 2000001", "register product coop.1")
		first := ledger.Date(20201103)
		day := func(label string, lo, hi int) ledger.Date {
			return first.AddDays(rapid.IntRange(lo, hi).Draw(rt, label))
		}
		issued := 0
		pick := func(label string) string {
			return fmt.Sprintf("%d/QĐ item 1", rapid.IntRange(0, max(issued, 1)-1).Draw(rt, label))
		}
		for range rapid.IntRange(1, 20).Draw(rt, "records") {
			switch rapid.SampledFrom([]string{"certify", "certify", "renew", "renew", "revoke", "correct", "correct"}).Draw(rt, "kind") {
			case "certify":
				from, until := day("from", 0, 40), day("until", 0, 60)
				free := until >= from && !b.counts(from, until)
				text := fmt.Sprintf("certify item 1 of %d/QĐ, product coop.1, 4 stars, from %v, until %v", issued, from, until)
				if accepted := b.try("province", fmt.Sprintf("open decision %d/QĐ of 03/11/2020", issued), text); accepted != free {
					rt.Fatalf("%s: accepted %v, days free %v", text, accepted, free)
				} else if accepted {
					issued++
				}
			case "renew":
				if b.try("province", fmt.Sprintf("open decision %d/QĐ of 03/11/2020", issued), fmt.Sprintf("certify item 1 of %d/QĐ, product coop.1, 4 stars, from %v, until %v, renews %s",
					issued, day("from", 0, 40), day("until", 0, 60), pick("predecessor"))) {
					issued++
				}
			case "revoke":
				b.try("province", fmt.Sprintf("revoke certificate %s, by 900/QĐ of 03/11/2020, effective %v", pick("certificate"), day("effective", 0, 60)))
			case "correct":
				id := pick("certificate")
				v, err := subject.ParseCertificate(b.memory[subject.Certificate(b.certificateID(id))])
				if err != nil {
					continue
				}
				field, old := "valid from", v.ValidFrom
				if rapid.Bool().Draw(rt, "until") {
					field, old = "valid until", v.ValidUntil
				}
				b.try("province", fmt.Sprintf("correct certificate %s, %s was %v now %v", id, field, old, day("day", 0, 60)))
			}
			b.oneInForce()
		}
	})
}

func (b *bench) certificates() (list []subject.CertificateValue) {
	for id, data := range b.memory {
		if id.Kind == subject.KindCertificate {
			list = append(list, must(subject.ParseCertificate(data)))
		}
	}
	return list
}

// counts tells whether any certificate counts on a day from one to another, both included.
func (b *bench) counts(from, until ledger.Date) bool {
	for d := from; d <= until; d = d.AddDays(1) {
		for _, v := range b.certificates() {
			if v.InForce(d) {
				return true
			}
		}
	}
	return false
}

func (b *bench) oneInForce() {
	all := b.certificates()
	product := must(subject.ParseProduct(b.memory[subject.Product(b.productID("coop.1"))]))
	if len(product.Certificates) != len(all) {
		b.t.Fatalf("the product has %d certificates, the ledger %d", len(product.Certificates), len(all))
	}
	for _, term := range product.Certificates {
		v := must(subject.ParseCertificate(b.memory[subject.Certificate(term.Certificate)]))
		if v.Term() != term {
			b.t.Fatalf("the product says %v, the certificate %v", term, v.Term())
		}
	}
	for i, d := 0, ledger.Date(20201103); i < 70; i, d = i+1, d.AddDays(1) {
		n := 0
		for _, v := range all {
			if v.InForce(d) {
				n++
			}
		}
		if n > 1 {
			b.t.Fatalf("%d certificates count on %v: %v", n, d, product.Certificates)
		}
	}
}
