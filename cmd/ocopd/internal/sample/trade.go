package sample

import (
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// lot is a production lot of the sample: item, kilograms (or litres), days before the first start.
type lot struct {
	item     uint16
	code     string
	quantity uint64 // smallest units
	before   int
}

var lots = []lot{
	{1, "CP-01", 500 * gramsPerKilo, 15},
	{3, "ST24-01", 12_500 * gramsPerKilo, 18},
	{6, "DIEU-01", 800 * gramsPerKilo, 12},
	{7, "BO-01", 2_000 * gramsPerKilo, 10},
	{11, "TIEU-01", 350 * gramsPerKilo, 16},
	{20, "MH20-01", 600 * gramsPerKilo, 14},
}

func (p *Plan) lotRef(l lot) *recordv1.LotRef {
	return compose.LotRef(ledger.LotID{Product: p.product(l.item).ID, Lot: l.code})
}

// Lots are the steps that register lots, one record a producer.
func (p *Plan) Lots() []Step {
	var steps []Step
	for i, l := range lots {
		product := p.product(l.item)
		steps = append(steps, Step{
			fmt.Sprintf("06-lo-%d", i+1), ProducerHandle(product.ID.Producer), product.ID.Producer,
			[]*recordv1.Action{p.made(l)},
		})
	}
	return steps
}

// goods of a sale that took place some days before the first start.
func (p *Plan) goods(l lot, quantity uint64, before int, claim bool) (*recordv1.Goods, error) {
	product := p.product(l.item)
	price, err := p.keys.Commit(compose.CommitPrice, fmt.Sprintf("%d VND", 90_000*quantity/gramsPerKilo))
	if err != nil {
		return nil, err
	}
	goods := &recordv1.Goods{
		Lot: p.lotRef(l), Quantity: quantity, Unit: product.Unit, Price: price[:],
		EventTime: p.Start - uint64(before)*uint64(24*time.Hour/time.Millisecond),
	}
	if claim {
		goods.Certificate = p.certificate(l.item)
	}
	return goods, nil
}

func (p *Plan) certificate(item uint16) *recordv1.CertificateRef {
	return compose.CertificateRef(ledger.CertificateID{Decision: decisionID(numberReassess, p.day(reassessBefore)), Item: item})
}

// proposals of sales to traders: lot, trader, quantity, days before; the last one stays open.
var proposals = []struct {
	lot, trader int
	quantity    uint64
	before      int
	claim, open bool
}{
	{0, 0, 120 * gramsPerKilo, 9, true, false},
	{1, 0, 5_000 * gramsPerKilo, 8, true, false},
	{1, 1, 1_250 * gramsPerKilo, 6, true, false},
	{2, 1, 200 * gramsPerKilo, 5, true, false},
	{5, 1, 150 * gramsPerKilo, 7, true, false},
	{4, 0, 40 * gramsPerKilo, 4, false, false},
	{3, 0, 300 * gramsPerKilo, 1, true, true},
}

// openFor is how long the sample's proposals can be accepted.
const openFor = 14 * 24 * time.Hour

// Proposals are the steps that propose sales; Acceptances takes the ids of their records.
func (p *Plan) Proposals() ([]Step, error) {
	var steps []Step
	for i, s := range proposals {
		goods, err := p.goods(lots[s.lot], s.quantity, s.before, s.claim)
		if err != nil {
			return nil, err
		}
		seller := p.product(lots[s.lot].item).ID.Producer
		steps = append(steps, Step{
			fmt.Sprintf("07-chao-ban-%d", i+1), ProducerHandle(seller), seller,
			[]*recordv1.Action{compose.Act(&recordv1.ProposeSale{
				Goods: goods, Lapses: p.Start + uint64(openFor.Milliseconds()),
				Buyer: compose.AccountParty(TraderAccount(s.trader)),
			})},
		})
	}
	return steps, nil
}

// Acceptances accept all proposals but those left open. ids are the record ids of Proposals, in order.
func (p *Plan) Acceptances(ids []ledger.RecordID) []Step {
	var steps []Step
	for i, s := range proposals {
		if s.open {
			continue
		}
		steps = append(steps, Step{
			fmt.Sprintf("08-chap-nhan-%d", i+1), traders[s.trader].handle, TraderAccount(s.trader),
			[]*recordv1.Action{compose.Act(&recordv1.AcceptSale{
				Sale: compose.ActionRef(ledger.SaleID{Record: ids[i]}),
			})},
		})
	}
	return steps
}

// SingleSided are sales that the seller signs alone: retail by a trader and by a producer, and one to a business without an account.
func (p *Plan) SingleSided() ([]Step, error) {
	byTrader, err := p.goods(lots[1], 25*gramsPerKilo, 2, true)
	if err != nil {
		return nil, err
	}
	byProducer, err := p.goods(lots[0], 2_500, 3, true)
	if err != nil {
		return nil, err
	}
	outside, err := p.goods(lots[2], 60*gramsPerKilo, 3, true)
	if err != nil {
		return nil, err
	}
	buyer, err := p.keys.Commit(compose.CommitBuyer, "Nhà hàng không có tài khoản (mẫu)")
	if err != nil {
		return nil, err
	}
	coffee, cashew := p.product(lots[0].item).ID.Producer, p.product(lots[2].item).ID.Producer
	retail := func(g *recordv1.Goods) []*recordv1.Action {
		return []*recordv1.Action{compose.Act(&recordv1.RetailSale{Goods: g})}
	}
	return []Step{
		{"09-ban-le-1", traders[1].handle, TraderAccount(1), retail(byTrader)},
		{"09-ban-le-2", ProducerHandle(coffee), coffee, retail(byProducer)},
		{"09-ban-ngoai", ProducerHandle(cashew), cashew, []*recordv1.Action{compose.Act(&recordv1.OutsideSale{
			Goods: outside, Buyer: compose.HiddenParty(buyer),
		})}},
	}, nil
}

// Aftermath is the revocation of one certificate and the correction of a typing error in another. reassessment is the record of that Decision.
func (p *Plan) Aftermath(reassessment ledger.RecordID) ([]Step, error) {
	today, decided := p.day(0), p.day(reassessBefore)
	document, err := p.document(fileName(numberRevocation), fmt.Sprintf("QUYET DINH thu hoi %s ngay %s (DU LIEU MAU)", ascii(numberRevocation), today))
	if err != nil {
		return nil, err
	}
	handle := Agencies(1)[0].Handle
	number := func(d ledger.Date) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: uint64(d)}}
	}
	return []Step{
		{"10-thu-hoi", handle, Province, []*recordv1.Action{compose.Act(&recordv1.Revoke{
			Certificate: p.certificate(revoked), Decision: compose.DecisionRef(decisionID(numberRevocation, today)), Date: uint32(today), Document: document,
			Reason: recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY, Effective: uint32(today),
		})}},
		{"11-dinh-chinh", handle, Province, []*recordv1.Action{compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Certificate{Certificate: p.certificate(typo)},
			Wrong:  compose.ActionRef(ledger.SaleID{Record: reassessment, Action: typo}),
			Changes: []*recordv1.FieldChange{{
				Field: recordv1.Field_FIELD_VALID_UNTIL, Old: number(decided.AddMonths(24)), New: number(decided.AddMonths(36)),
			}},
			Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
		})}},
	}, nil
}
