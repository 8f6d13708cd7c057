package ledger_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// BenchmarkParseEnvelope reads a record: its header, its action tree, its id; no signature.
func BenchmarkParseEnvelope(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("actions=%d", n), func(b *testing.B) {
			actions := make([][]byte, n)
			for i := range actions {
				actions[i] = bytes.Repeat([]byte{byte(i + 1)}, 60) // as long as a retail sale
			}
			var key ident.PublicKey
			key[0] = 2
			h := ledger.NewHeader(ledger.Header{Schema: 1, Issued: 1, Expires: 2, Author: 1, Key: key.ID()}, actions)
			data := ledger.AppendEnvelope(nil, &h, key, ident.Signature{}, actions)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ledger.ParseEnvelope(data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/action")
		})
	}
}

// BenchmarkRecordsHash hashes a full draft of records of 400 bytes.
func BenchmarkRecordsHash(b *testing.B) {
	records := make([][]byte, ledger.MaxDraftRecords)
	for i := range records {
		records[i] = make([]byte, 400)
	}
	b.ReportAllocs()
	for b.Loop() {
		ledger.RecordsHash(records)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
}
