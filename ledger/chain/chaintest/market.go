package chaintest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Market makes random records after the story, most of them good. What it makes depends on its seed alone.
type Market struct {
	*World
	Story     []Draft
	random    *rand.Rand
	lots      []ledger.LotID
	proposals []ledger.SaleID
	sent      []*compose.Signed
	accounts  uint64
	products  uint32
}

// NewMarket tells the story and opens the market.
func NewMarket(seed uint64) *Market {
	w := New()
	return &Market{World: w, Story: w.Story(), random: rand.New(rand.NewPCG(seed, 7)), lots: []ledger.LotID{CoffeeLot}, accounts: 100, products: 100}
}

// Record makes a record.
func (m *Market) Record() *compose.Signed {
	r := m.record()
	m.sent = append(m.sent, r)
	return r
}

func (m *Market) record() *compose.Signed {
	lot := m.lots[m.random.IntN(len(m.lots))]
	some := m.Goods(lot, 1+m.random.Uint64N(9), ledger.CertificateID{})
	switch n := m.random.IntN(100); {
	case n < 30:
		return m.Sign(Coop, Retail(some))
	case n < 45:
		r := m.Sign(Coop, m.Propose(Secret(some, lot.Lot), Trader))
		m.proposals = append(m.proposals, ledger.SaleID{Record: r.ID})
		return r
	case n < 60 && len(m.proposals) > 0:
		return m.SignWith(Trader, Rotated, Accept(m.proposals[m.random.IntN(len(m.proposals))])) // perhaps a second time, and refused
	case n < 70:
		lot := ledger.LotID{Product: Coffee, Lot: fmt.Sprintf("R-%d", m.random.Uint32())}
		m.lots = append(m.lots, lot)
		return m.Sign(Coop, Lot(lot, 1+m.random.Uint64N(1000), Today, 0))
	case n < 75:
		return m.Sign(Coop, Outside(some), Retail(m.Goods(lot, 1, ledger.CertificateID{})))
	case n < 80:
		m.accounts++
		id := ledger.AccountID(1_000_000 + m.accounts)
		return m.Sign(Province, m.Cooperative(id, fmt.Sprintf("HTX %d", m.accounts)))
	case n < 85:
		m.products++
		return m.Sign(Coop, Product(ledger.ProductID{Producer: Coop, Number: m.products}, fmt.Sprintf("Sản phẩm %d", m.products), ""))
	case n < 90:
		return m.Sign(Coop, Retail(m.Goods(lot, 1_000_000_000, ledger.CertificateID{}))) // refused
	case n < 95:
		return m.Sign(Coop, Retail(m.Goods(ledger.LotID{Product: Coffee, Lot: "none"}, 1, ledger.CertificateID{}))) // rejected
	case len(m.sent) > 0:
		return m.sent[m.random.IntN(len(m.sent))] // a duplicate
	}
	return m.SignWith(Nobody, "nobody", compose.Act(&recordv1.RetailSale{Goods: some}))
}

// Draft makes a draft of n records, some time later.
func (m *Market) Draft(n int) Draft { return m.draft(0, n) }

// Point is Draft of a cosign point.
func (m *Market) Point(n int) Draft { return m.draft(ledger.FlagCosign, n) }

func (m *Market) draft(flags uint8, n int) Draft {
	records := make([]*compose.Signed, n)
	for i := range records {
		records[i] = m.Record()
	}
	m.Tick(time.Duration(m.random.IntN(2000)) * time.Millisecond)
	if m.random.IntN(10) == 0 {
		m.Elect(ledger.AccountID(1 + m.random.IntN(3)))
	}
	data := m.World.DraftOf(flags, bytesOf(records)...)
	return Draft{Index: m.Index, Term: m.Term, Data: data, Records: records}
}

// Drafts makes count drafts of up to most records.
func (m *Market) Drafts(count, most int) []Draft {
	drafts := make([]Draft, count)
	for i := range drafts {
		drafts[i] = m.Draft(m.random.IntN(most + 1))
	}
	return drafts
}
