package anchor_test

import (
	"fmt"
	"os"

	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// Whoever has the genesis file of a ledger can begin with it.
func ExampleParse() {
	file, _ := os.ReadFile("../../testdata/golden/v1/genesis.bin")
	const now = 1_780_000_000 // the verifier's clock, Unix seconds
	trust, err := anchor.Parse(file, now, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("epoch %d of %s: %d of %d validators; expired: %v\n",
		trust.Policy.Number, trust.Policy.Origin, trust.Policy.Quorum, len(trust.Policy.Validators), trust.Expired())
	// Output: epoch 0 of log.example/ocop-golden: 2 of 3 validators; expired: false
}
