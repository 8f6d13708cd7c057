//go:build unix

package receipts_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// processor is the processor time of the process, the collection of its garbage included.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkProduct makes, finds in a cache and checks the receipt of a product with twenty records in its closure, at 10 thousand and 1 million subjects.
func BenchmarkProduct(b *testing.B) {
	for _, subjects := range []int{10_000, 1_000_000} {
		s, one := many(b)
		if err := s.ledger.View(func(v *chain.View) error {
			c := newCrowd(b, v, subjects)
			signed := s.cosign(c.head)
			product := func() *receipt.Receipt {
				r, err := prove.Product(c, signed, one, prove.Options{})
				if err != nil {
					b.Fatal(err)
				}
				return r
			}
			file := product().Append(nil)
			b.Run(fmt.Sprintf("make/%d", subjects), func(b *testing.B) {
				begun := processor(b)
				for b.Loop() {
					product()
				}
				b.ReportMetric(float64((processor(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
				b.ReportMetric(float64(len(file)), "bytes")
			})
			b.Run(fmt.Sprintf("first/%d", subjects), func(b *testing.B) { // of 250 products, each for the first time
				begun := processor(b)
				for b.Loop() {
					cache := prove.NewCache(64 << 20)
					for i := range uint32(ManyProducts) {
						if _, err := cache.Product(c, signed, ledger.ProductID{Producer: one.Producer, Number: i + 1}, prove.Options{}); err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(float64((processor(b)-begun).Microseconds())/float64(b.N)/ManyProducts, "cpu-µs/receipt")
			})
			b.Run(fmt.Sprintf("again/%d", subjects), func(b *testing.B) {
				cache := prove.NewCache(64 << 20)
				begun := processor(b)
				for b.Loop() {
					if again, err := cache.Product(c, signed, one, prove.Options{}); err != nil || len(again) != len(file) {
						b.Fatal(len(again), err)
					}
				}
				b.ReportMetric(float64((processor(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
			})
			b.Run(fmt.Sprintf("check/%d", subjects), func(b *testing.B) {
				begun := processor(b)
				for b.Loop() {
					if _, err := receipts.Subject(b.Context(), file, s.options()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((processor(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
			})
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
