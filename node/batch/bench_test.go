package batch

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// BenchmarkBatch makes full drafts, behind which everything is ordered at once: queue, hashes, draft header, signature.
func BenchmarkBatch(b *testing.B) {
	key, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	const records, size = 1024, 300 // a full draft: nothing waits for more
	batcher := New(Options[struct{}]{
		Chain: ledger.ChainID{7}, Proposer: 12, Key: func() *ident.Ed25519PrivateKey { return key }, Now: time.Now, Queue: 1 << 16, Hold: func() bool { return false },
		Propose: func(data []byte) func() (Ordered[struct{}], error) {
			d, err := ledger.ParseDraft(data)
			return func() (o Ordered[struct{}], _ error) {
				if err == nil {
					o.Outcomes = make([]struct{}, len(d.Records))
				}
				return o, err
			}
		},
	})
	b.Cleanup(batcher.Close)
	batcher.Office(1)
	data := make([][]byte, records)
	for i := range data {
		data[i] = make([]byte, size)
		data[i][0] = byte(i)
	}
	for b.Loop() {
		results, err := batcher.Submit(b.Context(), data, false)
		if err != nil {
			b.Fatal(err)
		}
		if n := len(results); n != records {
			b.Fatalf("%d results", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
}
