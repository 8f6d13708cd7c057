package receipts_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// The files of the examples, made by TestExampleFiles: a policy file as a node serves it, and a product's receipt.
const (
	policyFile  = "testdata/policy.txt"
	receiptFile = "testdata/product.ocop"
	clock       = 1772504400 // when the examples take place, Unix seconds: 3/3/2026, 09:20
)

// A buyer checks a receipt that anybody gave it, by a policy file from somebody it believes.
func ExampleSubject() {
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	trust, err := anchor.Parse(policy, clock, clock)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := os.ReadFile(receiptFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := receipts.Subject(context.Background(), file, receipts.Options{
		Trust: trust,
		Want:  subject.Product(ledger.ProductID{Producer: 1_000_001, Number: 1}),
		Date:  20260302,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := got.Certificates[len(got.Certificates)-1]
	fmt.Println(got.Product.Name.Register, got.Verdict.Kind, "until", got.Verdict.Until)
	fmt.Println(c.Value.Star, "stars by", got.Accounts[c.Decision.Decision.Issuer].Name.Register)
	fmt.Println("competent over", c.Competence.Territory[len(c.Competence.Territory)-1].Name, "by", c.Competence.Scheme)
	// Output:
	// Cà phê bột Đắk Đam in_force until 20/02/2029
	// 4 stars by UBND tỉnh Đắk Nông (mẫu)
	// competent over Đắk Nông by RS-2025
}

// A receipt for another product is refused, and the refusal says why in one word.
func ExampleSubject_refusal() {
	policy, _ := os.ReadFile(policyFile)
	file, _ := os.ReadFile(receiptFile)
	trust, err := anchor.Parse(policy, clock, clock)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = receipts.Subject(context.Background(), file, receipts.Options{Trust: trust, Want: subject.Product(ledger.ProductID{Producer: 1_000_001, Number: 2})})
	var refused *verify.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Word)
	}
	// Output: subject
}
