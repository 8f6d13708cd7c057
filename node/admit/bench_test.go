package admit_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// BenchmarkAdmit takes in 256 records of two signers: bytes, signatures, rules against the state.
func BenchmarkAdmit(b *testing.B) {
	g := newGate(b)
	const records = 256
	envelopes := make([][]byte, records)
	for i := range envelopes {
		envelopes[i] = g.Register(ledger.AccountID(1+i%2), 1+i/2).Envelope
	}
	at := now()
	for b.Loop() {
		taken, err := g.Verify(b.Context(), envelopes)
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Judge(taken, at, func() error { return nil }); err != nil {
			b.Fatal(err)
		}
		for i := range taken {
			if !taken[i].Good() {
				b.Fatalf("record %d: %+v", i, taken[i].Refusal)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
}
