package workload

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
)

// options of a small plan: one agency registers, another certifies.
func options(w *chaintest.World) Options {
	return Options{
		Chain: w.Chain(), Registrars: []Officer{{chaintest.Ministry, w.Key("2")}}, Certifier: Officer{chaintest.Province, w.Key("1")}, Territory: chaintest.Town,
		Seed: 7, Producers: 40, Products: 90, Lots: 300,
	}
}

func mustPlan(t testing.TB, o Options) *Plan {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustSetup(t testing.TB, p *Plan, now uint64) [][]*compose.Signed {
	t.Helper()
	waves, err := p.Setup(now)
	if err != nil {
		t.Fatal(err)
	}
	return waves
}

func next(t testing.TB, s *Sales, now uint64, actions int) *compose.Signed {
	t.Helper()
	r, err := s.Many(now, actions)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func openLedger(t testing.TB, w *chaintest.World) *chain.Ledger {
	t.Helper()
	pool, err := ident.NewPool(runtime.NumCPU(), 1024)
	if err != nil {
		t.Fatal(err)
	}
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(); pool.Close() })
	return l
}

// apply applies records in drafts of up to 500, and returns their outcomes.
func apply(t testing.TB, w *chaintest.World, l *chain.Ledger, records []*compose.Signed) (outcomes []chain.Outcome) {
	t.Helper()
	for draft := range slices.Chunk(records, 100) {
		data := w.Draft(draft...)
		applied, err := l.Apply(t.Context(), []chain.Entry{{Index: w.Index, Term: w.Term, Data: data}})
		if err != nil {
			t.Fatal(err)
		}
		if applied[0].Bad != nil {
			t.Fatal(applied[0].Bad)
		}
		outcomes = append(outcomes, applied[0].Outcomes...)
	}
	if len(outcomes) != len(records) {
		t.Fatalf("%d outcomes of %d records", len(outcomes), len(records))
	}
	return outcomes
}

func mustAccept(t testing.TB, w *chaintest.World, l *chain.Ledger, records []*compose.Signed) {
	t.Helper()
	for i, o := range apply(t, w, l, records) {
		if o.Status != chain.Accepted || o.Duplicate {
			t.Fatalf("record %d: status %v, duplicate %v, %v", i, o.Status, o.Duplicate, o.Refusal)
		}
	}
}

func shuffled[T any](r *rand.Rand, list []T) []T {
	list = slices.Clone(list)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// The rules accept every record, whatever the order within a wave and among the sales of several clients; nothing is sold that was not made; and what the
// ledger says was sold is what the records say.
func TestEverythingIsAccepted(t *testing.T) {
	w := chaintest.New()
	l := openLedger(t, w)
	r := rand.New(rand.NewPCG(1, 2))
	p := mustPlan(t, options(w))
	setup := w.Now
	for _, wave := range mustSetup(t, p, setup) {
		mustAccept(t, w, l, shuffled(r, wave))
	}
	var records []*compose.Signed
	sold := make(map[ledger.LotID]uint64)
	for client := range uint64(3) {
		sales := p.Sales(setup, client)
		for i := range 150 {
			records = append(records, next(t, sales, w.Now+uint64(i), 1+i%3*i%40))
		}
	}
	w.Tick(time.Minute)
	mustAccept(t, w, l, shuffled(r, records))

	// The same plan goes on, a month later, with another client's number.
	w.Tick(24 * time.Hour * 30)
	sales := p.Sales(setup, 3)
	var later []*compose.Signed
	for range 100 {
		later = append(later, next(t, sales, w.Now, 1))
	}
	mustAccept(t, w, l, later)

	for _, record := range slices.Concat(records, later) {
		for _, g := range goodsOf(t, record) {
			sold[compose.LotID(g.Lot)] += g.Quantity
			if g.Certificate == nil {
				t.Fatal("a sale without its claim")
			}
		}
	}
	checkStock(t, l, p, sold)
}

func checkStock(t *testing.T, l *chain.Ledger, p *Plan, sold map[ledger.LotID]uint64) {
	t.Helper()
	err := l.View(func(v *chain.View) error {
		for _, id := range p.Lots() {
			data, _ := v.Value(subject.Lot(id))
			lot, err := subject.ParseLot(data)
			if err != nil {
				return err
			}
			data, _ = v.Value(subject.Holding(id.Product.Producer, id))
			held, err := subject.ParseHolding(data)
			if err != nil {
				return err
			}
			if lot.Left != sold[id] || held.Quantity+lot.Left != lot.Quantity {
				t.Errorf("lot %v of %d: %d left, %d sold, %d held", id, lot.Quantity, lot.Left, sold[id], held.Quantity)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Several agencies register producers, each in its own range of accounts, and products of its producers.
func TestSeveralRegistrars(t *testing.T) {
	w := chaintest.New()
	l := openLedger(t, w)
	o := options(w)
	o.Registrars = append(o.Registrars, Officer{chaintest.Province, w.Key("1")})
	p := mustPlan(t, o)
	setup := w.Now
	authors := make(map[ledger.AccountID]int)
	for i, wave := range mustSetup(t, p, setup) {
		mustAccept(t, w, l, wave)
		for _, r := range wave {
			e, err := ledger.ParseEnvelope(r.Envelope)
			if err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				authors[e.Header.Author] += i + 1
			}
		}
	}
	if len(authors) != 2 || authors[chaintest.Ministry] != authors[chaintest.Province] {
		t.Errorf("accounts and products are registered by %v", authors)
	}
	accounts := p.Producers()
	if !slices.IsSorted(accounts) {
		t.Errorf("producers are not in order: %v", accounts)
	}
	of := make(map[ledger.AccountID]int)
	for _, account := range accounts {
		of[account.Registrar()]++
	}
	if of[chaintest.Ministry] != o.Producers/2 || of[chaintest.Province] != o.Producers/2 {
		t.Errorf("%d producers, of whom %v", o.Producers, of)
	}
	sales := p.Sales(setup, 0)
	var records []*compose.Signed
	for range 100 {
		records = append(records, next(t, sales, w.Now, 1))
	}
	mustAccept(t, w, l, records)
}

// A second plan is put on the same ledger in a range of its own; one whose range overlaps is refused at its first wave.
func TestPlansBesideEachOther(t *testing.T) {
	w := chaintest.New()
	l := openLedger(t, w)
	o := options(w)
	first := mustPlan(t, o)
	for _, wave := range mustSetup(t, first, w.Now) {
		mustAccept(t, w, l, wave)
	}
	w.Tick(time.Hour)
	o.Base = uint32(o.Producers)
	second := mustPlan(t, o)
	setup := w.Now
	for _, wave := range mustSetup(t, second, setup) {
		mustAccept(t, w, l, wave)
	}
	mustAccept(t, w, l, []*compose.Signed{next(t, second.Sales(setup, 0), w.Now, 1)})
	w.Tick(time.Hour)
	o.Base = uint32(2*o.Producers) - 1
	overlapping := mustSetup(t, mustPlan(t, o), w.Now)[0]
	if outcome := apply(t, w, l, overlapping[:1])[0]; outcome.Refusal == nil || outcome.Refusal.Reason != reason.AccountTaken {
		t.Errorf("an overlapping plan: %+v", outcome)
	}
}

// Without an officer who certifies, goods are sold without a claim.
func TestWithoutCertificates(t *testing.T) {
	w := chaintest.New()
	l := openLedger(t, w)
	o := options(w)
	o.Certifier = Officer{}
	p := mustPlan(t, o)
	for _, wave := range mustSetup(t, p, w.Now) {
		mustAccept(t, w, l, wave)
	}
	sale := next(t, p.Sales(w.Now, 0), w.Now, 1)
	mustAccept(t, w, l, []*compose.Signed{sale})
	if goodsOf(t, sale)[0].Certificate != nil {
		t.Error("a claim without a certificate")
	}
}

func fingerprint(t *testing.T, o Options, now uint64) (sum [32]byte) {
	p := mustPlan(t, o)
	h := sha256.New()
	for _, wave := range mustSetup(t, p, now) {
		for _, record := range wave {
			h.Write(record.Envelope)
		}
	}
	sales := p.Sales(now, 0)
	for i := range uint64(50) {
		h.Write(next(t, sales, now+i, 1).Envelope)
	}
	h.Write(next(t, sales, now, 256).Envelope)
	return [32]byte(h.Sum(nil))
}

func TestTheSameOptionsMakeTheSameBytes(t *testing.T) {
	w := chaintest.New()
	o := options(w)
	one := fingerprint(t, o, w.Now)
	if again := fingerprint(t, o, w.Now); again != one {
		t.Error("the same options make other bytes")
	}
	for name, change := range map[string]func(*Options){
		"seed": func(o *Options) { o.Seed++ }, "base": func(o *Options) { o.Base++ }, "chain": func(o *Options) { o.Chain[0]++ }, "size": func(o *Options) { o.Lots++ },
		"registrar": func(o *Options) { o.Registrars = append(o.Registrars, Officer{chaintest.Province, w.Key("1")}) },
	} {
		other := o
		change(&other)
		if fingerprint(t, other, w.Now) == one {
			t.Errorf("another %s makes the same bytes", name)
		}
	}
}

// Clients sell beside each other by one plan, each its own records.
func TestClientsBesideEachOther(t *testing.T) {
	w := chaintest.New()
	p := mustPlan(t, options(w))
	const clients, each = 4, 100
	records := make([][]*compose.Signed, clients)
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			sales := p.Sales(w.Now, uint64(client))
			for range each {
				record, err := sales.Next(w.Now)
				if err != nil {
					t.Error(err)
					return
				}
				records[client] = append(records[client], record)
			}
		})
	}
	group.Wait()
	seen := make(map[ledger.RecordID]bool)
	for client := range records {
		alone := p.Sales(w.Now, uint64(client))
		for _, record := range records[client] {
			if seen[record.ID] {
				t.Fatalf("record %v twice", record.ID)
			}
			seen[record.ID] = true
			if want := next(t, alone, w.Now, 1); !bytes.Equal(want.Envelope, record.Envelope) {
				t.Fatalf("client %d sells something else when it is not alone", client)
			}
		}
	}
}

// A few products sell most, and what is in season sells more.
func TestHabitsAndSeasons(t *testing.T) {
	w := chaintest.New()
	o := options(w)
	o.Producers, o.Products, o.Lots = 300, 600, 3000
	p := mustPlan(t, o)
	const sales = 20_000
	draws := func(month int) []int {
		counts := make([]int, len(p.products))
		r := rand.New(rand.NewPCG(5, uint64(month)))
		for range sales {
			counts[p.choice[month-1].draw(r)]++
		}
		return counts
	}
	sorted := draws(6)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	best := 0
	for _, n := range sorted[:len(sorted)/10] {
		best += n
	}
	if best*10 < sales*5 {
		t.Errorf("a tenth of the products makes %d of %d sales, want at least half", best, sales)
	}
	of := func(counts []int, name string) (n int) {
		for i, c := range counts {
			if catalogue[p.products[i].goods].name == name {
				n += c
			}
		}
		return n
	}
	if in, out := of(draws(9), "Sầu riêng"), of(draws(3), "Sầu riêng"); in < 2*out {
		t.Errorf("durians: %d sales in season, %d out of season", in, out)
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	w := chaintest.New()
	for name, change := range map[string]func(*Options){
		"no officer":         func(o *Options) { o.Registrars[0].Key = nil },
		"no registrar":       func(o *Options) { o.Registrars = nil },
		"one of them twice":  func(o *Options) { o.Registrars = append(o.Registrars, o.Registrars[0]) },
		"half a certifier":   func(o *Options) { o.Certifier.Key = nil },
		"past the range":     func(o *Options) { o.Base = ledger.AccountRange - uint32(o.Producers) },
		"too few products":   func(o *Options) { o.Products = o.Producers - 1 },
		"too few lots":       func(o *Options) { o.Lots = o.Products - 1 },
		"too many lots":      func(o *Options) { o.Lots = (maxLotsEach + 1) * o.Products },
		"too many producers": func(o *Options) { o.Producers, o.Products, o.Lots = maxProducers+1, maxProducers+1, maxProducers+1 },
	} {
		o := options(w)
		change(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const benchmarkTime = 1_772_416_800_000 // 2 March 2026

func benchmarkPlan(b *testing.B) *Plan {
	w := chaintest.New()
	o := options(w)
	o.Producers, o.Products, o.Lots = 0, 0, 0
	return mustPlan(b, o)
}

// A market's records are accepted in their order, block after block, over two months: all kinds of trade, and no lot gives more than it has.
func TestMarket(t *testing.T) {
	w := chaintest.New()
	l := openLedger(t, w)
	o := options(w)
	p := mustPlan(t, o)
	setup := w.Now
	for _, wave := range mustSetup(t, p, setup) {
		mustAccept(t, w, l, wave)
	}
	const total = 6_000
	calendar := NewCalendar(setup, 60)
	m := p.Market(setup)
	kinds := make(map[string]int)
	for from := 0; from < total; from += 100 {
		w.Now = calendar.At(uint64(from), total)
		var block []*compose.Signed
		for range 100 {
			u, err := m.Next(w.Now)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := u.Sign()
			if err != nil || signed.ID != u.ID {
				t.Fatalf("signed as %v, decided as %v: %v", signed.ID, u.ID, err)
			}
			block = append(block, signed)
			kinds[kindOf(t, signed)]++
		}
		mustAccept(t, w, l, block)
	}
	checkMarket(t, l, m)
	for _, kind := range []string{"register_lot", "propose_sale", "accept_sale", "retail_sale"} {
		if kinds[kind] < total/200 {
			t.Errorf("%d records of kind %s among %d: %v", kinds[kind], kind, total, kinds)
		}
	}
}

// checkMarket: the market never believes that somebody has more than the ledger says, and no lot is more than was made.
func checkMarket(t *testing.T, l *chain.Ledger, m *Market) {
	t.Helper()
	believed := slices.Clone(m.bought)
	for _, list := range m.stock {
		believed = append(believed, list...)
	}
	type place struct {
		holder int
		lot    ledger.LotID
	}
	sums := make(map[place]uint64) // somebody may have bought of a lot twice
	for _, s := range believed {
		sums[place{s.holder, s.lot}] += s.left
	}
	err := l.View(func(v *chain.View) error {
		for at, left := range sums {
			data, _ := v.Value(subject.Holding(m.plan.producers[at.holder].account, at.lot))
			held, err := subject.ParseHolding(data)
			if err != nil {
				return err
			}
			if held.Quantity < left {
				t.Errorf("%d of lot %v in the market, %d held", left, at.lot, held.Quantity)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The calendar never goes back, ends within its days, and gives each month its share.
func TestCalendar(t *testing.T) {
	const total = 100_000
	start := uint64(chaintest.Start.UnixMilli())
	c := NewCalendar(start, 365)
	var months [13]int
	last := start
	for i := range uint64(total) {
		at := c.At(i, total)
		if at < last {
			t.Fatalf("sale %d is before the one before", i)
		}
		last = at
		months[monthAt(at)]++
	}
	if last >= start+365*ledger.DayMillis {
		t.Errorf("the last sale is at %d, after the end", last)
	}
	if january, march := months[1], months[3]; january < 3*march {
		t.Errorf("%d sales in January, %d in March", january, march)
	}
}
