package draft

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// TestRoundTrip: whatever can be signed can be written as a file and comes back as the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Draft{
			Chain: ledger.Hash{1}, ChainName: rapid.SampledFrom([]string{"", "ocop-mau", "1.0"}).Draw(t, "name"), Sample: rapid.Bool().Draw(t, "sample"),
			Author: ledger.AccountID(rapid.Uint64Min(1).Draw(t, "author")), Schema: compose.SchemaMembership,
			Good: time.Duration(rapid.IntRange(1, 30).Draw(t, "days")) * 24 * time.Hour,
		}
		for range rapid.IntRange(1, 3).Draw(t, "records") {
			var actions []*recordv1.Action
			for range rapid.IntRange(1, 4).Draw(t, "actions") {
				a := drawAction(t)
				if _, err := compose.Marshal(d.Schema, []*recordv1.Action{a}); err != nil {
					t.Skip("drawn text is no text of its class: ", err)
				}
				actions = append(actions, a)
			}
			d.Records = append(d.Records, actions)
		}
		want, err := d.Compose()
		if err != nil {
			t.Fatal(err)
		}
		file, err := d.Format(Words{Head: "bản nháp", Action: func(int, int, *recordv1.Action) string { return "lời\nhai dòng" }})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		got, err := back.Compose()
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		if len(got) != len(want) {
			t.Fatalf("%d records, want %d", len(got), len(want))
		}
		for i := range want {
			for j := range want[i] {
				if !bytes.Equal(got[i][j], want[i][j]) {
					t.Fatalf("record %d, action %d: %x, want %x\n%s", i, j, got[i][j], want[i][j], file)
				}
			}
		}
		got, want = nil, nil
		back.Records, d.Records = nil, nil
		if back.Chain != d.Chain || back.ChainName != d.ChainName || back.Sample != d.Sample || back.Author != d.Author || back.Good != d.Good || back.Schema != d.Schema {
			t.Fatalf("%+v, want %+v", back, d)
		}
		again, err := Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		second, err := again.Format(Words{})
		if err != nil || !utf8.Valid(second) {
			t.Fatalf("%v", err)
		}
	})
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestParseByHand: what a person would write, with NFD text and without quotes.
func TestParseByHand(t *testing.T) {
	d, err := Parse(read(t, "by-hand.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Compose()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1 || len(records[0]) != 3 {
		t.Fatalf("%d records", len(records))
	}
	product := d.Records[0][0].GetRegisterProduct()
	if got := product.GetName().GetRegister(); got != "Cà phê bột Đắk Đam" {
		t.Errorf("name %q is not in NFC", got)
	}
	if got := compose.ProductID(product.GetProduct()); got != (ledger.ProductID{Producer: 1_000_012, Number: 10}) {
		t.Errorf("product %v: YAML made a number of 1000012.10", got)
	}
	certify := d.Records[0][1].GetCertify()
	if got := certify.GetScores(); got.GetA() != 3350 || got.GetB() != 2250 || got.GetC() != 2950 || got.GetTotal() != 8550 {
		t.Errorf("scores %v", got)
	}
	if certify.GetValidUntil() != 20230924 {
		t.Errorf("valid until %d", certify.GetValidUntil())
	}
	sale := d.Records[0][2].GetRetailSale().GetGoods()
	if sale.GetEventTime() != 1_600_932_600_000 { // 24/09/2020 14:30 at +07:00
		t.Errorf("event time %d", sale.GetEventTime())
	}
}

// TestParseNamesEveryProblem: all at once, each with its line, in both languages.
func TestParseNamesEveryProblem(t *testing.T) {
	_, err := Parse(read(t, "wrong.yaml"))
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	golden(t, "wrong.txt", problems.In(lang.Vietnamese)+"\n\n"+problems.In(lang.English)+"\n")
}

func TestParseRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"nothing":        "",
		"a list":         "- 1",
		"a word":         "draft",
		"not YAML":       "a: [",
		"anchors":        "ocop-draft: &a 1\nchain: *a",
		"merged keys":    "ocop-draft: 1\n<<: {author: 1}",
		"two documents":  "ocop-draft: 1\n---\nocop-draft: 1",
		"later version":  "ocop-draft: 2",
		"no records":     strings.Replace(head, "records:", "records: []", 1),
		"empty record":   head + "  - actions: []\n",
		"unknown action": head + "  - actions:\n      - destroy: {}\n",
		"two in one":     head + "  - actions:\n      - accept_sale: {sale: " + strings.Repeat("0", 64) + "-0}\n        retire_key: {account: 1}\n",
	} {
		if _, err := Parse([]byte(file)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

var head = "ocop-draft: 1\nchain: " + strings.Repeat("ab", 32) + "\nauthor: 1\nschema: 1\nexpires-days: 14\nrecords:\n"

func TestComposeNamesRecordActionAndField(t *testing.T) {
	d, err := Parse([]byte(head + "  - actions:\n      - register_lot:\n          lot: 1000012.3/L-1\n          quantity: 5\n          unit: gram\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Compose()
	if got, want := lang.Say(lang.English, err), "record 0, action 0, field register_lot.produced: is missing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := lang.Say(lang.Vietnamese, err), "bản ghi 0, hành động 0, mục register_lot.produced: còn thiếu"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  Cà  phê\u00a0bột ": "Cà phê bột",
		"Ca\u0300 phe\u0302":  "Cà phê",
		"Ðắk Lắk":             "Đắk Lắk",
		"a\u200bb\ufeff":      "ab",
		"1032/QĐ\u2011UBND":   "1032/QĐ-UBND",
		"dòng\nhai":           "dòng hai",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(read(f, "by-hand.yaml"))
	f.Add([]byte(head))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		records, err := d.Compose()
		if err != nil {
			return
		}
		file, err := d.Format(Words{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		again, err := back.Compose()
		if err != nil || d.Fingerprint(records) != back.Fingerprint(again) {
			t.Fatalf("another draft came back: %v\n%s", err, file)
		}
	})
}

// golden compares with testdata, or writes it when OCOP_GOLDEN=write.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}
