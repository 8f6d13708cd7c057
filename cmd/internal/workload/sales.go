package workload

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// entered bounds how long after a sale its record is made, in milliseconds: shops enter the sales of the last minutes.
const entered = 10 * 60 * 1000

// Sales is an endless sequence of retail sales. It has one user at a time; sequences with different numbers are used beside each other.
type Sales struct {
	plan      *Plan
	decisions []*recordv1.DecisionRef // of the plan's products, itemsEach each
	random    *rand.Rand
}

// Sales is the sequence of a client: client is its number among those that sell by this plan at any time, so that a plan that sells again, on the ledger
// that has its setup, goes on with numbers that were not used. setup is the time that was given to Setup.
func (p *Plan) Sales(setup uint64, client uint64) *Sales {
	s := &Sales{plan: p, random: p.random("sales", client)}
	for first := 0; p.certified() && first < len(p.products); first += itemsEach {
		s.decisions = append(s.decisions, compose.DecisionRef(p.decision(first, setup)))
	}
	return s
}

// Next signs the next sale, issued at a time in Unix milliseconds and good for a day. It is accepted after the setup from the moment of issue on, whatever
// was sold before it.
func (s *Sales) Next(now uint64) (*compose.Signed, error) { return s.Many(now, 1) }

// Many signs a record of n sales (1–256) of one producer.
func (s *Sales) Many(now uint64, n int) (*compose.Signed, error) {
	month := monthAt(now)
	at := s.plan.choice[month-1].draw(s.random)
	producer := s.plan.products[at].producer
	actions := make([]*recordv1.Action, n)
	for i := range actions {
		if i > 0 { // the producer's other products sell as well
			at = producer + len(s.plan.producers)*s.random.IntN(s.plan.productsOf(producer))
		}
		actions[i] = &recordv1.Action{Kind: &recordv1.Action_RetailSale{RetailSale: &recordv1.RetailSale{Goods: s.goods(at, now)}}}
	}
	data, err := compose.Marshal(compose.Schema, actions)
	if err != nil {
		return nil, fmt.Errorf("workload: sale: %w", err)
	}
	seller := &s.plan.producers[producer]
	author := compose.Author{Chain: s.plan.o.Chain, Account: seller.account, Schema: compose.Schema, Key: seller.key}
	return author.Sign(data, now, compose.AtOnce)
}

// productsOf counts a producer's products, which are every so manyth of the plan's.
func (p *Plan) productsOf(producer int) int {
	return (len(p.products) - producer + len(p.producers) - 1) / len(p.producers)
}

// goods of a product that are sold now or some minutes ago.
func (s *Sales) goods(at int, now uint64) *recordv1.Goods {
	lots := s.plan.products[at].lots
	from := &stock{lot: s.plan.lots[lots[s.random.IntN(len(lots))]].id, product: at}
	return s.goodsOf(from, 1+s.random.Uint64N(s.plan.most(at)), now)
}

// goodsOf are a quantity of a lot. The commitment to the price, with its salt, makes each sale another one.
func (s *Sales) goodsOf(from *stock, quantity, now uint64) *recordv1.Goods {
	product := &s.plan.products[from.product]
	price := compose.Commit(s.salt(), compose.CommitPrice, "1000 VND")
	g := &recordv1.Goods{
		Lot: compose.LotRef(from.lot), Quantity: quantity, Unit: catalogue[product.goods].unit, EventTime: now - s.random.Uint64N(entered), Price: price[:],
	}
	if s.plan.certified() {
		g.Certificate = &recordv1.CertificateRef{Decision: s.decisions[from.product/itemsEach], Item: uint32(product.certificate)}
	}
	return g
}

func (s *Sales) salt() (salt compose.Salt) {
	for i := 0; i < len(salt); i += 8 {
		binary.BigEndian.PutUint64(salt[i:], s.random.Uint64())
	}
	return salt
}
