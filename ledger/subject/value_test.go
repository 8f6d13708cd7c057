package subject

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

var update = flag.Bool("update", false, "write the golden values anew")

type value interface{ Append([]byte) []byte }

// codec is a kind of value: how it is read, how a random one is drawn, and one that is drawn in the golden file.
type codec struct {
	name   string
	parse  func([]byte) (value, error)
	draw   func(*rapid.T) value
	golden value
}

func of[T any, P interface {
	*T
	value
}](name string, parse func([]byte) (T, error), draw func(*rapid.T) T, golden T) codec {
	return codec{name,
		func(b []byte) (value, error) { v, err := parse(b); return P(&v), err },
		func(t *rapid.T) value { v := draw(t); return P(&v) },
		P(&golden),
	}
}

// Random parts of values.

func text(most int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf(`[a-zA-Z0-9 ĐđắơƯ/.:-]{0,%d}`, most/4))
}

func draw[V any](t *rapid.T, label string) V { return rapid.Make[V]().Draw(t, label) }

func drawName(t *rapid.T) Name {
	if rapid.Bool().Draw(t, "blob") {
		return Name{Blob: drawHash(t)}
	}
	return Name{Register: "x" + text(200).Draw(t, "register")}
}

func drawHash(t *rapid.T) (h ledger.Hash) {
	copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
	return h
}

// drawDay is a date of a value that genesis makes.
func drawDay(t *rapid.T) ledger.Date {
	return rapid.SampledFrom([]ledger.Date{0, 19000101, 20240229, 20260303, 99991231}).Draw(t, "day")
}

func drawDate(t *rapid.T) ledger.Date { return ledger.Date(rapid.Uint32().Draw(t, "date")) }

func drawAction(t *rapid.T) ledger.ActionID {
	return ledger.ActionID{Record: ledger.RecordID(drawHash(t)), Action: rapid.Uint16().Draw(t, "action")}
}

func drawProduct(t *rapid.T) ledger.ProductID {
	return ledger.ProductID{Producer: ledger.AccountID(rapid.Uint64().Draw(t, "producer")), Number: rapid.Uint32().Draw(t, "number")}
}

func drawDecision(t *rapid.T) ledger.DecisionID {
	return ledger.DecisionID{Issuer: ledger.AccountID(rapid.Uint64().Draw(t, "issuer")), Year: rapid.Uint16().Draw(t, "year"), Number: text(48).Draw(t, "number")}
}

func drawCertificate(t *rapid.T) ledger.CertificateID {
	return ledger.CertificateID{Decision: drawDecision(t), Item: rapid.Uint16().Draw(t, "item")}
}

func drawLot(t *rapid.T) ledger.LotID {
	return ledger.LotID{Product: drawProduct(t), Lot: text(80).Draw(t, "lot")}
}

func drawDocument(t *rapid.T) Document {
	return Document{drawHash(t), rapid.Uint64().Draw(t, "size"), text(160).Draw(t, "file")}
}

func drawParty(t *rapid.T) Party {
	if rapid.Bool().Draw(t, "hidden") {
		return Party{Commitment: drawHash(t)}
	}
	return Party{Account: ledger.AccountID(rapid.Uint64Min(1).Draw(t, "account"))}
}

// list draws nil instead of an empty slice, as parsers do.
func list[T any](t *rapid.T, most int, one func(*rapid.T) T) (l []T) {
	for range rapid.IntRange(0, most).Draw(t, "length") {
		l = append(l, one(t))
	}
	return l
}

func drawParameters(t *rapid.T) ParametersValue {
	return ParametersValue{draw[uint64](t, "backdating"), draw[uint64](t, "future"), draw[uint64](t, "expiry"), draw[uint64](t, "lapse"), draw[uint64](t, "clock"),
		rapid.SampledFrom([]uint8{0, 51, 66, 75, 100}).Draw(t, "votes"), list(t, 3, func(t *rapid.T) Resolver { return Resolver{text(60).Draw(t, "host"), drawDate(t)} })}
}

func drawInspections(t *rapid.T) Inspections {
	if rapid.Bool().Draw(t, "never") {
		return Inspections{}
	}
	return Inspections{rapid.Uint32Min(1).Draw(t, "inspections"), ledger.Date(rapid.Uint32Min(1).Draw(t, "day")), rapid.Uint8Min(1).Draw(t, "outcome")}
}

func drawLotValue(t *rapid.T) LotValue {
	v := LotValue{
		Lot: drawLot(t), Unit: draw[uint8](t, "unit"), Quantity: draw[uint64](t, "quantity"), Left: draw[uint64](t, "left"), Traded: draw[uint64](t, "traded"),
		Produced: drawDate(t), Expires: drawDate(t),
	}
	if rapid.Bool().Draw(t, "plain") {
		return v
	}
	v.Used, v.Inspections = draw[uint64](t, "used"), drawInspections(t)
	if v.Inputs = list(t, 3, func(t *rapid.T) LotInput { return LotInput{drawLot(t), draw[uint64](t, "input")} }); v.Inputs != nil {
		v.DeclaredYield, v.InputUnit = rapid.Uint32Min(1).Draw(t, "yield"), rapid.Uint8Min(1).Draw(t, "input unit")
	}
	v.Stamps = list(t, 3, func(t *rapid.T) Stamps {
		return Stamps{draw[uint64](t, "first"), draw[uint32](t, "count"), draw[uint64](t, "per stamp")}
	})
	if status := RestraintStatus(rapid.IntRange(0, 2).Draw(t, "status")); status != LotFree {
		v.Restraint = Restraint{status, draw[uint8](t, "reason"), draw[ledger.AccountID](t, "author"), drawDate(t), drawDocument(t)}
	}
	return v
}

func drawAccount(t *rapid.T) AccountValue {
	return AccountValue{
		Account: draw[ledger.AccountID](t, "account"), Kind: draw[uint8](t, "kind"), Roles: draw[uint16](t, "roles"), Name: drawName(t), Territory: draw[uint32](t, "territory"),
		BusinessNumber: text(20).Draw(t, "business"), Registrar: draw[ledger.AccountID](t, "registrar"), Stated: drawAction(t), Epoch: draw[uint32](t, "epoch"),
		Keys: list(t, 4, func(t *rapid.T) Key {
			k := Key{Roles: draw[uint16](t, "roles"), Bound: draw[uint32](t, "bound"), Retired: draw[uint32](t, "retired")}
			copy(k.PublicKey[:], rapid.SliceOfN(rapid.Byte(), 33, 33).Draw(t, "key"))
			return k
		}),
	}
}

func drawCertificateValue(t *rapid.T) CertificateValue {
	v := CertificateValue{
		Certificate: drawCertificate(t), Stated: drawAction(t), Product: drawProduct(t), Star: draw[uint8](t, "star"), ScoreA: draw[uint32](t, "a"), ScoreB: draw[uint32](t, "b"),
		ScoreC: draw[uint32](t, "c"), Total: draw[uint32](t, "total"), MinimumsMet: rapid.Bool().Draw(t, "minimums"), Scheme: text(16).Draw(t, "scheme"), Group: text(16).Draw(t, "group"),
		DecisionDate: drawDate(t), ValidFrom: drawDate(t), ValidUntil: drawDate(t), Historical: rapid.Bool().Draw(t, "historical"),
		Status: CertificateStatus(rapid.IntRange(1, 3).Draw(t, "status")), EffectiveLast: drawDate(t), Predecessor: drawCertificate(t), Successor: drawCertificate(t),
		Corrections: draw[uint16](t, "corrections"),
	}
	if v.Status == CertificateRevoked {
		v.Revocation = Revocation{drawDecision(t), drawDate(t), drawDocument(t), draw[uint8](t, "reason"), drawDate(t), draw[ledger.AccountID](t, "author"), draw[uint64](t, "leaf")}
	}
	return v
}

func drawSale(t *rapid.T) SaleValue {
	return SaleValue{
		Sale: drawAction(t), Seller: draw[ledger.AccountID](t, "seller"), Buyer: drawParty(t), Lot: drawLot(t), Quantity: draw[uint64](t, "quantity"), Unit: draw[uint8](t, "unit"),
		EventTime: draw[uint64](t, "event"), Marks: draw[uint8](t, "marks"), Certificate: drawCertificate(t), Price: drawHash(t), Terms: drawHash(t),
		Status: SaleStatus(rapid.IntRange(1, 3).Draw(t, "status")), Leaf: draw[uint64](t, "leaf"), Lapses: draw[uint64](t, "lapses"), Accepted: draw[uint64](t, "accepted"),
	}
}

func drawScheme(t *rapid.T) SchemeValue {
	return SchemeValue{
		ID: text(16).Draw(t, "id"), Source: text(160).Draw(t, "source"), From: drawDay(t), Until: drawDay(t), MaxA: draw[uint32](t, "a"), MaxB: draw[uint32](t, "b"), MaxC: draw[uint32](t, "c"),
		Bands: list(t, 5, func(t *rapid.T) Band {
			return Band{draw[uint8](t, "star"), draw[uint32](t, "lowest"), draw[uint8](t, "levels") & levels}
		}),
		Groups:         list(t, 8, func(t *rapid.T) Group { return Group{text(16).Draw(t, "code"), text(120).Draw(t, "name")} }),
		ValidityMonths: draw[uint8](t, "months"), ValidityDays: draw[uint8](t, "days"),
	}
}

func drawPolicy(t *rapid.T) PolicyValue {
	p := ledger.Policy{Number: draw[uint32](t, "number"), Chain: drawHash(t), Origin: text(128).Draw(t, "origin"), Publisher: draw[ledger.AccountID](t, "publisher"), LogKey: ident.Ed25519Key(drawHash(t)),
		TrustPeriod: draw[uint64](t, "trust"), Previous: drawHash(t)}
	n := rapid.IntRange(1, ledger.MaxValidators).Draw(t, "validators")
	for i := range n {
		p.Validators = append(p.Validators, ledger.PolicyValidator{Agency: ledger.AccountID(i + 1), NodeKey: ident.Ed25519Key(drawHash(t)), CosignerName: text(128).Draw(t, "name"), CosignerKey: ident.Ed25519Key(drawHash(t))})
	}
	p.Quorum = uint8(rapid.IntRange(n/2+1, n).Draw(t, "quorum"))
	p.Witnesses = list(t, ledger.MaxWitnesses, func(t *rapid.T) ledger.PolicyWitness {
		return ledger.PolicyWitness{Name: text(128).Draw(t, "name"), Key: ident.Ed25519Key(drawHash(t))}
	})
	return PolicyValue{p}
}

// Values of the golden file: every field different from its neighbours.

func hash(b byte) (h ledger.Hash) {
	for i := range h {
		h[i] = b + byte(i)
	}
	return h
}

var (
	goldenProduct     = ledger.ProductID{Producer: 2000012, Number: 3}
	goldenDecision    = ledger.DecisionID{Issuer: 2, Year: 2020, Number: "1032/QĐ-UBND"}
	goldenCertificate = ledger.CertificateID{Decision: goldenDecision, Item: 5}
	goldenLot         = ledger.LotID{Product: goldenProduct, Lot: "L-2020-09"}
	goldenAction      = ledger.ActionID{Record: ledger.RecordID(hash(0x40)), Action: 7}
	goldenDocument    = Document{hash(0x60), 123456, "1032_QĐ-UBND.pdf"}
	goldenParts       = func() DecisionValue {
		v := DecisionValue{Decision: goldenDecision, Date: 20201103, Scheme: "RS-2019", Historical: true, Document: goldenDocument, Parts: 255, Author: 2}
		v.AddPart(1)
		v.AddPart(9)
		v.AddPart(255)
		return v
	}()
	goldenListed = ProductValue{Product: goldenProduct, Name: Name{Blob: hash(0x80)}, Scheme: "RS-2019", Group: "drinks", Unit: 1, GTIN: "08935000100011", Origin: 6711, Registrar: 2,
		Stated: goldenAction, Certificates: []Term{{goldenCertificate, 20201104, 20231102}}}
	goldenPictured = func() ProductValue {
		v := goldenListed
		v.Picture, v.Inspections = hash(0xA0), Inspections{2, 20211130, 3}
		return v
	}()
	goldenRecalled = LotValue{Lot: goldenLot, Unit: 1, Quantity: 100000, Left: 2500, Traded: 7000, Produced: 20200930, Expires: 20210930, Used: 1250, DeclaredYield: 160, InputUnit: 2,
		Inputs: []LotInput{{ledger.LotID{Product: goldenProduct, Lot: "NL-1"}, 400000}, {ledger.LotID{Product: goldenProduct, Lot: "NL-2"}, 300000}}, Stamps: []Stamps{{1, 300, 250}, {301, 20, 1000}},
		Inspections: Inspections{1, 20201130, 2}, Restraint: Restraint{LotRecalled, 2, 1, 20201202, goldenDocument}}
	goldenRevoked = CertificateValue{
		Certificate: goldenCertificate, Stated: goldenAction, Product: goldenProduct, Star: 4, ScoreA: 3300, ScoreB: 2250, ScoreC: 3000, Total: 8550, MinimumsMet: true,
		Scheme: "RS-2019", Group: "drinks", DecisionDate: 20201103, ValidFrom: 20201104, ValidUntil: 20231102, Status: CertificateRevoked, EffectiveLast: 20210309,
		Predecessor: ledger.CertificateID{Decision: goldenDecision, Item: 4}, Corrections: 2,
		Revocation: Revocation{ledger.DecisionID{Issuer: 1, Year: 2021, Number: "400/QĐ-BNN"}, 20210310, goldenDocument, 5, 20210311, 1, 99},
	}
)

var codecs = []codec{
	of("parameters", ParseParameters, drawParameters, ParametersValue{3_888_000_000, 300_000, 2_592_000_000, 2_592_000_001, 5000, 0, nil}),
	of("parameters-with-votes", ParseParameters, drawParameters, ParametersValue{3_888_000_000, 300_000, 2_592_000_000, 2_592_000_001, 5000, 75, nil}),
	of("protocol", ParseProtocol, func(t *rapid.T) ProtocolValue { return draw[ProtocolValue](t, "v") }, ProtocolValue{1}),
	of("policy", ParsePolicy, drawPolicy, PolicyValue{ledger.Policy{Chain: hash(1), Origin: "log.example.vn/mau", Publisher: 2, LogKey: ident.Ed25519Key(hash(2)), Quorum: 1, TrustPeriod: 86400,
		Validators: []ledger.PolicyValidator{{Agency: 2, NodeKey: ident.Ed25519Key(hash(3)), CosignerName: "ubnd.example.vn", CosignerKey: ident.Ed25519Key(hash(4))}}}}),
	of("territory", ParseTerritory, func(t *rapid.T) TerritoryValue {
		return TerritoryValue{draw[uint32](t, "code"), Level(draw[uint8](t, "level")), draw[uint32](t, "parent"), text(120).Draw(t, "name"), drawDay(t), drawDay(t)}
	}, TerritoryValue{671, LevelDistrict, 67, "Huyện Đắk Mil", 20040101, 20250630}),
	of("scheme", ParseScheme, drawScheme, SchemeValue{ID: "RS-2019", Source: "1048/QĐ-TTg", From: 20190821, Until: 20230223, MaxA: 3500, MaxB: 2500, MaxC: 4000,
		Bands: []Band{{3, 5000, 1 << LevelProvince}, {5, 9000, 1 << LevelMinistry}}, Groups: []Group{{"food", "Thực phẩm"}, {"drinks", "Đồ uống"}}, ValidityMonths: 36, ValidityDays: 1}),
	of("schemes", ParseSchemes, func(t *rapid.T) SchemesValue {
		return SchemesValue{list(t, 5, func(t *rapid.T) SchemeDates { return SchemeDates{text(16).Draw(t, "id"), drawDay(t), drawDay(t)} })}
	}, SchemesValue{[]SchemeDates{{"RS-2019", 20190821, 20230223}, {"RS-2023", 20230224, 0}}}),
	of("authority", ParseAuthority, func(t *rapid.T) AuthorityValue {
		return AuthorityValue{draw[ledger.AccountID](t, "agency"), list(t, 5, func(t *rapid.T) Grant {
			return Grant{Level(draw[uint8](t, "level")), draw[uint32](t, "territory"), draw[uint16](t, "powers"), drawDay(t), drawDay(t)}
		})}
	}, AuthorityValue{3, []Grant{{LevelDistrict, 671, PowerRegister | PowerCertify, 20180101, 20250630}, {LevelDistrict, 672, PowerGovern, 20180102, 0}}}),
	of("node", ParseNode, func(t *rapid.T) NodeValue {
		return NodeValue{draw[ledger.AccountID](t, "agency"), draw[uint32](t, "incarnation"), ident.Ed25519Key(drawHash(t)), text(255).Draw(t, "peer"), text(255).Draw(t, "public")}
	}, NodeValue{2, 1, ident.Ed25519Key(hash(5)), "10.0.0.2:7401", "ubnd.example.vn:7400"}),
	of("account", ParseAccount, drawAccount, AccountValue{2000012, 3, RoleProducer | RoleTrader, Name{Register: "HTX Công Bằng"}, 6711, "6000123456", 2, goldenAction, 3,
		[]Key{{ident.PublicKey{2, 1}, KeyTrade | KeyGovern, 1, 3}, {ident.PublicKey{3, 2}, KeyTrade, 2, 0}}}),
	of("activity", ParseActivity, func(t *rapid.T) ActivityValue { return draw[ActivityValue](t, "v") }, ActivityValue{12, 3}),
	of("product", ParseProduct, func(t *rapid.T) ProductValue {
		return ProductValue{drawProduct(t), drawName(t), text(16).Draw(t, "scheme"), text(16).Draw(t, "group"), draw[uint8](t, "unit"), text(14).Draw(t, "gtin"), draw[uint32](t, "origin"),
			draw[ledger.AccountID](t, "registrar"), drawAction(t), list(t, 4, func(t *rapid.T) Term { return Term{drawCertificate(t), drawDate(t), drawDate(t)} }),
			rapid.SampledFrom([]ledger.Hash{{}, hash(0xA0)}).Draw(t, "picture"), drawInspections(t)}
	}, goldenListed),
	of("taken", ParseTaken, func(t *rapid.T) TakenValue { return TakenValue{drawProduct(t)} }, TakenValue{goldenProduct}),
	of("decision", ParseDecision, func(t *rapid.T) DecisionValue {
		return DecisionValue{drawDecision(t), drawDate(t), text(16).Draw(t, "scheme"), rapid.Bool().Draw(t, "historical"), drawDocument(t), draw[uint8](t, "parts"), drawHash(t), draw[ledger.AccountID](t, "author")}
	}, goldenParts),
	of("certificate", ParseCertificate, drawCertificateValue, goldenRevoked),
	of("lot", ParseLot, drawLotValue, LotValue{Lot: goldenLot, Unit: 1, Quantity: 100000, Left: 2500, Traded: 7000, Produced: 20200930, Expires: 20210930}),
	of("holding", ParseHolding, func(t *rapid.T) HoldingValue {
		return HoldingValue{draw[ledger.AccountID](t, "holder"), drawLot(t), draw[uint64](t, "quantity")}
	}, HoldingValue{2000012, goldenLot, 97500}),
	of("sale", ParseSale, drawSale, SaleValue{Sale: goldenAction, Seller: 2000012, Buyer: Party{Account: 2000013}, Lot: goldenLot, Quantity: 2500, Unit: 1, EventTime: 1604368800000, Marks: MarkOCOP,
		Certificate: goldenCertificate, Price: hash(0x90), Status: SaleAccepted, Leaf: 42, Lapses: 1604973600000, Accepted: 1604455200000}),
	of("validator-keys", ParseValidatorKeys, func(t *rapid.T) ValidatorKeysValue {
		return ValidatorKeysValue{draw[ledger.AccountID](t, "agency"), list(t, 5, func(t *rapid.T) ValidatorKey {
			return ValidatorKey{rapid.SampledFrom([]ValidatorRole{ValidatorNode, ValidatorCosigner, ValidatorTLS}).Draw(t, "role"), ident.Ed25519Key(drawHash(t)), draw[uint32](t, "from"), draw[uint32](t, "until")}
		})}
	}, ValidatorKeysValue{2, []ValidatorKey{{ValidatorNode, ident.Ed25519Key(hash(6)), 0, 0}, {ValidatorCosigner, ident.Ed25519Key(hash(7)), 0, 3}, {ValidatorCosigner, ident.Ed25519Key(hash(8)), 3, 0}}}),
	of("proposal", ParseProposal, func(t *rapid.T) ProposalValue {
		return ProposalValue{drawAction(t), draw[ledger.AccountID](t, "proposer"), draw[uint64](t, "lapses"), ProposalStatus(rapid.IntRange(1, 3).Draw(t, "status")),
			rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "action"), list(t, 5, func(t *rapid.T) ProposalVote {
				return ProposalVote{draw[ledger.AccountID](t, "agency"), rapid.Bool().Draw(t, "yes")}
			})}
	}, ProposalValue{goldenAction, 2, 1604973600000, ProposalAccepted, []byte{0x82, 1, 2, 0x20, 1}, []ProposalVote{{2, true}, {3, false}, {1, true}}}),
	of("parameters-with-resolvers", ParseParameters, drawParameters, ParametersValue{3_888_000_000, 300_000, 2_592_000_000, 2_592_000_001, 5000, 75,
		[]Resolver{{"ocop.example.vn", 0}, {"cu.example.vn:8443", 20281231}}}),
	of("product-with-picture", ParseProduct, func(t *rapid.T) ProductValue { return goldenPictured }, goldenPictured),
	of("lot-recalled", ParseLot, drawLotValue, goldenRecalled),
	of("serials", ParseSerials, func(t *rapid.T) SerialsValue { return SerialsValue{drawProduct(t), draw[uint64](t, "next")} }, SerialsValue{goldenProduct, 321}),
	of("contact", ParseContact, func(t *rapid.T) ContactValue {
		return ContactValue{draw[ledger.AccountID](t, "agency"), text(16).Draw(t, "phone")}
	}, ContactValue{2, "+842613500500"}),
}

func TestRoundTrip(t *testing.T) {
	for _, c := range codecs {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := c.draw(t)
				data := want.Append([]byte("before"))
				if !bytes.HasPrefix(data, []byte("before")) {
					t.Fatal("what was there before is lost")
				}
				got, err := c.parse(data[len("before"):])
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("got %+v, want %+v", got, want)
				}
			})
		})
	}
}

// What is read of a lot in passing is what the parser reads, and nothing of bytes that are too short.
func TestPeekLotMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawLotValue(t)
		data := v.Append(nil)
		if left, traded, ok := PeekLotMoved(data); !ok || left != v.Left || traded != v.Traded {
			t.Fatalf("%d, %d, %v of %+v", left, traded, ok, v)
		}
		end := 1 + 8 + 4 + 1 + len(v.Lot.Lot) + 1 + 3*8
		for cut := range end {
			if _, _, ok := PeekLotMoved(data[:cut]); ok {
				t.Fatalf("%d bytes are enough, of which %d are needed", cut, end)
			}
		}
	})
}

// The bytes of values are frozen.
func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, c := range codecs {
		fmt.Fprintf(&b, "%s %x\n", c.name, c.golden.Append(nil))
	}
	const path = "testdata/values_v1.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the bytes of values differ from %s; they are frozen:\n%s", path, got)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(want)), "\n") {
		name, digits, _ := strings.Cut(line, " ")
		data, err := hex.DecodeString(digits)
		if err != nil || name != codecs[i].name {
			t.Fatalf("%s: %v", line, err)
		}
		if v, err := codecs[i].parse(data); err != nil || !reflect.DeepEqual(v, codecs[i].golden) {
			t.Errorf("%s: read as %+v, %v", name, v, err)
		}
	}
}

// Nothing but the encoding is read: no shorter, no longer, no other version; a changed byte is another value or none.
func TestMangled(t *testing.T) {
	for _, c := range codecs {
		data := c.golden.Append(nil)
		for i := range data {
			if _, err := c.parse(data[:i]); !errors.Is(err, ledger.ErrMalformed) {
				t.Errorf("%s: the first %d bytes: %v", c.name, i, err)
			}
			changed := bytes.Clone(data)
			changed[i] ^= 0x55
			if v, err := c.parse(changed); err == nil && reflect.DeepEqual(v, c.golden) {
				t.Errorf("%s: byte %d may change without a difference", c.name, i)
			}
		}
		if _, err := c.parse(append(data, 0)); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: a byte more: %v", c.name, err)
		}
		data[0] = 4
		if _, err := c.parse(data); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: version 4: %v", c.name, err)
		}
	}
}

// What is read is what would be written: one value, one encoding.
func FuzzParse(f *testing.F) {
	for i, c := range codecs {
		f.Add(byte(i), c.golden.Append(nil))
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		c := codecs[int(kind)%len(codecs)]
		v, err := c.parse(data)
		if err != nil {
			if !errors.Is(err, ledger.ErrMalformed) {
				t.Fatalf("%s: %v", c.name, err)
			}
			return
		}
		if again := v.Append(nil); !bytes.Equal(again, data) {
			t.Fatalf("%s: %x is read and written as %x", c.name, data, again)
		}
	})
}

// Refusals that a value of the right shape can meet.
func TestRefusedValues(t *testing.T) {
	account := AccountValue{Name: Name{Register: "A"}, Keys: make([]Key, MaxKeys+1)}
	product := ProductValue{Certificates: make([]Term, MaxCertificates+1)}
	empty := AccountValue{Name: Name{Register: "A"}}
	emptyName := bytes.Replace(empty.Append(nil), []byte{nameRegister, 1, 'A'}, []byte{nameRegister, 0}, 1)
	for name, err := range map[string]error{
		"129 keys":              second(ParseAccount(account.Append(nil))),
		"65 certificates":       second(ParseProduct(product.Append(nil))),
		"empty name":            second(ParseAccount(emptyName)),
		"certificate status":    second(ParseCertificate((&CertificateValue{Status: 4}).Append(nil))),
		"1025 validator keys":   second(ParseValidatorKeys((&ValidatorKeysValue{Keys: make([]ValidatorKey, MaxValidatorKeys+1)}).Append(nil))),
		"role of a validator":   second(ParseValidatorKeys((&ValidatorKeysValue{Keys: []ValidatorKey{{Role: 4}}}).Append(nil))),
		"status of a proposal":  second(ParseProposal((&ProposalValue{Status: 4}).Append(nil))),
		"65 votes":              second(ParseProposal((&ProposalValue{Status: 1, Votes: make([]ProposalVote, MaxVotes+1)}).Append(nil))),
		"half of the votes":     second(ParseParameters((&ParametersValue{VotePercent: 50}).Append(nil))),
		"more than all votes":   second(ParseParameters((&ParametersValue{VotePercent: 101}).Append(nil))),
		"no votes, written":     second(ParseParameters(append(append([]byte{2}, make([]byte, 40)...), 0))),
		"17 resolvers":          second(ParseParameters((&ParametersValue{Resolvers: make([]Resolver, MaxResolvers+1)}).Append(nil))),
		"no resolvers, written": second(ParseParameters(append(append([]byte{3}, make([]byte, 40)...), 75, 0))),
		"17 inputs":             second(ParseLot((&LotValue{DeclaredYield: 1, InputUnit: 1, Inputs: make([]LotInput, MaxInputs+1)}).Append(nil))),
		"inputs without yield":  second(ParseLot((&LotValue{InputUnit: 1, Inputs: make([]LotInput, 1)}).Append(nil))),
		"inputs without unit":   second(ParseLot((&LotValue{DeclaredYield: 1, Inputs: make([]LotInput, 1)}).Append(nil))),
		"yield without inputs":  second(ParseLot((&LotValue{Used: 1, DeclaredYield: 1}).Append(nil))),
		"33 batches":            second(ParseLot((&LotValue{Stamps: make([]Stamps, MaxBatches+1)}).Append(nil))),
		"restraint status":      second(ParseLot((&LotValue{Restraint: Restraint{Status: 3}}).Append(nil))),
		"lot without need":      second(ParseLot(append([]byte{2}, append((&LotValue{}).Append(nil)[1:], make([]byte, 24)...)...))),
		"product without need":  second(ParseProduct(append([]byte{2}, append((&ProductValue{Name: Name{Register: "A"}}).Append(nil)[1:], make([]byte, 41)...)...))),
		"outcome of nothing":    second(ParseLot((&LotValue{Inspections: Inspections{Outcome: 1}}).Append(nil))),
		"sale status":           second(ParseSale((&SaleValue{Status: 4, Buyer: Party{Account: 1}}).Append(nil))),
	} {
		if !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
