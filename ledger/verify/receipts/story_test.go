package receipts_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

func TestReceiptsOfTheStory(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "receipt-story", "Receipts of every kind of subject, asked about today, other dates and earlier heights; and asked for by others' names.")
	for _, row := range []struct {
		name   string
		r      *receipt.Receipt
		want   receipts.VerdictKind
		events int
	}{
		{"renewed product", s.product(Coffee), receipts.VerdictInForce, 8},
		{"product with a revoked certificate", s.product(Pepper), receipts.VerdictInForce, 6}, // on the day before it takes effect
		{"product corrected by an agency", s.product(Honey), receipts.VerdictInForce, 7},
		{"product without certificate", s.product(Mango), receipts.VerdictNotCertified, 3},
		{"superseded certificate", s.certificate(OldCoffee), receipts.VerdictExpired, 8},
		{"corrected certificate", s.certificate(NewCoffee), receipts.VerdictInForce, 8},
		{"revoked certificate", s.certificate(ThePepper), receipts.VerdictInForce, 6},
		{"lot with every kind of sale", s.lot(CoffeeLot), receipts.VerdictInForce, 17},
		{"lot with a sale", s.lot(PepperLot), receipts.VerdictInForce, 12},
		{"lot of a household", s.lot(HoneyLot), receipts.VerdictInForce, 13},
	} {
		file := row.r.Append(nil)
		back, err := receipt.Parse(file)
		if err != nil || !bytes.Equal(back.Append(nil), file) {
			t.Fatalf("%s: round trip: %v", row.name, err)
		}
		keepAnswers(t, g, row.name, row.r, s)
		got, err := receipts.Subject(t.Context(), file, s.options())
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got.Verdict.Kind != row.want || len(got.Timeline) != row.events || got.Subject != row.r.ID() || got.Age.Seconds() != 10 {
			t.Errorf("%s: %v, %d events, age %v", row.name, got.Verdict, len(got.Timeline), got.Age)
		}
		if lot := got.Lot; row.r.Kind == receipt.KindLot && (lot == nil || lot.Quantity == 0) {
			t.Errorf("%s: %+v", row.name, lot)
		}
	}
}

// TestExampleFiles holds the files of the examples: the bytes of a receipt are frozen.
func TestExampleFiles(t *testing.T) {
	w := NewIn(2, Start) // the version in which they were made
	s := newScene(t, w, w.Story()...)
	golden(t, policyFile, checkpoint.FormatPolicy(s.policy, func(ledger.AccountID) string { return "" }, ""))
	golden(t, receiptFile, s.product(Coffee).Append(nil))
}

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is made", path)
	}
}
