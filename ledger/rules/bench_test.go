package rules_test

import (
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

func BenchmarkRetailSale(b *testing.B) {
	w := started(b)
	w.must(b, "coop", "register lot coop.1/BIG, 1000000000000000 g, produced 30/09/2020")
	e := w.sign(b, "coop", "sell retail 1 g of coop.1/BIG, as OCOP under 1032/QĐ item 1")
	block := rules.NewBlock(w.context(), w.memory)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := block.Apply(1000, e); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

// A lot with as many ancestors as it may have: what a sale pays for asking them all.
func BenchmarkRetailSaleOfDeepLot(b *testing.B) {
	w := started(b)
	w.must(b, "coop", "register lot coop.1/A0, 1000000000000 g, produced 30/09/2020")
	for i := range subject.MaxAncestors {
		w.must(b, "coop", fmt.Sprintf("register lot coop.1/A%d, 1000000000000 g, produced 30/09/2020, from 1000000000000 g of coop.1/A%d, yield 1000", i+1, i))
	}
	e := w.sign(b, "coop", fmt.Sprintf("sell retail 1 g of coop.1/A%d", subject.MaxAncestors))
	block := rules.NewBlock(w.context(), w.memory)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := block.Apply(1000, e); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

func BenchmarkProposeSale(b *testing.B) {
	w := started(b)
	e := w.sign(b, "coop", "propose s: 1 g of coop.1/L1, to trader")
	block := rules.NewBlock(w.context(), w.memory)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := block.Apply(1000, e); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

// A Decision of 250 products in one record; the time is that of the whole record.
func BenchmarkDecisionOf250(b *testing.B) {
	w := started(b)
	actions := [][]byte{w.action(2, "open decision 9/QĐ of 03/11/2020")}
	for i := range 250 {
		w.must(b, "coop", fmt.Sprintf("register product coop.%d", i+10))
		actions = append(actions, w.action(2, fmt.Sprintf("certify item %d of 9/QĐ, product coop.%d, 4 stars, from 03/11/2020", i+1, i+10)))
	}
	h := ledger.Header{Chain: w.chain, Schema: 1, Issued: w.now, Expires: w.now + 1, Author: 2}
	e := envelope(b, h, keyOf("province").Public(), actions)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := rules.NewBlock(w.context(), w.memory).Apply(1000, e); refusal != nil {
			b.Fatal(refusal)
		}
	}
}
