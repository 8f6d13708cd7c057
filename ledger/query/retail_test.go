package query_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/query"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func drawGoods(t *rapid.T) *recordv1.Goods {
	word := rapid.SampledFrom([]string{"", "L-1", "L-2", "Lô số 3"})
	product := func() *recordv1.ProductRef {
		return &recordv1.ProductRef{Producer: rapid.Uint64().Draw(t, "producer"), Number: rapid.Uint32().Draw(t, "number")}
	}
	commitment := func(of string) []byte {
		return rapid.SampledFrom([][]byte{nil, make([]byte, 32), {1, 2, 3}}).Draw(t, of)
	}
	g := &recordv1.Goods{
		Quantity: rapid.Uint64().Draw(t, "quantity"), Unit: recordv1.Unit(rapid.IntRange(-2, 9).Draw(t, "unit")), EventTime: rapid.Uint64().Draw(t, "time"),
		Price: commitment("price"), Terms: commitment("terms"),
	}
	if rapid.Bool().Draw(t, "lot") {
		g.Lot = &recordv1.LotRef{Product: product(), Lot: word.Draw(t, "code")}
	}
	if rapid.Bool().Draw(t, "certificate") {
		g.Certificate = &recordv1.CertificateRef{Decision: &recordv1.DecisionRef{Issuer: 1, Year: 2026, Number: word.Draw(t, "decision")}, Item: rapid.Uint32().Draw(t, "item")}
	}
	return g
}

// Retail sales that are read by hand are what protobuf reads, one after the other with one reader; and what it reads differently, or not at all, is not read by
// hand.
func TestRetailSalesAreReadAsByProtobuf(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		read := query.ReadRetail()
		for range 8 {
			goods := drawGoods(t)
			data, err := proto.Marshal(&recordv1.Action{Kind: &recordv1.Action_RetailSale{RetailSale: &recordv1.RetailSale{Goods: goods}}})
			if err != nil {
				t.Fatal(err)
			}
			altered := rapid.Bool().Draw(t, "altered")
			if altered {
				switch at := rapid.IntRange(0, len(data)-1).Draw(t, "at"); rapid.IntRange(0, 3).Draw(t, "how") {
				case 0:
					data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				case 1:
					data = data[:at]
				case 2:
					data = slices.Insert(data, at, rapid.Byte().Draw(t, "byte"))
				default:
					data = append(data, data[at:]...)
				}
			}
			given := slices.Clone(data)
			var got query.Retail
			ok := read(&got, data)
			clear(data) // leaves are overwritten
			if !ok {
				if !altered && goods.Lot != nil {
					t.Fatalf("%x is not read", given)
				}
				refused++
				continue
			}
			want := new(recordv1.Action)
			if err := proto.Unmarshal(given, want); err != nil {
				t.Fatalf("%x: read as %v, which protobuf does not: %v", given, got, err)
			}
			sale, ok := want.Kind.(*recordv1.Action_RetailSale)
			if !ok || got != *query.RetailOf(sale.RetailSale.GetGoods()) {
				t.Fatalf("%x: %v, want %v", given, got, want)
			}
		}
	})
	if refused == 0 {
		t.Error("whatever was altered was read: nothing was tried")
	}
}
