package workload

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Days before the setup on which the setup says that something happened: sales that follow are of later days, whatever the time of day.
const (
	decidedBefore  = 10
	producedBefore = 5
)

const (
	lotMonths         = 24    // lots are good for so long
	certificateMonths = 36    // what all rule sets allow
	itemsEach         = 5_000 // products of one Decision: 255 parts hold more, and items are counted to 65,535
)

// producerKeys is what producers' keys may do.
const producerKeys = subject.KeyTrade | subject.KeyGovern

// Setup signs what puts the plan on a ledger, issued at a time in Unix milliseconds and good for a day: accounts; products; certificates and lots. A wave's
// records depend on those of earlier waves. The plan then sells under Decisions of that day: sales are made with the same setup time.
func (p *Plan) Setup(now uint64) ([][]*compose.Signed, error) {
	var waves [][]*compose.Signed
	for _, wave := range []func(*setter) error{p.registerProducers, p.registerProducts, p.certifyAndProduce} {
		s := &setter{plan: p, now: now}
		if err := wave(s); err != nil {
			return nil, fmt.Errorf("workload: setup: %w", err)
		}
		waves = append(waves, s.records)
	}
	return waves, nil
}

// setter signs records of a wave.
type setter struct {
	plan    *Plan
	now     uint64
	records []*compose.Signed
}

// sign puts actions into as few records as they fit into: nothing needs them to be accepted together.
func (s *setter) sign(by Officer, actions ...*recordv1.Action) error {
	data, err := compose.Marshal(compose.Schema, actions)
	if err != nil {
		return err
	}
	for len(data) > 0 {
		n := 1
		for n < len(data) && compose.Fits(data[:n+1]) == nil {
			n++
		}
		author := compose.Author{Chain: s.plan.o.Chain, Account: by.Account, Schema: compose.Schema, Key: by.Key}
		signed, err := author.Sign(data[:n], s.now, compose.AtOnce)
		if err != nil {
			return err
		}
		s.records, data = append(s.records, signed), data[n:]
	}
	return nil
}

// signEach signs the actions of each registrar.
func (s *setter) signEach(registered [][]*recordv1.Action) error {
	for i, actions := range registered {
		if err := s.sign(s.plan.o.Registrars[i], actions...); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) registerProducers(s *setter) error {
	registered := make([][]*recordv1.Action, len(p.o.Registrars))
	for i := range p.producers {
		producer := &p.producers[i]
		place := compose.Possession{Chain: p.o.Chain, Account: producer.account, Epoch: 1, Roles: producerKeys}
		proof, err := place.Prove(producer.key)
		if err != nil {
			return err
		}
		by := p.registrar(i)
		registered[by] = append(registered[by], compose.Act(&recordv1.RegisterAccount{
			Account: uint64(producer.account), Kind: producer.kind, Roles: uint32(subject.RoleProducer | subject.RoleTrader), Name: compose.RegisterName(producer.name), Territory: p.o.Territory,
			Key: place.Grant(producer.key.Public(), proof),
		}))
	}
	return s.signEach(registered)
}

func (p *Plan) registerProducts(s *setter) error {
	registered := make([][]*recordv1.Action, len(p.o.Registrars))
	for i := range p.products {
		product := &p.products[i]
		kind, by := &catalogue[product.goods], p.registrar(product.producer)
		registered[by] = append(registered[by], compose.Act(&recordv1.RegisterProduct{
			Product: compose.ProductRef(product.id), Name: compose.RegisterName(product.name), Group: &recordv1.GroupRef{Scheme: p.o.Scheme, Code: kind.group},
			Unit: kind.unit, Origin: p.o.Territory,
		}))
	}
	return s.signEach(registered)
}

func (p *Plan) certifyAndProduce(s *setter) error {
	if p.certified() {
		first := 0
		for items := range slices.Chunk(p.products, itemsEach) {
			if err := p.decide(s, first, items); err != nil {
				return err
			}
			first += len(items)
		}
	}
	produced := make([][]*recordv1.Action, len(p.producers))
	day := ledger.DateAt(s.now).AddDays(-producedBefore)
	for i := range p.lots {
		lot := &p.lots[i]
		product := &p.products[lot.product]
		produced[product.producer] = append(produced[product.producer], compose.Act(&recordv1.RegisterLot{
			Lot: compose.LotRef(lot.id), Quantity: lotQuantity, Unit: catalogue[product.goods].unit, Produced: uint32(day), Expires: uint32(day.AddMonths(lotMonths)),
		}))
	}
	for i, actions := range produced {
		if err := s.sign(p.producers[i].officer(), actions...); err != nil {
			return err
		}
	}
	return nil
}

func (p *producer) officer() Officer { return Officer{p.account, p.key} }

// decide certifies products, of which the first is the plan's number first, by one Decision.
func (p *Plan) decide(s *setter, first int, items []product) error {
	date := decisionDate(s.now)
	hash := sha256.Sum256(fmt.Appendf(nil, "%v %d %d", p.o.Chain, p.o.Base, first))
	decision := compose.Decision{ID: p.decision(first, s.now), Date: date, Document: &recordv1.Document{Sha256: hash[:], Size: 1, Name: "quyet-dinh.pdf"}}
	for i := range items {
		product := &items[i]
		a, b, c := uint32(22_00), uint32(15_00), uint32(20_00)
		if product.star == 4 {
			a, b, c = 29_00, 21_00, 27_00
		}
		decision.Items = append(decision.Items, &recordv1.Certify{
			Certificate: compose.CertificateRef(ledger.CertificateID{Decision: decision.ID, Item: product.certificate}), Product: compose.ProductRef(product.id), Star: product.star,
			Scores: &recordv1.Scores{A: a, B: b, C: c, Total: a + b + c}, MinimumsMet: true, Group: catalogue[product.goods].group,
			ValidFrom: uint32(date), ValidUntil: uint32(date.AddMonths(certificateMonths)),
		})
	}
	records, err := decision.Records(compose.Schema)
	if err != nil {
		return err
	}
	for _, actions := range records {
		if err := s.sign(p.o.Certifier, actions...); err != nil {
			return err
		}
	}
	return nil
}

func decisionDate(setup uint64) ledger.Date { return ledger.DateAt(setup).AddDays(-decidedBefore) }

// decision names the Decision that certifies a product, by its number in the plan, when the setup was made at a time.
func (p *Plan) decision(product int, setup uint64) ledger.DecisionID {
	number := fmt.Sprintf("TT-%d-%d/QĐ-UBND", p.o.Base, product/itemsEach+1)
	return ledger.DecisionID{Issuer: p.o.Certifier.Account, Year: decisionDate(setup).Year(), Number: number}
}
