package prove_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
)

// BenchmarkSelling asks for the receipt of a lot of 400 sales that goes on selling: one more sale before each question.
func BenchmarkSelling(b *testing.B) {
	const before, blocks = 400, 200
	pool, err := ident.NewPool(runtime.NumCPU(), 0)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	w := New()
	l, err := chain.Open(b.Context(), chain.Options{Dir: b.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true, Roots: 2 * blocks})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	var policy *ledger.Policy
	apply := func(data []byte) {
		applied, err := l.Apply(b.Context(), []chain.Entry{{Index: w.Index, Term: w.Term, Data: data}})
		if err != nil || applied[0].Bad != nil {
			b.Fatalf("%v, %+v", err, applied)
		}
		policy = applied[0].Policy
	}
	drafts, one := w.Many()
	for _, d := range drafts {
		if _, err := l.Apply(b.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil {
			b.Fatal(err)
		}
	}
	lot := ledger.LotID{Product: one, Lot: "L-1"}
	certificate := ledger.CertificateID{Decision: ledger.DecisionID{Issuer: Province, Year: 2026, Number: "250/QĐ-UBND"}, Item: 17}
	w.Tick(time.Minute)
	apply(w.Draft(w.Sign(Coop, Lot(lot, 1_000_000, Today, 0))))
	sell := func(n int) {
		w.Tick(time.Second)
		var envelopes [][]byte
		for range n {
			envelopes = append(envelopes, w.Sign(Coop, Retail(w.Goods(lot, 1, certificate))).Envelope)
		}
		apply(w.DraftOf(0, envelopes...))
	}
	for range before / 10 {
		sell(10)
	}
	var heads []*checkpoint.Signed
	first := l.Head().Height + 1
	for range blocks {
		sell(1)
		heads = append(heads, Cosign(policy, l.Head(), w.Now/1000))
	}
	var c *prove.Cache
	size := 0
	for i := 0; b.Loop(); i++ {
		at := i % blocks
		if at == 0 {
			c = prove.NewCache(128 << 20)
		}
		if err := l.ViewAt(first+uint64(at), func(v *chain.View) error {
			file, err := c.Lot(v, heads[at], lot, prove.Options{})
			size = len(file)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "bytes")
}
