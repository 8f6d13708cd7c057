package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"pgregory.net/rapid"
)

// texts are the text forms of FORMAT.md §9: what a parser makes of a text, written again.
var texts = map[string]func(string) (string, error){
	"account":     reword(ledger.ParseAccountID),
	"product":     reword(ledger.ParseProductID),
	"decision":    reword(ledger.ParseDecisionID),
	"certificate": reword(ledger.ParseCertificateID),
	"lot":         reword(ledger.ParseLotID),
	"sale":        reword(ledger.ParseSaleID),
	"record id":   reword(ledger.ParseRecordID),
}

func reword[T interface{ String() string }](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		return v.String(), err
	}
}

var recordID = strings.Repeat("0123456789abcdef", 4)

func TestTextForms(t *testing.T) {
	for kind, forms := range map[string][]string{
		"account":     {"1", "1000012", "18446744073709551615"},
		"product":     {"1000012.3", "1.4294967295"},
		"decision":    {"1:2020:1032/QĐ-UBND", "1:65535: "},
		"certificate": {"1:2020:1032/QĐ-UBND:5", "2:2026:7:65535"},
		"lot":         {"1000012.3/L-2020-09", "1.2/a/b"},
		"sale":        {recordID + "-0", recordID + "-65535"},
		"record id":   {recordID},
	} {
		for _, s := range forms {
			if again, err := texts[kind](s); err != nil || again != s {
				t.Errorf("%s %q is %q, %v", kind, s, again, err)
			}
		}
	}
	for kind, forms := range map[string][]string{
		"account":     {"", "0", "01", "+1", "-1", "1 ", "1_000", "0x1", "18446744073709551616", "một"},
		"product":     {"", "1000012", "1000012.", ".3", "1000012.0", "1000012.03", "1000012.3.4", "1000012.4294967296"},
		"decision":    {"", "1", "1:2020", "1:2020:", "1:0:x", "1:02020:x", "1:65536:x", ":2020:x", "1:2020:x:5"},
		"certificate": {"", "5", "1:2020:x", "1:2020:x:0", "1:2020:x:05", "1:2020:x:65536", "1:2020::5"},
		"lot":         {"", "1000012.3", "1000012.3/", "/L", "1000012/L"},
		"sale":        {"", recordID, recordID + "-", recordID + "-00", recordID + "-65536", recordID + "--1", recordID[1:] + "-0"},
		"record id":   {"", recordID[1:], recordID + "0", strings.ToUpper(recordID), "g" + recordID[1:]},
	} {
		for _, s := range forms {
			if again, err := texts[kind](s); !errors.Is(err, ledger.ErrMalformed) {
				t.Errorf("%s %q is read as %q, %v", kind, s, again, err)
			}
		}
	}
}

func TestAccountRanges(t *testing.T) {
	for _, c := range []struct {
		id, registrar ledger.AccountID
		agency        bool
	}{
		{0, 0, false}, {1, 0, true}, {999_999, 0, true}, {1_000_000, 0, false}, {1_000_001, 1, false}, {1_999_999, 1, false}, {2_000_000, 0, false},
		{999_999_999_999, 999_999, false}, {1_000_000_000_000, 0, false}, {1_000_000_000_001, 0, false}, {1<<64 - 1, 0, false},
	} {
		if c.id.Registrar() != c.registrar || c.id.IsAgency() != c.agency {
			t.Errorf("%d: registrar %d, agency %v", c.id, c.id.Registrar(), c.id.IsAgency())
		}
	}
}

func TestIDsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := ledger.AccountID(rapid.Uint64Min(1).Draw(t, "account"))
		product := ledger.ProductID{Producer: account, Number: rapid.Uint32Min(1).Draw(t, "number")}
		text := rapid.StringMatching(`[^:]+`)
		certificate := ledger.CertificateID{
			Decision: ledger.DecisionID{Issuer: account, Year: rapid.Uint16Min(1).Draw(t, "year"), Number: text.Draw(t, "decision")}, Item: rapid.Uint16Min(1).Draw(t, "item"),
		}
		lot := ledger.LotID{Product: product, Lot: text.Draw(t, "lot")}
		sale := ledger.SaleID{Record: ledger.RecordID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "record")), Action: rapid.Uint16().Draw(t, "action")}
		check(t, ledger.ParseAccountID, account)
		check(t, ledger.ParseProductID, product)
		check(t, ledger.ParseDecisionID, certificate.Decision)
		check(t, ledger.ParseCertificateID, certificate)
		check(t, ledger.ParseLotID, lot)
		check(t, ledger.ParseSaleID, sale)
		check(t, ledger.ParseRecordID, sale.Record)
	})
}

func check[T interface {
	comparable
	String() string
}](t *rapid.T, parse func(string) (T, error), v T) {
	if back, err := parse(v.String()); err != nil || back != v {
		t.Errorf("%v comes back as %v, %v", v, back, err)
	}
}

func FuzzTextForms(f *testing.F) {
	for _, s := range []string{"1000012", "1000012.3", "1:2020:1032/QĐ-UBND", "1:2020:1032/QĐ-UBND:5", "1000012.3/L-2020-09", recordID + "-0", recordID, "1:2:3:4:5", "00", "1.1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind, again := range texts {
			text, err := again(s)
			switch {
			case err != nil && !errors.Is(err, ledger.ErrMalformed):
				t.Errorf("%s: an error of another kind: %v", kind, err)
			case err == nil && text != s:
				t.Errorf("%s: %q is also %q", kind, text, s)
			}
		}
	})
}
