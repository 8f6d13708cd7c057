package sample

import (
	_ "embed"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Lots of the sample that tell how goods are made, and what becomes of bad ones.
var (
	beans     = lot{15, "NX-01", 400 * gramsPerKilo, 13}
	ground    = lot{14, "BDS-01", 160 * gramsPerKilo, 9} // of beans
	cacao     = lot{9, "CC-01", 300 * gramsPerKilo, 12}  // recalled
	chocolate = lot{10, "SCL-01", 80 * gramsPerKilo, 7}  // of cacao, and so recalled with it
	pepper    = lot{12, "TB-01", 250 * gramsPerKilo, 8}  // held
)

// numberRecall is the number of the act that recalls a lot; numberReport that of an inspection's report.
const (
	numberRecall = "MẪU-04/QĐ-UBND"
	numberReport = "MẪU-%02d/BB-KT"
)

// phones of the sample's agencies. No subscriber's number begins with 0 behind the area code: nobody is called by a sample.
var phones = []string{"02610000001", "02610000002", "02610000003"}

// picture is of no product: it is drawn, and says so in its own pixels.
//
//go:embed ca-phe.png
var picture []byte

// Supply are the steps about lots that are made of lots, stamps, a picture, inspections, a hold, a recall, and whom to call.
func (p *Plan) Supply() ([]Step, error) {
	inspections, err := p.inspections()
	if err != nil {
		return nil, err
	}
	recall, err := p.recall()
	if err != nil {
		return nil, err
	}
	shown, err := p.keys.Show(blob.PNG, picture)
	if err != nil {
		return nil, err
	}
	coffee := compose.ProductRef(p.product(lots[0].item).ID)
	steps := []Step{
		p.byProducer("12-lo-ca-phe", beans, p.made(beans), p.madeOf(ground, beans, 200*gramsPerKilo, 800)),
		p.byProducer("12-lo-ca-cao", cacao, p.made(cacao), p.madeOf(chocolate, cacao, 100*gramsPerKilo, 800)),
		p.byProducer("12-lo-tieu", pepper, p.made(pepper)),
		p.byProducer("13-tem-1", lots[0], p.stamps(lots[0], 200, 500), compose.Act(&recordv1.SetPicture{Product: coffee, Blob: shown[:]})),
		p.byProducer("13-tem-2", ground, p.stamps(ground, 320, 500)),
	}
	steps = append(steps, inspections...)
	steps = append(steps,
		p.byProducer("15-tam-giu", pepper, compose.Act(&recordv1.HoldLot{Lot: p.lotRef(pepper), Reason: recordv1.LotReason_LOT_REASON_AWAITING_TEST})), recall)
	for i, agency := range Agencies(len(phones)) {
		steps = append(steps, Step{
			fmt.Sprintf("17-duong-day-nong-%d", i+1), agency.Handle, agency.Account, []*recordv1.Action{compose.Act(&recordv1.SetContact{Phone: phones[i]})},
		})
	}
	return steps, nil
}

// byProducer is a step that the producer of a lot signs.
func (p *Plan) byProducer(name string, l lot, actions ...*recordv1.Action) Step {
	producer := p.product(l.item).ID.Producer
	return Step{name, ProducerHandle(producer), producer, actions}
}

// made registers a lot, which is good for a year.
func (p *Plan) made(l lot) *recordv1.Action {
	return compose.Act(&recordv1.RegisterLot{
		Lot: p.lotRef(l), Quantity: l.quantity, Unit: p.product(l.item).Unit,
		Produced: uint32(p.day(l.before)), Expires: uint32(p.day(l.before).AddMonths(12)),
	})
}

// madeOf registers a lot that was made of another one.
func (p *Plan) madeOf(l, of lot, used uint64, yield uint32) *recordv1.Action {
	a := p.made(l)
	a.GetRegisterLot().Inputs = []*recordv1.LotInput{{Lot: p.lotRef(of), Quantity: used, Unit: p.product(of.item).Unit}}
	a.GetRegisterLot().DeclaredYield = yield
	return a
}

// stamps are the first stamps of a lot's product.
func (p *Plan) stamps(l lot, count uint32, each uint64) *recordv1.Action {
	return compose.Act(&recordv1.ApplyStamps{Lot: p.lotRef(l), First: 1, Count: count, PerStamp: each})
}

// inspections are one of a product, passed, and one of a lot, failed.
func (p *Plan) inspections() ([]Step, error) {
	var steps []Step
	for i, a := range []*recordv1.Inspect{
		{Target: &recordv1.Inspect_Product{Product: compose.ProductRef(p.product(lots[0].item).ID)}, Date: uint32(p.day(5)), Outcome: recordv1.Outcome_OUTCOME_PASSED, Kind: "VietGAP"},
		{Target: &recordv1.Inspect_Lot{Lot: p.lotRef(cacao)}, Date: uint32(p.day(2)), Outcome: recordv1.Outcome_OUTCOME_FAILED, Kind: "ATTP"},
	} {
		number := fmt.Sprintf(numberReport, i+1)
		document, err := p.document(fileName(number), fmt.Sprintf("BIEN BAN KIEM TRA %s ngay %s (DU LIEU MAU)", ascii(number), ledger.Date(a.Date)))
		if err != nil {
			return nil, err
		}
		a.Document = document
		steps = append(steps, Step{fmt.Sprintf("14-kiem-tra-%d", i+1), Agencies(2)[1].Handle, Agriculture, []*recordv1.Action{compose.Act(a)}})
	}
	return steps, nil
}

// recall is the recall of the lot that failed its inspection.
func (p *Plan) recall() (Step, error) {
	document, err := p.document(fileName(numberRecall), fmt.Sprintf("QUYET DINH thu hoi lo %s ngay %s (DU LIEU MAU)", ascii(numberRecall), p.day(0)))
	if err != nil {
		return Step{}, err
	}
	return Step{"16-thu-hoi-lo", Agencies(1)[0].Handle, Province, []*recordv1.Action{compose.Act(&recordv1.RecallLot{
		Lot: p.lotRef(cacao), Reason: recordv1.LotReason_LOT_REASON_CONTAMINATED, Document: document,
	})}}, nil
}
