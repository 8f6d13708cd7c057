package reads

import (
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// sales are of goods that nobody has: enough to ask for.
func sales(n int) []Sale {
	list := make([]Sale, n)
	for i := range list {
		lot := ledger.LotID{Product: ledger.ProductID{Producer: 1_000_001, Number: uint32(i + 1)}, Lot: "L-1"}
		list[i] = Sale{Record: ledger.RecordID{byte(i), 1}, Lot: lot, Certificate: ledger.CertificateID{Decision: ledger.DecisionID{Issuer: 1, Year: 2026, Number: "1/QĐ"}, Item: uint16(i + 1)}}
	}
	return list
}

// TestQuestions: every sale is asked for once in each kind, kinds come in turn, and a sale's questions are apart.
func TestQuestions(t *testing.T) {
	t.Parallel()
	const n = 50
	kinds := Kinds()
	list, err := Questions(sales(n), kinds, 7)
	if err != nil || len(list) != n*len(kinds) {
		t.Fatalf("%v: %d questions", err, len(list))
	}
	seen := make(map[string]int)
	for i := range list {
		q := &list[i]
		if q.Kind != kinds[i%len(kinds)] {
			t.Errorf("question %d is about a %s", i, q.Kind)
		}
		seen[q.String()]++
	}
	if len(seen) != n*len(kinds) {
		t.Errorf("%d things are asked for, want %d", len(seen), n*len(kinds))
	}
	record := slices.IndexFunc(list, func(q Question) bool { return q.Kind == Record && q.Record == ledger.RecordID{0, 1} })
	action := slices.IndexFunc(list, func(q Question) bool { return q.Kind == Action && q.Record == ledger.RecordID{0, 1} })
	if apart := (record - action) / len(kinds); apart < n/len(kinds)-1 && apart > 1-n/len(kinds) {
		t.Errorf("questions %d and %d are about one sale", record, action)
	}
	bare := sales(n)
	bare[n-1].Certificate = ledger.CertificateID{}
	if got := KindsOf(bare); slices.Contains(got, Certificate) || len(got) != len(kinds)-1 {
		t.Errorf("of goods without a certificate: %v", got)
	}
	if _, err := Questions(bare, kinds, 7); !errors.Is(err, ErrNoCertificate) {
		t.Error(err)
	}
}
