package subject

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
)

// every kind with an id, its name for people, and its binary name.
var goldenIDs = []struct {
	id   ID
	name string
}{
	{Parameters(), "parameters"},
	{Policy(), "policy"},
	{Territory(671), "territory 671"},
	{Scheme("RS-2019"), "scheme RS-2019"},
	{Authority(2), "authority 2"},
	{Account(2000012), "account 2000012"},
	{Activity(2000012), "activity 2000012"},
	{Product(goldenProduct), "product 2000012.3"},
	{Decision(goldenDecision), "decision 2:2020:1032/QĐ-UBND"},
	{Certificate(goldenCertificate), "certificate 2:2020:1032/QĐ-UBND:5"},
	{Lot(goldenLot), "lot 2000012.3/L-2020-09"},
	{Holding(2000013, goldenLot), "holding of 2000013 in 2000012.3/L-2020-09"},
	{Sale(goldenAction), "sale " + goldenAction.String()},
	{Node(2), "node 2"},
	{Protocol(), "protocol"},
	{Schemes(), "schemes"},
	{ProductName(2000012, "Cà phê bột"), `product name "Cà phê bột" of 2000012`},
	{GTIN("08935000100011"), "GTIN 08935000100011"},
	{ValidatorKeys(2), "validator keys 2"},
	{Proposal(goldenAction), "proposal " + goldenAction.String()},
	{Serials(goldenProduct), "serials 2000012.3"},
	{Contact(2), "contact 2"},
}

// Kinds, ids and state keys are frozen.
func TestIDs(t *testing.T) {
	var b strings.Builder
	keys := map[ledger.Hash]bool{}
	for i, g := range goldenIDs {
		if int(g.id.Kind) != i+1 {
			t.Errorf("%s: kind %d, want %d", g.name, g.id.Kind, i+1)
		}
		if g.id.String() != g.name {
			t.Errorf("name %q, want %q", g.id, g.name)
		}
		if want := sha256.Sum256(append([]byte{0x32, byte(g.id.Kind)}, g.id.Name...)); g.id.Key() != want {
			t.Errorf("%s: key %x, want %x", g.name, g.id.Key(), want)
		}
		keys[g.id.Key()] = true
		fmt.Fprintf(&b, "%d %x %x %s\n", g.id.Kind, g.id.Name, g.id.Key(), g.name)
	}
	if len(keys) != len(goldenIDs) || len(kindNames) != len(goldenIDs)+1 {
		t.Errorf("%d keys of %d ids, %d kinds", len(keys), len(goldenIDs), len(kindNames)-1)
	}
	const path = "testdata/ids_v1.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != b.String() {
		t.Errorf("ids differ from %s (%v); they are frozen:\n%s", path, err, b.String())
	}
}

func TestIDsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := ledger.AccountID(rapid.Uint64().Draw(t, "account"))
		product, decision, certificate, lot, action := drawProduct(t), drawDecision(t), drawCertificate(t), drawLot(t), drawAction(t)
		for _, id := range []ID{Authority(account), Account(account), Activity(account), Node(account), ValidatorKeys(account), Contact(account)} {
			if got, err := id.AccountID(); err != nil || got != account {
				t.Fatalf("%v: %v, %v", id, got, err)
			}
		}
		if got, err := Product(product).ProductID(); err != nil || got != product {
			t.Fatalf("%v, %v", got, err)
		}
		if got, err := Decision(decision).DecisionID(); err != nil || got != decision {
			t.Fatalf("%v, %v", got, err)
		}
		if got, err := Certificate(certificate).CertificateID(); err != nil || got != certificate {
			t.Fatalf("%v, %v", got, err)
		}
		if got, err := Lot(lot).LotID(); err != nil || got != lot {
			t.Fatalf("%v, %v", got, err)
		}
		if holder, got, err := Holding(account, lot).HoldingID(); err != nil || got != lot || holder != account {
			t.Fatalf("%v, %v, %v", holder, got, err)
		}
		if got, err := Sale(action).SaleID(); err != nil || got != action {
			t.Fatalf("%v, %v", got, err)
		}
		if got, err := Proposal(action).ProposalID(); err != nil || got != action {
			t.Fatalf("%v, %v", got, err)
		}
		if producer, got, err := ProductName(account, lot.Lot).ProductName(); err != nil || producer != account || got != lot.Lot {
			t.Fatalf("%v, %v, %v", producer, got, err)
		}
		if got, err := Territory(product.Number).TerritoryCode(); err != nil || got != product.Number {
			t.Fatalf("%v, %v", got, err)
		}
	})
}

func TestMalformedIDs(t *testing.T) {
	for _, g := range goldenIDs {
		if len(g.id.Name) < 4 || g.id.Kind == KindScheme || g.id.Kind == KindGTIN {
			continue
		}
		cut := ID{g.id.Kind, g.id.Name[:3]}
		if s := cut.String(); !strings.Contains(s, "malformed") {
			t.Errorf("%s cut short is %q", g.name, s)
		}
	}
	if s := (ID{Kind: 200}).String(); s != "unknown" {
		t.Errorf("kind 200 is %q", s)
	}
	if s := Kind(0).String(); s != "unknown" {
		t.Errorf("kind 0 is %q", s)
	}
}

func TestValueHash(t *testing.T) {
	if got, want := ValueHash([]byte("value")), sha256.Sum256([]byte("\x33value")); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := DecisionValue{Parts: uint8(rapid.IntRange(1, 255).Draw(t, "parts"))}
		there := map[uint8]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "present") {
			i := uint8(rapid.IntRange(1, int(v.Parts)).Draw(t, "part"))
			v.AddPart(i)
			there[i] = true
		}
		var missing []uint8
		for i := 1; i <= int(v.Parts); i++ {
			if v.HasPart(uint8(i)) != there[uint8(i)] {
				t.Fatalf("part %d: %v", i, v.HasPart(uint8(i)))
			}
			if !there[uint8(i)] {
				missing = append(missing, uint8(i))
			}
		}
		if !slices.Equal(v.Missing(), missing) {
			t.Fatalf("missing %v, want %v", v.Missing(), missing)
		}
	})
	first := DecisionValue{}
	first.AddPart(1)
	if first.Present[31] != 1 {
		t.Errorf("part 1 is not the last bit: %x", first.Present)
	}
}

func TestSchemeOfDate(t *testing.T) {
	v := SchemesValue{[]SchemeDates{{"RS-2019", 20190821, 20230223}, {"RS-2023", 20230224, 20250705}, {"RS-2025", 20250706, 0}}}
	for _, c := range []struct {
		day  ledger.Date
		want string
	}{{20190820, ""}, {20190821, "RS-2019"}, {20230223, "RS-2019"}, {20230224, "RS-2023"}, {20250705, "RS-2023"}, {20250706, "RS-2025"}, {99991231, "RS-2025"}} {
		if got, ok := v.At(c.day); got != c.want || ok != (c.want != "") {
			t.Errorf("%v: %q, %v, want %q", c.day, got, ok, c.want)
		}
	}
}

func TestInForce(t *testing.T) {
	v := CertificateValue{ValidFrom: 20201103, ValidUntil: 20231102, EffectiveLast: 20210309}
	for day, want := range map[ledger.Date]bool{20201102: false, 20201103: true, 20210309: true, 20210310: false} {
		if v.InForce(day) != want {
			t.Errorf("%v: %v", day, !want)
		}
	}
}
