package draft

import (
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const body = "  - actions:\n      - accept_sale: {sale: 0000000000000000000000000000000000000000000000000000000000000000-0}\n"

func withNames(section string) string {
	return strings.Replace(head, "records:\n", "names:\n"+section+"records:\n", 1) + body
}

// TestNamesRoundTrip: names come back as they were found, also those that YAML would rather take for something else; and the digest does not know them.
func TestNamesRoundTrip(t *testing.T) {
	words := rapid.SampledFrom([]string{"Cà phê bột", "null", "~", "yes", "12:30", "#", "- a", "'", `"`, "a: b", "[x]", "{}", "1.0", "Đắk R'Lấp", "*a"})
	ids := rapid.SampledFrom([]string{"1", "1000012.10", "drinks", "no", "1:2026:1032/QĐ-UBND:5", strings.Repeat("34", 32) + "-0"})
	rapid.Check(t, func(t *rapid.T) {
		d := &Draft{Chain: ledger.Hash{1}, Author: 1, Schema: compose.Schema, Good: 24 * time.Hour, Names: make(Names)}
		d.Records = [][]*recordv1.Action{{compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(ledger.SaleID{})})}}
		for range rapid.IntRange(0, 9).Draw(t, "names") {
			d.Names[Ref{Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), ids.Draw(t, "id")}] = words.Draw(t, "name")
		}
		file, err := d.Format(Words{Names: "tên"})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		if !maps.Equal(back.Names, d.Names) {
			t.Fatalf("%v, want %v\n%s", back.Names, d.Names, file)
		}
		records, err := d.Compose()
		if err != nil {
			t.Fatal(err)
		}
		if back.Names = nil; back.Fingerprint(records) != d.Fingerprint(records) {
			t.Fatal("the digest depends on names")
		}
	})
}

// TestNamesThatHide are refused: they would show something else than they are.
func TestNamesThatHide(t *testing.T) {
	for what, section := range map[string]string{
		"right-to-left override": "  products: {1.1: \"a\\u202eb\"}\n",
		"escape":                 "  products: {1.1: \"a\\e[2Kb\"}\n",
		"look-alike":             "  products: {1.1: \"C\\u0430\"}\n",
		"hidden id":              "  products: {\"1.1\\u202e\": a}\n",
		"empty":                  "  products: {1.1: \"\"}\n",
		"too long":               "  products: {1.1: " + strings.Repeat("a", MaxName+1) + "}\n",
		"unknown kind":           "  shops: {1: a}\n",
		"twice":                  "  products:\n    1.1: a\n    1.1: b\n",
		"no name":                "  products: {1.1: [a]}\n",
		"no section":             "  products: a\n",
	} {
		d, err := Parse([]byte(withNames(section)))
		if _, ok := err.(Problems); !ok {
			t.Errorf("%s: accepted: %v, %v", what, d, err)
		}
	}
	if _, err := Parse([]byte(withNames("  products: {1.1: a}\n"))); err != nil {
		t.Error(lang.Say(lang.English, err))
	}
	if _, err := Parse([]byte(strings.Replace(head, "author:", "chain-name: \"a\\u202eb\"\nauthor:", 1) + body)); err == nil {
		t.Error("a ledger's name hides something")
	}
}

func TestNewerNamesWin(t *testing.T) {
	one, two := Ref{Product, "1.1"}, Ref{Product, "1.2"}
	all := Names{one: "cũ", two: "giữ"}.With(Names{one: "mới"})
	if !maps.Equal(all, Names{one: "mới", two: "giữ"}) {
		t.Errorf("%v", all)
	}
}
