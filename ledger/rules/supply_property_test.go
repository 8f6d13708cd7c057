package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/subject"
)

// Random lots made of lots, held, released, recalled, stamped and sold, against a model with numbers alone: the rules accept exactly what the model does,
// goods are conserved, and nothing moves that is restrained or made of what is.
func TestSupplyAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := &bench{world: genesisWorld(t), t: rt, tb: t}
		b.protocol = 4
		for _, line := range []string{"register account coop 2000001, roles producer+trader, key coop", "register product coop.1"} {
			if !b.try("province", line) {
				rt.Fatalf("refused: %s", line)
			}
		}
		if !b.try("province", "open decision 7/QĐ of 03/11/2020", "certify item 1 of 7/QĐ, product coop.1, 4 stars, from 03/11/2020") {
			rt.Fatal("the product is not certified")
		}
		b.begin()
		m := &supply{lots: map[string]*supplied{}, next: 1}
		for range rapid.IntRange(1, 30).Draw(rt, "records") {
			next := m.clone()
			author, text, fits := next.draw(rt)
			if accepted := b.try(author, text); accepted != fits {
				rt.Fatalf("%s: %q: accepted %v, the model says %v", author, text, accepted, fits)
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

// supply is the naive model.
type supply struct {
	lots map[string]*supplied
	next uint64 // serial number
}

type supplied struct {
	quantity, held, left, used, stamped uint64
	inputs                              []string
	by                                  string // who holds it: "", coop or an agency
	recalled                            bool
}

func (m *supply) clone() *supply {
	c := &supply{maps.Clone(m.lots), m.next}
	for name, l := range c.lots {
		copied := *l
		c.lots[name] = &copied
	}
	return c
}

// stopped asks a lot and everything in it, one after the other.
func (m *supply) stopped(name string) bool {
	l := m.lots[name]
	return l.recalled || l.by != "" || slices.ContainsFunc(l.inputs, m.stopped)
}

// draw makes a random action and its effect on the model, or says that it must be refused. After a refusal the model is thrown away.
func (m *supply) draw(rt *rapid.T) (author, text string, fits bool) {
	name := fmt.Sprintf("L%d", rapid.IntRange(1, 5).Draw(rt, "lot"))
	quantity := rapid.Uint64Range(1, 60).Draw(rt, "quantity")
	l, known := m.lots[name]
	switch rapid.SampledFrom([]string{"lot", "lot", "made", "made", "hold", "release", "recall", "stamp", "retail", "retail"}).Draw(rt, "kind") {
	case "lot":
		m.lots[name] = &supplied{quantity: quantity, held: quantity}
		return "coop", fmt.Sprintf("register lot coop.1/%s, %d g, produced 01/11/2020", name, quantity), !known
	case "made":
		return m.made(rt, name, known)
	case "hold":
		author = rapid.SampledFrom([]string{"coop", "inspectorate", "ministry"}).Draw(rt, "author")
		fits = known && !l.recalled && (l.by == "" || l.by == "coop" && author != "coop")
		if known {
			l.by = author
		}
		return author, fmt.Sprintf("hold lot coop.1/%s, by giay.pdf", name), fits
	case "release":
		author = rapid.SampledFrom([]string{"coop", "inspectorate", "ministry"}).Draw(rt, "author")
		fits = known && !l.recalled && l.by != "" && (l.by == "coop" || author != "coop")
		if known {
			l.by = ""
		}
		return author, fmt.Sprintf("release lot coop.1/%s, by giay.pdf", name), fits
	case "recall":
		fits = known && !l.recalled
		if known {
			l.recalled = true
		}
		return "coop", fmt.Sprintf("recall lot coop.1/%s", name), fits
	case "stamp":
		count, first := rapid.Uint64Range(1, 4).Draw(rt, "count"), m.next+rapid.Uint64Range(0, 1).Draw(rt, "gap")
		fits = known && !m.stopped(name) && first == m.next && l.stamped+count*quantity <= l.quantity
		m.next += count
		if known {
			l.stamped += count * quantity
		}
		return "coop", fmt.Sprintf("apply stamps %d on coop.1/%s, first %d, each %d", count, name, first, quantity), fits
	}
	fits = known && !m.stopped(name) && quantity <= l.held
	if known {
		l.held, l.left = l.held-quantity, l.left+quantity
	}
	return "coop", fmt.Sprintf("sell retail %d g of coop.1/%s", quantity, name), fits
}

// made draws a lot made of others.
func (m *supply) made(rt *rapid.T, name string, known bool) (author, text string, fits bool) {
	sources := rapid.SliceOfNDistinct(rapid.IntRange(1, 5), 1, 3, rapid.ID).Draw(rt, "sources")
	slices.Sort(sources)
	yield := rapid.Uint64Range(1, 1002).Draw(rt, "yield")
	l, sum := &supplied{}, uint64(0)
	fits = !known && yield <= 1000
	var from strings.Builder
	for _, s := range sources {
		source, quantity := fmt.Sprintf("L%d", s), rapid.Uint64Range(1, 40).Draw(rt, "input")
		fmt.Fprintf(&from, ", from %d g of coop.1/%s", quantity, source)
		sum += quantity
		l.inputs = append(l.inputs, source)
		in := m.lots[source]
		if in == nil || source == name || m.stopped(source) || quantity > in.held {
			fits = false
			continue
		}
		in.held, in.used = in.held-quantity, in.used+quantity
	}
	most := sum * yield / 1000
	l.quantity = max(1, most+rapid.Uint64Range(0, 1).Draw(rt, "too much"))
	l.held = l.quantity
	if fits = fits && l.quantity <= most; fits {
		m.lots[name] = l
	}
	return "coop", fmt.Sprintf("register lot coop.1/%s, %d g, produced 01/11/2020%s, yield %d", name, l.quantity, from.String(), yield), fits
}

func (m *supply) check(rt *rapid.T, b *bench) {
	names := b.lotNames()
	if len(names) != len(m.lots) {
		rt.Fatalf("%d lots, the model has %d", len(names), len(m.lots))
	}
	for _, id := range names {
		v, want := must(subject.ParseLot(b.memory[subject.Lot(id)])), m.lots[id.Lot]
		if v.Quantity != want.quantity || v.Left != want.left || v.Used != want.used || v.Stamped() != want.stamped || b.held(id) != want.held || !b.conserved(&v) {
			rt.Fatalf("lot %v is %+v with %d held, the model says %+v", id, v, b.held(id), want)
		}
		status := subject.LotFree
		if want.recalled {
			status = subject.LotRecalled
		} else if want.by != "" {
			status = subject.LotHeld
		}
		if v.Restraint.Status != status || status == subject.LotHeld && v.Restraint.Author != b.account(want.by) {
			rt.Fatalf("lot %v is %+v, the model says %+v", id, v.Restraint, want)
		}
	}
}
