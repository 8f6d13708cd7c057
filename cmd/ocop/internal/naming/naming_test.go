package naming

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

var (
	coffee      = ledger.ProductID{Producer: 2_000_001, Number: 1}
	person      = ledger.ProductID{Producer: 2_000_002, Number: 1}
	lot         = ledger.LotID{Product: coffee, Lot: "CP-01"}
	sale        = ledger.SaleID{Record: ledger.RecordID{7}, Action: 1}
	decision    = ledger.DecisionID{Issuer: 1, Year: 2026, Number: "1032/QĐ-UBND"}
	certificate = ledger.CertificateID{Decision: decision, Item: 3}
)

// register is a ledger of two rule sets that call herbs differently, with a producer who is a person.
func register() Register {
	name := func(s string) subject.Name { return subject.Name{Register: s} }
	groups := func(herbs string) []subject.Group {
		return []subject.Group{{Code: "drinks", Name: "Đồ uống"}, {Code: "herbs", Name: herbs}}
	}
	values := map[subject.ID][]byte{
		subject.Account(1):               (&subject.AccountValue{Account: 1, Name: name("UBND tỉnh")}).Append(nil),
		subject.Account(coffee.Producer): (&subject.AccountValue{Account: coffee.Producer, Name: name("HTX Công Bằng")}).Append(nil),
		subject.Account(person.Producer): (&subject.AccountValue{Account: person.Producer, Name: subject.Name{Blob: ledger.Hash{1}}}).Append(nil),
		subject.Product(coffee):          (&subject.ProductValue{Product: coffee, Name: name("Cà phê bột")}).Append(nil),
		subject.Product(person):          (&subject.ProductValue{Product: person, Name: subject.Name{Blob: ledger.Hash{2}}}).Append(nil),
		subject.Territory(663):           (&subject.TerritoryValue{Code: 663, Name: "Thuận An"}).Append(nil),
		subject.Certificate(certificate): (&subject.CertificateValue{Certificate: certificate, Product: coffee, Status: subject.CertificateIssued}).Append(nil),
		subject.Sale(sale):               (&subject.SaleValue{Sale: sale, Seller: coffee.Producer, Buyer: subject.Party{Account: 3_000_001}, Lot: lot, Status: subject.SaleProposed}).Append(nil),
		subject.Schemes():                (&subject.SchemesValue{Schemes: []subject.SchemeDates{{ID: "RS-2019", From: 20190101, Until: 20230223}, {ID: "RS-2025", From: 20230224}}}).Append(nil),
		subject.Scheme("RS-2019"):        (&subject.SchemeValue{ID: "RS-2019", Groups: groups("Thảo dược")}).Append(nil),
		subject.Scheme("RS-2025"):        (&subject.SchemeValue{ID: "RS-2025", Groups: groups("Dược liệu")}).Append(nil),
	}
	return func(_ context.Context, id subject.ID) ([]byte, error) {
		if v, ok := values[id]; ok {
			return v, nil
		}
		return nil, ErrNone
	}
}

func open(date uint32) *recordv1.Action {
	return compose.Act(&recordv1.OpenDecision{Decision: compose.DecisionRef(decision), Date: date})
}

func certify(product ledger.ProductID, group string) *recordv1.Action {
	return compose.Act(&recordv1.Certify{Certificate: compose.CertificateRef(certificate), Product: compose.ProductRef(product), Group: group})
}

func TestDraft(t *testing.T) {
	const a, p, g = draft.Account, draft.Product, draft.Group
	issuer := draft.Names{{Kind: a, ID: "1"}: "UBND tỉnh"}
	of := func(names draft.Names) draft.Names { return issuer.With(names) }
	producer := draft.Names{{Kind: a, ID: "2000001"}: "HTX Công Bằng", {Kind: p, ID: "2000001.1"}: "Cà phê bột"}
	for what, c := range map[string]struct {
		actions []*recordv1.Action
		want    draft.Names
	}{
		"a certificate": {[]*recordv1.Action{open(20260903), certify(coffee, "drinks")}, of(producer.With(draft.Names{{Kind: g, ID: "drinks"}: "Đồ uống"}))},
		"what persons make, an unknown product, an unknown group": {
			[]*recordv1.Action{open(20260903), certify(person, "toys"), certify(ledger.ProductID{Producer: 9, Number: 9}, "toys")}, issuer},
		"a group of the old rule set":         {[]*recordv1.Action{open(20200924), certify(person, "herbs")}, of(draft.Names{{Kind: g, ID: "herbs"}: "Thảo dược"})},
		"a group of the new one":              {[]*recordv1.Action{open(20260903), certify(person, "herbs")}, of(draft.Names{{Kind: g, ID: "herbs"}: "Dược liệu"})},
		"a group of both, called differently": {[]*recordv1.Action{certify(person, "herbs")}, issuer},
		"a territory": {
			[]*recordv1.Action{compose.Act(&recordv1.RegisterAccount{Account: 5, Territory: 663})}, of(draft.Names{{Kind: draft.Territory, ID: "663"}: "Thuận An"})},
		"a revocation": {
			[]*recordv1.Action{compose.Act(&recordv1.Revoke{Certificate: compose.CertificateRef(certificate), Decision: compose.DecisionRef(decision)})},
			of(draft.Names{{Kind: draft.Certificate, ID: certificate.String()}: "Cà phê bột"})},
		"an acceptance": {
			[]*recordv1.Action{compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(sale)})},
			of(draft.Names{{Kind: draft.Sale, ID: sale.String()}: "HTX Công Bằng (2000001), 2000001.1/CP-01 Cà phê bột"})},
		"a lot": {[]*recordv1.Action{compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(lot)})}, of(producer)},
	} {
		got, err := register().Draft(t.Context(), 1, [][]*recordv1.Action{c.actions})
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, c.want)
		}
	}
}

// TestDraftFails: a register that cannot be asked is no register without names.
func TestDraftFails(t *testing.T) {
	gone := errors.New("gone")
	whole := register()
	for _, broken := range []subject.ID{subject.Schemes(), subject.Scheme("RS-2025"), subject.Account(1), subject.Product(coffee)} {
		r := Register(func(ctx context.Context, id subject.ID) ([]byte, error) {
			if id == broken {
				return nil, gone
			}
			return whole(ctx, id)
		})
		if _, err := r.Draft(t.Context(), 1, [][]*recordv1.Action{{open(20260903), certify(coffee, "drinks")}}); !errors.Is(err, gone) {
			t.Errorf("%v: %v", broken, err)
		}
	}
}
