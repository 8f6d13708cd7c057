package workload

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// goodsOf reads what a record of retail sales sells.
func goodsOf(t testing.TB, record *compose.Signed) (goods []*recordv1.Goods) {
	t.Helper()
	e, err := ledger.ParseEnvelope(record.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range e.Actions {
		var action recordv1.Action
		if err := proto.Unmarshal(data, &action); err != nil {
			t.Fatal(err)
		}
		goods = append(goods, action.GetRetailSale().GetGoods())
	}
	return goods
}

// BenchmarkNext measures a sale, and the signature in it.
func BenchmarkNext(b *testing.B) {
	p := benchmarkPlan(b)
	b.Run("sale", func(b *testing.B) {
		sales := p.Sales(benchmarkTime, 0)
		size := 0
		for b.Loop() {
			record, err := sales.Next(benchmarkTime)
			if err != nil {
				b.Fatal(err)
			}
			size = len(record.Envelope)
		}
		b.ReportMetric(float64(size), "bytes")
	})
	b.Run("signature", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.producers[0].key.Sign([32]byte{1}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// kindOf names the kind of a record's only action.
func kindOf(t testing.TB, record *compose.Signed) string {
	t.Helper()
	e, err := ledger.ParseEnvelope(record.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	var action recordv1.Action
	if err := proto.Unmarshal(e.Actions[0], &action); err != nil {
		t.Fatal(err)
	}
	m := action.ProtoReflect()
	return string(m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")).Name())
}
