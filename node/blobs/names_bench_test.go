package blobs

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/subject"
)

// BenchmarkTouches passes over a sale, as following the ledger does with nearly every leaf.
func BenchmarkTouches(b *testing.B) {
	w := chaintest.New()
	w.Story()
	leaf := w.Sign(chaintest.House, chaintest.Retail(w.Goods(chaintest.HoneyLot, 1, ledger.CertificateID{}))).Envelope
	touched := make(map[subject.ID]bool)
	b.ReportAllocs()
	for b.Loop() {
		if err := touches(leaf, touched); err != nil || len(touched) > 0 {
			b.Fatal(err, touched)
		}
	}
}
