package rules_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/rules"
)

// Whatever the bytes of an action and whoever signs them: an outcome, no panic, and no trace of what is refused.
func FuzzApply(f *testing.F) {
	w := started(f)
	w.must(f, "coop", "propose s: 10 g of coop.1/L1, to trader")
	w.must(f, "coop", "register lot coop.1/L6, 1000 g, produced 30/09/2020", "hold lot coop.1/L6")
	w.must(f, "province", "put open: add validator department, quorum 3", "vote yes on action 0")
	w.must(f, "province", "open decision 9/QĐ of 03/11/2020", "certify item 1 of 9/QĐ, product coop.2, 4 stars, from 03/11/2020, until 30/11/2020")
	authors := []string{"province", "coop", "trader", "ministry", "district"}
	for i, seed := range []struct{ who, text string }{
		{"province", `register account new 2000077, name "HTX Mới", key new`}, {"province", "bind key other to coop, epoch 2"}, {"province", "retire key coop of coop"},
		{"coop", "register product coop.9, GTIN 08935000100028"}, {"province", "open decision 10/QĐ of 03/11/2020, part 1 of 2"}, {"province", "certify item 2 of 9/QĐ, product coop.2, 4 stars, from 01/12/2020, renews 9/QĐ item 1"},
		{"province", "correct certificate 9/QĐ item 1, A was 33.00 now 32.00, total was 85.50 now 84.50, valid until was 30/11/2020 now 01/12/2020"},
		{"province", `correct product coop.1, name was "Cà phê" now "Cà phê bột", GTIN was "08935000100011" now nothing`}, {"province", "correct account coop, territory was 6711 now 671"},
		{"province", "revoke certificate 9/QĐ item 1, by 11/QĐ of 03/11/2020"}, {"coop", "register lot coop.1/L7, 10 g, produced 01/11/2020, expires 01/12/2020"},
		{"coop", "propose t: 1 g of coop.1/L1, to trader, as OCOP under 1032/QĐ item 1"}, {"trader", "accept s"}, {"coop", "sell outside 1 g of coop.1/L1"}, {"coop", "sell retail 1 g of coop.1/L1"},
		{"province", "rotate cosigner fresh, node fresh-2, tls fresh-3"}, {"province", "update node incarnation 2, peer a:1, public b:2"},
		{"province", "put P: add validator department, quorum 3"}, {"province", "put Q: remove validator ministry, quorum 2, publisher province"},
		{"ministry", "put R: set parameters, votes 75"}, {"ministry", "vote yes on open"}, {"ministry", "vote no on action 0"},
		{"coop", "register lot coop.1/L8, 10 g, produced 01/11/2020, from 100 g of coop.1/L1, from 10 g of coop.1/L6, yield 100"}, {"coop", "hold lot coop.1/L1"},
		{"province", "release lot coop.1/L6, by 9/QĐ.pdf"}, {"province", "recall lot coop.1/L1, by 9/QĐ.pdf"}, {"coop", "apply stamps 3 on coop.1/L1, each 100"},
		{"province", "inspect lot coop.1/L1, on 01/11/2020"}, {"province", "inspect product coop.1, on 01/11/2020"}, {"coop", "set picture of coop.1 to a bag"},
		{"province", "set contact 113"}, {"ministry", "put S: set parameters, resolver ocop.example.vn until 31/12/2028"},
	} {
		f.Add(byte(i), w.action(w.account(seed.who), seed.text), w.action(2, "open decision 9/QĐ of 03/11/2020, part 1 of 1"))
	}
	f.Fuzz(func(t *testing.T, who byte, first, second []byte) {
		if len(first) == 0 || len(second) == 0 || len(first)+len(second) > 60000 {
			return
		}
		author := authors[int(who)%len(authors)]
		h := ledger.Header{Chain: w.chain, Schema: uint16(w.protocol), Issued: w.now, Expires: w.now + 1, Author: w.account(author)}
		block := rules.NewBlock(w.context(), w.memory)
		touches, refusal := block.Apply(w.leaf, envelope(t, h, keyOf(author).Public(), [][]byte{first, second}))
		if refusal != nil {
			if len(block.Overlay()) != 0 || len(touches) != 0 {
				t.Fatalf("%v left a trace", refusal)
			}
			if refusal.Action > 1 && refusal.Action != ledger.WholeRecord {
				t.Fatalf("%v", refusal)
			}
			refusal.Sentences()
		} else if len(touches) < 2 {
			t.Fatalf("accepted without effect: %v", touches)
		}
		rules.Simulate(w.context(), w.memory, w.account(author), 0, [][]byte{first, second})
	})
}
