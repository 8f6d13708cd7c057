package receipts_test

import (
	"bytes"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

func TestReceiptsOfTheStory(t *testing.T) {
	s := story(t)
	for name, r := range map[string]*receipt.Receipt{
		"coffee": s.product(Coffee), "pepper": s.product(Pepper), "honey": s.product(Honey), "mango": s.product(Mango),
		"old": s.certificate(OldCoffee), "new": s.certificate(NewCoffee), "revoked": s.certificate(ThePepper),
		"coffee lot": s.lot(CoffeeLot), "pepper lot": s.lot(PepperLot), "honey lot": s.lot(HoneyLot),
	} {
		file := r.Append(nil)
		back, err := receipt.Parse(file)
		if err != nil || !bytes.Equal(back.Append(nil), file) {
			t.Fatalf("%s: round trip: %v", name, err)
		}
		got, err := receipts.Subject(t.Context(), file, s.options())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d bytes, %d records, %d members: %+v", name, len(file), len(r.Records), len(r.Members), got.Verdict)
	}
	_ = ledger.Date(0)
}
