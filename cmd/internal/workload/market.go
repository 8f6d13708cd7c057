package workload

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// What a market's records are, of a thousand: the rest is retail by producers.
const (
	newLots     = 8
	proposals   = 100 // and as many acceptances
	resales     = 60  // retail by those who bought
	perThousand = 1_000
)

const (
	bulk       = 10  // a business buys so many times the most that a consumer does
	lotHolds   = 800 // and a lot holds so many times: a thousand sales or two
	keptLots   = 3   // of a product that are sold beside each other
	acceptedAt = 16  // so many proposals wait for their buyers
	boughtKept = 256 // so many purchases are sold on
	lapses     = 7 * ledger.DayMillis
	later      = ledger.DayMillis // between a record's issue and its block, at most: records are good for so long
)

// Unsigned is a record that is decided and not signed yet: signing takes most of the time that a record takes, and needs no order.
type Unsigned struct {
	ID      ledger.RecordID
	author  compose.Author
	issued  uint64
	actions [][]byte
}

// Sign signs the record. It may run beside others.
func (u *Unsigned) Sign() (*compose.Signed, error) {
	return u.author.Sign(u.actions, u.issued, compose.AtOnce)
}

// Market is an endless mix of trade, one action a record: producers sell and make new lots, sell to each other, and those who bought sell on. Unlike sales,
// its records are accepted in their order alone. Stock is what real lots hold, and the market knows what is left. It has one user.
type Market struct {
	*Sales
	stock  [][]*stock // by product: what is sold of it, oldest first
	lots   []int      // made so far, by product
	open   []*offer   // proposals, oldest first
	bought []*stock   // by their buyers
}

// stock is what a holder has of a lot.
type stock struct {
	lot     ledger.LotID
	product int
	holder  int // in Plan.producers
	left    uint64
}

type offer struct {
	sale   ledger.SaleID
	buyer  int
	goods  stock // of the seller, that much
	lapses uint64
}

// Market is the market of a plan whose setup was made at a time. A ledger has one.
func (p *Plan) Market(setup uint64) *Market {
	m := &Market{Sales: p.Sales(setup, 0), stock: make([][]*stock, len(p.products)), lots: make([]int, len(p.products))}
	m.random = p.random("market", 0)
	for i := range p.products {
		product := &p.products[i]
		m.stock[i] = []*stock{{p.lots[product.lots[0]].id, i, product.producer, lotQuantity}}
		m.lots[i] = len(product.lots)
	}
	return m
}

// Next decides the next record, issued at a time in Unix milliseconds; times do not go back.
func (m *Market) Next(now uint64) (*Unsigned, error) {
	for len(m.open) > 0 && m.open[0].lapses < now+later { // nobody accepted it: its goods stay in the seller's store
		m.open = m.open[1:]
	}
	switch n := m.random.IntN(perThousand); {
	case n < newLots:
		return m.produce(now)
	case n < newLots+proposals:
		return m.propose(now)
	case n < newLots+2*proposals && len(m.open) >= acceptedAt:
		return m.accept(now)
	case n < newLots+2*proposals+resales && len(m.bought) > 0:
		return m.resell(now)
	}
	from := m.pick(now)
	quantity := m.take(from, m.plan.most(from.product))
	return m.record(now, from.holder, compose.Act(&recordv1.RetailSale{Goods: m.goodsOf(from, quantity, now)}))
}

func (p *Plan) most(product int) uint64 { return catalogue[p.products[product].goods].most }

// pick chooses what is sold now: a product by habit and season, of one of its lots.
func (m *Market) pick(now uint64) *stock {
	at := m.plan.choice[monthAt(now)-1].draw(m.random)
	list := m.stock[at]
	return list[m.random.IntN(len(list))]
}

// take draws a quantity of up to most from stock that is not empty; what is sold out is not offered any more.
func (m *Market) take(from *stock, most uint64) uint64 {
	quantity := min(1+m.random.Uint64N(most), from.left)
	from.left -= quantity
	if from.left > 0 {
		return quantity
	}
	list := m.stock[from.product]
	for i := range list {
		if list[i] == from {
			m.stock[from.product] = append(list[:i], list[i+1:]...)
		}
	}
	if len(m.stock[from.product]) == 0 { // a product is always to be had: the first lots hold enough for ever
		first := m.plan.products[from.product].lots[1%len(m.plan.products[from.product].lots)]
		m.stock[from.product] = []*stock{{m.plan.lots[first].id, from.product, m.plan.products[from.product].producer, lotQuantity}}
	}
	return quantity
}

// produce registers a lot, which is sold instead of the oldest.
func (m *Market) produce(now uint64) (*Unsigned, error) {
	at := m.plan.choice[monthAt(now)-1].draw(m.random)
	product := &m.plan.products[at]
	kind := &catalogue[product.goods]
	m.lots[at]++
	made := &stock{ledger.LotID{Product: product.id, Lot: fmt.Sprintf("TT-%04d", m.lots[at])}, at, product.producer, lotHolds * kind.most}
	if m.stock[at] = append(m.stock[at], made); len(m.stock[at]) > keptLots {
		m.stock[at] = append(m.stock[at][:0], m.stock[at][1:]...)
	}
	day := ledger.DateAt(now).AddDays(-1)
	return m.record(now, product.producer, compose.Act(&recordv1.RegisterLot{
		Lot: compose.LotRef(made.lot), Quantity: made.left, Unit: kind.unit, Produced: uint32(day), Expires: uint32(day.AddMonths(lotMonths)),
	}))
}

// propose offers a business goods of a producer.
func (m *Market) propose(now uint64) (*Unsigned, error) {
	from := m.pick(now)
	buyer := m.random.IntN(len(m.plan.producers))
	if buyer == from.holder {
		buyer = (buyer + 1) % len(m.plan.producers)
	}
	o := &offer{buyer: buyer, goods: *from, lapses: now + lapses}
	o.goods.left = m.take(from, bulk*m.plan.most(from.product))
	made, err := m.record(now, from.holder, compose.Act(&recordv1.ProposeSale{
		Goods: m.goodsOf(from, o.goods.left, now), Buyer: compose.AccountParty(m.plan.producers[buyer].account), Lapses: o.lapses,
	}))
	if err == nil {
		o.sale = ledger.SaleID{Record: made.ID}
		m.open = append(m.open, o)
	}
	return made, err
}

// accept accepts the oldest proposal, whose goods are the buyer's from then on.
func (m *Market) accept(now uint64) (*Unsigned, error) {
	o := m.open[0]
	m.open = m.open[1:]
	o.goods.holder = o.buyer
	if len(m.bought) < boughtKept {
		m.bought = append(m.bought, &o.goods)
	} else {
		m.bought[m.random.IntN(len(m.bought))] = &o.goods
	}
	return m.record(now, o.buyer, compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(o.sale)}))
}

// resell is retail of what was bought.
func (m *Market) resell(now uint64) (*Unsigned, error) {
	at := m.random.IntN(len(m.bought))
	from := m.bought[at]
	quantity := min(1+m.random.Uint64N(m.plan.most(from.product)), from.left)
	if from.left -= quantity; from.left == 0 {
		m.bought = append(m.bought[:at], m.bought[at+1:]...)
	}
	return m.record(now, from.holder, compose.Act(&recordv1.RetailSale{Goods: m.goodsOf(from, quantity, now)}))
}

// record decides a record of one action by a producer.
func (m *Market) record(now uint64, author int, action *recordv1.Action) (*Unsigned, error) {
	data, err := compose.Marshal(compose.Schema, []*recordv1.Action{action})
	if err != nil {
		return nil, fmt.Errorf("workload: market: %w", err)
	}
	by := &m.plan.producers[author]
	u := &Unsigned{author: compose.Author{Chain: m.plan.o.Chain, Account: by.account, Schema: compose.Schema, Key: by.key}, issued: now, actions: data}
	header := ledger.NewHeader(ledger.Header{
		Chain: m.plan.o.Chain, Schema: compose.Schema, Issued: now, Expires: now + uint64(compose.AtOnce.Milliseconds()), Author: by.account, Key: by.key.Public().ID(),
	}, data)
	u.ID = ledger.NewRecordID(now, header.Digest())
	return u, nil
}
