package receipts_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// A lot is what its ingredients are: recalled, held, or what its product is, at every height.
func TestLotGoesWithItsIngredients(t *testing.T) {
	s := story(t)
	seen := map[receipts.VerdictKind]int{}
	g := vectors.New(t, vectorsDir, "lot-story", "A lot made of a lot made of lots, one of which is held, released and recalled: at every height, and as an ingredient.")
	for _, id := range []ledger.LotID{Blend, CoffeeLot, PepperLot} {
		keep(t, g, id.String(), vectors.Receipt, s.lot(id).Append(nil), s.options(), nil)
	}
	file := s.lot(GiftBox).Append(nil)
	for height := range s.ledger.Head().Height + 1 {
		o := s.options()
		o.AsOf = &height
		got, err := receipts.Subject(t.Context(), file, o)
		if err != nil {
			t.Fatalf("height %d: %v", height, err)
		}
		keep(t, g, fmt.Sprintf("height %02d", height), vectors.Receipt, file, o, nil)
		s.standsAs(got, GiftBox, height)
		seen[got.Verdict.Kind]++
		if got.Verdict.Kind == receipts.VerdictUnknown {
			continue
		}
		var names []string
		for _, source := range got.Sources {
			names = append(names, source.Lot.Lot)
		}
		if want := []string{Blend.Lot, CoffeeLot.Lot, PepperLot.Lot}; !slices.Equal(names, want) {
			t.Errorf("height %d: made of %q, want %q", height, names, want)
		}
	}
	for _, kind := range []receipts.VerdictKind{receipts.VerdictUnknown, receipts.VerdictNotCertified, receipts.VerdictHeld, receipts.VerdictRecalled} {
		if seen[kind] == 0 {
			t.Errorf("%s at no height: %v", kind, seen)
		}
	}
	got, err := receipts.Subject(t.Context(), file, s.options())
	if err != nil || got.Verdict.Lot != PepperLot || got.Restraint.Author != Province || got.Restraint.Document.Name != "thu hồi lô.pdf" || got.Lot.Quantity != 4000 {
		t.Errorf("%+v, %v", got, err)
	}
	if p, err := receipts.Subject(t.Context(), s.product(Pepper).Append(nil), s.options()); err != nil || p.Verdict.Kind != receipts.VerdictInForce {
		t.Errorf("the product of a recalled lot: %+v, %v", p, err)
	}
}

// standsAs holds a lot's verdict against what the ledger had of it, and of all that is in it, at a height.
func (s *scene) standsAs(got *receipts.Result, id ledger.LotID, height uint64) {
	s.t.Helper()
	var recalled, held []ledger.LotID
	there := false
	if err := s.ledger.ViewAt(height, func(v *chain.View) error {
		_, there = v.Value(subject.Lot(id))
		for waiting := []ledger.LotID{id}; there && len(waiting) > 0; waiting = waiting[1:] { // some more than once: this asks for no order
			data, _ := v.Value(subject.Lot(waiting[0]))
			lot, err := subject.ParseLot(data)
			if err != nil {
				return err
			}
			switch lot.Restraint.Status {
			case subject.LotRecalled:
				recalled = append(recalled, lot.Lot)
			case subject.LotHeld:
				held = append(held, lot.Lot)
			}
			for _, in := range lot.Inputs {
				waiting = append(waiting, in.Lot)
			}
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	kind, by := got.Verdict.Kind, got.Verdict.Lot
	switch {
	case there == (kind == receipts.VerdictUnknown):
		s.t.Errorf("%s at %d: %s, on the ledger %v", id, height, kind, there)
	case len(recalled) > 0:
		if kind != receipts.VerdictRecalled || !slices.Contains(recalled, by) {
			s.t.Errorf("%s at %d: %s by %s, recalled are %v", id, height, kind, by, recalled)
		}
	case len(held) > 0:
		if kind != receipts.VerdictHeld || !slices.Contains(held, by) {
			s.t.Errorf("%s at %d: %s by %s, held are %v", id, height, kind, by, held)
		}
	default:
		if kind == receipts.VerdictRecalled || kind == receipts.VerdictHeld || by != (ledger.LotID{}) || got.Restraint != nil {
			s.t.Errorf("%s at %d: %s by %s, nothing is held", id, height, kind, by)
		}
	}
}

// swap exchanges the places of two records that follow each other.
func (b *bench) swap(first int) {
	x, y := &b.r.Records[first], &b.r.Records[first+1]
	x.Leaf, y.Leaf = y.Leaf, x.Leaf
	*x, *y = *y, *x
	for i := range b.r.Members {
		for j := range b.r.Members[i].Entries {
			switch e := &b.r.Members[i].Entries[j]; e.Record {
			case first:
				e.Record = first + 1
			case first + 1:
				e.Record = first
			}
		}
	}
}

// last is the record of a member's entry, counted from the end.
func (b *bench) last(id subject.ID, n int) int {
	m := b.member(id)
	return m.Entries[len(m.Entries)-n].Record
}

func restraint(change func(*subject.Restraint)) func(*bench) {
	return func(b *bench) {
		edit(b, subject.Lot(PepperLot), subject.ParseLot, func(v *subject.LotValue) { change(&v.Restraint) })
	}
}

// What a receipt of a lot made of lots is bent to, and what the verifier says. The lot is GiftBox, made of Blend, made of CoffeeLot and the recalled PepperLot.
var lotTampering = []struct {
	name string
	bend func(*bench)
	want any
}{
	{"nothing", func(*bench) {}, nil},
	{"nothing, remade by a quorum", func(b *bench) { b.collude() }, nil},
	{"receipt of another lot", func(b *bench) { b.r = b.lot(Blend) }, verify.WordSubject},
	{"another lot's content under this name", func(b *bench) { b.r = b.lot(Blend); b.r.Subject = subject.Lot(GiftBox).Name }, verify.WordClosure},
	{"the lot that it was made of left out", leaveOut(subject.Lot(Blend)), verify.WordClosure},
	{"the recalled lot left out", leaveOut(subject.Lot(PepperLot)), verify.WordClosure},
	{"the product of an ingredient left out", leaveOut(subject.Product(Pepper)), verify.WordClosure},
	{"who accepted a sale left out", leaveOut(subject.Account(Trader)), verify.WordClosure},
	{"state value: the recall undone", restraint(func(v *subject.Restraint) { *v = subject.Restraint{} }), verify.WordState},
	{"state value: held, not recalled", restraint(func(v *subject.Restraint) { v.Status = subject.LotHeld }), verify.WordState},
	{"state value: another reason", restraint(func(v *subject.Restraint) { v.Reason++ }), verify.WordState},
	{"state value: another document", restraint(func(v *subject.Restraint) { v.Document.SHA256[0] ^= 1 }), verify.WordState},
	{"state value: another lot inside", func(b *bench) {
		edit(b, subject.Lot(GiftBox), subject.ParseLot, func(v *subject.LotValue) { v.Inputs[0].Lot = CoffeeLot })
	}, verify.WordState},
	{"state value: nothing inside", func(b *bench) {
		edit(b, subject.Lot(GiftBox), subject.ParseLot, func(v *subject.LotValue) { v.Inputs, v.DeclaredYield, v.InputUnit = nil, 0, 0 })
	}, verify.WordState},
	{"state value: less was used", func(b *bench) {
		edit(b, subject.Lot(CoffeeLot), subject.ParseLot, func(v *subject.LotValue) { v.Used-- })
	}, verify.WordState},
	{"state value: other serial numbers", func(b *bench) {
		edit(b, subject.Lot(Blend), subject.ParseLot, func(v *subject.LotValue) { v.Stamps[0].First++ })
	}, verify.WordState},
	{"state value: an inspection passed", func(b *bench) {
		edit(b, subject.Lot(PepperLot), subject.ParseLot, func(v *subject.LotValue) { v.Inspections.Outcome = 1 })
	}, verify.WordState},
	{"state value: another picture", func(b *bench) {
		edit(b, subject.Product(Coffee), subject.ParseProduct, func(v *subject.ProductValue) { v.Picture[0] ^= 1 })
	}, verify.WordState},
	{"the entry of the recall left out", func(b *bench) { cut(b.member(subject.Lot(PepperLot)), -1) }, verify.WordHistory},
	{"the entry of the use left out", func(b *bench) { cut(b.member(subject.Lot(Blend)), 2) }, verify.WordHistory},
	{"an acceptance in two histories", func(b *bench) {
		m := b.member(subject.Lot(PepperLot))
		i := slices.IndexFunc(m.Entries, func(e receipt.Entry) bool { return e.Record == b.last(subject.Lot(Blend), 2) })
		m.Entries = slices.Insert(m.Entries, max(i, 3), receipt.Entry{Record: b.accepting(), Value: m.Entries[2].Value})
	}, verify.WordHistory},

	{"liars: the power to recall taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerRevoke }), verify.WordCompetence},
	{"liars: the power to inspect taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerInspect }), verify.WordCompetence},
	{"liars: the key may not certify", officer(func(v *subject.AccountValue) { v.Keys[0].Roles &^= subject.KeyCertify }), verify.WordSigner},
	{"liars: the recall undone by nobody", func(b *bench) { restraint(func(v *subject.Restraint) { *v = subject.Restraint{} })(b); b.collude() }, verify.WordHistory},
	{"liars: traded otherwise than the histories say", func(b *bench) {
		edit(b, subject.Lot(PepperLot), subject.ParseLot, func(v *subject.LotValue) { v.Traded++ })
		b.collude()
	}, verify.WordHistory},
	{"liars: sold while an ingredient was held", func(b *bench) {
		b.swap(b.last(subject.Lot(PepperLot), 2)) // the release, and the sale behind it
		b.collude()
	}, verify.WordRule},
	{"liars: the producer holds what the agency holds", func(b *bench) {
		b.swap(b.last(subject.Lot(PepperLot), 4)) // the producer's hold, and the agency's
		m := b.member(subject.Lot(PepperLot))
		n := len(m.Entries)
		m.Entries[n-4].Record, m.Entries[n-3].Record = m.Entries[n-3].Record, m.Entries[n-4].Record
		v, err := subject.ParseLot(m.Value)
		if err != nil {
			b.t.Fatal(err)
		}
		paper := Paper("tạm giữ.pdf")
		v.Restraint = subject.Restraint{Status: subject.LotHeld, Reason: 1, Author: Province, Date: ledger.DateAt(b.r.Records[m.Entries[n-4].Record].Time),
			Document: subject.Document{SHA256: ledger.Hash(paper.Sha256), Size: paper.Size, Name: paper.Name}}
		m.Entries[n-4].Value = subject.ValueHash(v.Append(nil))
		b.collude()
	}, verify.WordRule},
}

// accepting is the record that accepted the sale of Blend.
func (b *bench) accepting() int {
	for i := range b.r.Records {
		for _, a := range b.r.Records[i].Actions {
			if b.r.Records[i].Header.Author == House && bytes.HasPrefix(a.Bytes, []byte{11<<3 | 2}) {
				return i
			}
		}
	}
	b.t.Fatal("nobody accepts")
	return 0
}

func TestLotTampering(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "lot-tampering", "The receipt of a lot made of lots, bent in one part; the liars have it signed again by a quorum.")
	for _, row := range lotTampering {
		t.Run(row.name, func(t *testing.T) {
			here := *s
			here.t = t
			o := s.options()
			o.Want = subject.Lot(GiftBox)
			parsed, err := receipt.Parse(s.lot(GiftBox).Append(nil)) // shares nothing with the others
			if err != nil {
				t.Fatal(err)
			}
			b := &bench{&here, parsed, o}
			for i := range b.r.Members {
				b.r.Members[i].Value = bytes.Clone(b.r.Members[i].Value)
			}
			row.bend(b)
			_, err = receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, b.r.Append(nil), b.o, row.want)
		})
	}
}

// maxDeepest is what the receipt of a lot with as many ancestors as it may have is to take, when little happened to them.
const maxDeepest = 40_000

// The deepest lot there may be has a receipt, and one that is small.
func TestDeepestLot(t *testing.T) {
	w := New()
	drafts := w.Story()
	lot := func(i int) ledger.LotID { return ledger.LotID{Product: Coffee, Lot: fmt.Sprintf("D-%d", i)} }
	for i := range subject.MaxAncestors + 1 {
		w.Tick(time.Minute)
		made := Lot(lot(i), 1000, Today, 0)
		if i > 0 {
			made = MadeOf(lot(i), 1000, Today, 1000, From(lot(i-1), 1000))
		}
		r := w.Sign(Coop, made)
		drafts = append(drafts, Draft{Index: w.Index + 1, Term: w.Term, Data: w.Draft(r)})
	}
	s := newScene(t, w, drafts...)
	r := s.lot(lot(subject.MaxAncestors))
	file := r.Append(nil)
	got, err := receipts.Subject(t.Context(), file, s.options())
	if err != nil || got.Verdict.Kind != receipts.VerdictInForce || len(got.Sources) != subject.MaxAncestors {
		t.Errorf("%+v, %v", got, err)
	}
	if len(file) > maxDeepest {
		t.Errorf("%d bytes for %d records and %d subjects, at most %d", len(file), len(r.Records), len(r.Members), maxDeepest)
	}
	t.Logf("%d bytes, %d records, %d subjects", len(file), len(r.Records), len(r.Members))
}

// works makes random records about lots, good and bad ones: the rules decide.
type works struct {
	*scene
	random *rand.Rand
	lots   []ledger.LotID
	sales  []ledger.SaleID
	next   map[ledger.ProductID]uint64
	count  int
}

func (g *works) lotOf(p ledger.ProductID) ledger.LotID {
	g.count++
	id := ledger.LotID{Product: p, Lot: fmt.Sprintf("W-%d", g.count)}
	g.lots = append(g.lots, id)
	return id
}

// any is a lot that there is, or was to be.
func (g *works) any() ledger.LotID { return g.lots[g.random.IntN(len(g.lots))] }

func (g *works) sign(author ledger.AccountID, actions ...*recordv1.Action) *compose.Signed {
	if author == Trader {
		return g.world.SignWith(author, Rotated, actions...)
	}
	return g.world.Sign(author, actions...)
}

func (g *works) record() *compose.Signed {
	lot := g.any()
	producer := lot.Product.Producer
	some := g.world.Goods(lot, 1+g.random.Uint64N(90), ledger.CertificateID{})
	product := []ledger.ProductID{Coffee, Pepper, Honey, Mango}[g.random.IntN(4)]
	agency := []ledger.AccountID{Province, Ministry, District}[g.random.IntN(3)]
	paper := []string{"", "văn bản.pdf", "văn bản.pdf"}[g.random.IntN(3)]
	who := []ledger.AccountID{producer, producer, agency}[g.random.IntN(3)]
	switch n := g.random.IntN(100); {
	case n < 8:
		return g.sign(product.Producer, Lot(g.lotOf(product), 1+g.random.Uint64N(1000), Today, 0))
	case n < 30:
		return g.made(product)
	case n < 38:
		return g.sign(who, Hold(lot, paper))
	case n < 50:
		return g.sign(who, Release(lot, paper))
	case n < 52:
		return g.sign(who, Recall(lot, paper))
	case n < 60:
		count := 1 + g.random.Uint32N(5)
		first := g.next[lot.Product]
		g.next[lot.Product] += uint64(count) // if it is not applied, all that follow of the product are not
		return g.sign(producer, Stamp(lot, first, count, 1))
	case n < 66:
		return g.sign(agency, Inspect(lot, recordv1.Outcome(1+g.random.IntN(3))), Inspect(ledger.LotID{Product: lot.Product}, 1))
	case n < 69:
		return g.sign([]ledger.AccountID{producer, agency}[g.random.IntN(2)], Picture(lot.Product, fmt.Sprint(g.random.IntN(3))))
	case n < 82:
		sale := g.sign(producer, g.world.Propose(some, []ledger.AccountID{Coop, House, Trader}[g.random.IntN(3)]))
		g.sales = append(g.sales, ledger.SaleID{Record: sale.ID})
		return sale
	case n < 92 && len(g.sales) > 0:
		return g.sign([]ledger.AccountID{Coop, House, Trader}[g.random.IntN(3)], Accept(g.sales[g.random.IntN(len(g.sales))]))
	}
	return g.sign(producer, Retail(some))
}

func (g *works) made(p ledger.ProductID) *compose.Signed {
	var from []*recordv1.LotInput
	for range 2 + g.random.IntN(5) {
		if l := g.any(); l.Product.Producer == p.Producer || g.random.IntN(5) == 0 {
			from = append(from, From(l, 1+g.random.Uint64N(40)))
		}
	}
	slices.SortFunc(from, func(a, b *recordv1.LotInput) int {
		return bytes.Compare(subject.AppendLotID(nil, compose.LotID(a.Lot)), subject.AppendLotID(nil, compose.LotID(b.Lot)))
	})
	return g.sign(p.Producer, MadeOf(g.lotOf(p), 1+g.random.Uint64N(30), Today.AddDays(1), 900, from...)) // the story ends on the day after Today
}

// Whatever the rules accept about lots, the verifier accepts; what it derives is what the ledger holds, now and at earlier heights.
func TestRandomLots(t *testing.T) {
	group := vectors.New(t, vectorsDir, "lot-random", "Receipts of lots made of lots, of a ledger of random records, of one seed.")
	shown, made, restrained := 0, 0, 0
	for seed := range uint64(3) {
		s := story(t)
		g := &works{scene: s, random: rand.New(rand.NewPCG(seed, 4)), lots: []ledger.LotID{CoffeeLot, HoneyLot, Blend, GiftBox},
			next: map[ledger.ProductID]uint64{Coffee: 191, Pepper: 1, Honey: 1, Mango: 1}}
		for range 160 {
			g.world.Tick(time.Minute)
			var all []*compose.Signed
			for range 1 + g.random.IntN(3) {
				all = append(all, g.record())
			}
			g.now = g.world.Now/1000 + 10
			g.apply(Draft{Index: g.world.Index + 1, Term: g.world.Term, Data: g.world.Draft(all...)})
			g.lots = slices.DeleteFunc(g.lots, func(id ledger.LotID) bool {
				return value(&registry{scene: s}, subject.Lot(id), subject.ParseLot).Quantity == 0 // refused
			})
		}
		top := g.ledger.Head().Height
		for _, id := range g.lots {
			value, there := (&registry{scene: s}).lookup(top, subject.Lot(id))
			if !there {
				continue
			}
			file := g.lot(id).Append(nil)
			for _, height := range []uint64{top, top - uint64(g.random.IntN(60))} {
				o := g.options()
				o.AsOf, o.Signatures = &height, trusting{}
				got, err := receipts.Subject(t.Context(), file, o)
				if err != nil {
					t.Fatalf("%s at %d: %v", id, height, err)
				}
				g.standsAs(got, id, height)
				if seed == 0 && len(got.Sources) >= 4 {
					group.Add(fmt.Sprintf("%s at height %03d", id, height), vectors.Receipt, given(file, o))
				}
				shown += len(got.Timeline)
				made += len(got.Sources)
				if got.Restraint != nil {
					restrained++
				}
				if height == top && (got.Lot == nil || !bytes.Equal(got.Lot.Append(nil), value)) {
					t.Errorf("%s: derived %+v", id, got.Lot)
				}
			}
		}
	}
	if made < 100 || restrained < 60 {
		t.Errorf("%d lots inside lots, %d restrained, %d actions shown: the test proves little", made, restrained, shown)
	}
}
