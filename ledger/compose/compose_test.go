package compose

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

var (
	chain    = ledger.Hash{1, 2, 3}
	product  = ledger.ProductID{Producer: 1_000_012, Number: 3}
	decision = ledger.DecisionID{Issuer: 1, Year: 2020, Number: "1032/QĐ-UBND"}
	document = &recordv1.Document{Sha256: bytes.Repeat([]byte{7}, 32), Size: 1234, Name: "1032.pdf"}
)

func testKey(t testing.TB) *ident.PrivateKey {
	t.Helper()
	key, err := ident.NewPrivateKey(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func lot(code string) *recordv1.RegisterLot {
	return &recordv1.RegisterLot{
		Lot: LotRef(ledger.LotID{Product: product, Lot: code}), Quantity: 500_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20200915,
	}
}

func certify(item uint16) *recordv1.Certify {
	return &recordv1.Certify{
		Certificate: CertificateRef(ledger.CertificateID{Decision: decision, Item: item}), Product: ProductRef(product), Star: 4,
		Scores: &recordv1.Scores{A: 3000, B: 2000, C: 3000, Total: 8000}, MinimumsMet: true, Group: "food", ValidFrom: 20200924, ValidUntil: 20230924,
	}
}

func TestActKnowsEveryKind(t *testing.T) {
	actions := []*recordv1.Action{
		Act(&recordv1.RegisterAccount{}), Act(&recordv1.BindKey{}), Act(&recordv1.RetireKey{}), Act(&recordv1.RegisterProduct{}),
		Act(&recordv1.OpenDecision{}), Act(&recordv1.Certify{}), Act(&recordv1.Correct{}), Act(&recordv1.Revoke{}), Act(&recordv1.RegisterLot{}),
		Act(&recordv1.ProposeSale{}), Act(&recordv1.AcceptSale{}), Act(&recordv1.OutsideSale{}), Act(&recordv1.RetailSale{}), Act(&recordv1.RotateValidator{}),
		Act(&recordv1.UpdateNode{}), Act(&recordv1.ProposeChange{}), Act(&recordv1.Vote{}), Act(&recordv1.HoldLot{}), Act(&recordv1.ReleaseLot{}), Act(&recordv1.RecallLot{}),
		Act(&recordv1.ApplyStamps{}), Act(&recordv1.Inspect{}), Act(&recordv1.SetPicture{}), Act(&recordv1.SetContact{}),
	}
	members := (&recordv1.Action{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	if len(actions) != members.Len() {
		t.Errorf("%d kinds tried, the schema has %d", len(actions), members.Len())
	}
	for i, a := range actions {
		if got := a.ProtoReflect().WhichOneof(members.Get(0).ContainingOneof()); got.Number() != members.Get(i).Number() {
			t.Errorf("kind %d became %v", i, got.Name())
		}
	}
}

func TestReferencesGoBothWays(t *testing.T) {
	certificate := ledger.CertificateID{Decision: decision, Item: 5}
	sale := ledger.SaleID{Record: ledger.RecordID{1, 2}, Action: 3}
	lot := ledger.LotID{Product: product, Lot: "L/1"}
	if got := CertificateID(CertificateRef(certificate)); got != certificate {
		t.Error(got)
	}
	if got := SaleID(ActionRef(sale)); got != sale {
		t.Error(got)
	}
	if got := LotID(LotRef(lot)); got != lot {
		t.Error(got)
	}
	if CertificateRef(ledger.CertificateID{}) != nil || !CertificateID(nil).IsZero() {
		t.Error("no certificate is not no reference")
	}
}

func TestMarshalWritesOneofsInOrder(t *testing.T) {
	number := func(n uint64) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
	}
	correct := &recordv1.Correct{
		Target:  &recordv1.Correct_Product{Product: ProductRef(product)},
		Wrong:   ActionRef(ledger.SaleID{Record: ledger.RecordID{5}}),
		Changes: []*recordv1.FieldChange{{Field: recordv1.Field_FIELD_TERRITORY, Old: number(0), New: number(660)}},
		Reason:  recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}
	data, err := Marshal(Schema, []*recordv1.Action{Act(correct)})
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(Schema, data[0]); err != nil {
		t.Error(err)
	}
	var back recordv1.Action
	if err := proto.Unmarshal(data[0], &back); err != nil || !proto.Equal(&back, Act(correct)) {
		t.Errorf("not the same action: %v", err)
	}
}

func TestMarshalNamesTheActionAndTheReason(t *testing.T) {
	bad := lot("L 1") // no space in GS1 set 82
	_, err := Marshal(Schema, []*recordv1.Action{Act(lot("L-1")), Act(bad)})
	action, ok := errors.AsType[*ActionError](err)
	if !ok || action.Action != 1 {
		t.Fatalf("%v", err)
	}
	refused, ok := errors.AsType[*wire.Error](err)
	if !ok || refused.Reason != wire.TextNotAllowed || refused.Path != "register_lot.lot.lot" {
		t.Errorf("%v", err)
	}
}

func TestDecisionParts(t *testing.T) {
	long := strings.Repeat("Q", 48)
	rapid.Check(t, func(t *rapid.T) {
		d := Decision{ID: decision, Date: 20200924, Document: document}
		d.ID.Number = long[:rapid.IntRange(1, 48).Draw(t, "number")]
		for i := range rapid.IntRange(1, 900).Draw(t, "items") {
			item := certify(uint16(i + 1))
			item.Certificate.Decision.Number = d.ID.Number
			if rapid.Bool().Draw(t, "renews") {
				item.Predecessor = CertificateRef(ledger.CertificateID{Decision: ledger.DecisionID{Issuer: 999_999, Year: 2019, Number: long}, Item: 65535})
			}
			d.Items = append(d.Items, item)
		}
		records, err := d.Records(Schema)
		if err != nil {
			t.Fatal(err)
		}
		next := 0
		for i, actions := range records {
			open := actions[0].GetOpenDecision()
			if open.GetPart() != uint32(i+1) || open.GetParts() != uint32(len(records)) {
				t.Fatalf("part %d of %d says %d of %d", i+1, len(records), open.GetPart(), open.GetParts())
			}
			data, err := Marshal(Schema, actions)
			if err != nil {
				t.Fatal(err)
			}
			if err := Fits(data); err != nil {
				t.Fatalf("part %d: %v", i+1, err)
			}
			for _, a := range actions[1:] {
				if !proto.Equal(a.GetCertify(), d.Items[next]) {
					t.Fatalf("item %d is not where it should be", next+1)
				}
				next++
			}
			if next < len(d.Items) { // as large as fits: the next item would be too much, give or take the longer part numbers
				more, err := Marshal(Schema, append(actions, Act(d.Items[next])))
				if err != nil {
					t.Fatal(err)
				}
				if len(more) <= ledger.MaxActions && EnvelopeSize(more)+2 <= ledger.MaxEnvelope {
					t.Fatalf("part %d ends early: %d actions, %d bytes", i+1, len(data), EnvelopeSize(data))
				}
			}
		}
		if next != len(d.Items) {
			t.Fatalf("%d of %d items in the parts", next, len(d.Items))
		}
	})
}

func TestDecisionRefuses(t *testing.T) {
	d := Decision{ID: decision, Date: 20200924, Document: document}
	if _, err := d.Records(Schema); !errors.Is(err, ErrActionCount) {
		t.Errorf("no items: %v", err)
	}
	d.Items = []*recordv1.Certify{certify(1), {}}
	_, err := d.Records(Schema)
	if action, ok := errors.AsType[*ActionError](err); !ok || action.Action != 2 {
		t.Errorf("empty item: %v", err)
	}
}

func TestSign(t *testing.T) {
	author := Author{Chain: chain, Account: 1_000_012, Schema: Schema, Key: testKey(t)}
	actions, err := Marshal(Schema, []*recordv1.Action{Act(lot("L-1")), Act(lot("L-2"))})
	if err != nil {
		t.Fatal(err)
	}
	const issued = 1_600_000_000_000
	signed, err := author.Sign(actions, issued, Offline)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ledger.ParseEnvelope(signed.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != signed.ID || e.Header != signed.Header || e.Header.Chain != chain || e.Header.Author != author.Account {
		t.Errorf("envelope says %v of %+v, signed was %v of %+v", e.ID, e.Header, signed.ID, signed.Header)
	}
	if e.Header.Issued != issued || e.Header.Expires != issued+uint64(Offline.Milliseconds()) {
		t.Errorf("good from %d to %d", e.Header.Issued, e.Header.Expires)
	}
	if err := e.PublicKey.Verify(e.Digest, e.Signature); err != nil {
		t.Error(err)
	}
	if len(signed.Envelope) != EnvelopeSize(actions) {
		t.Errorf("%d bytes, EnvelopeSize says %d", len(signed.Envelope), EnvelopeSize(actions))
	}
	again, err := author.Sign(actions, issued, Offline)
	if err != nil || !bytes.Equal(again.Envelope, signed.Envelope) {
		t.Errorf("signing twice gives two records: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	author := Author{Chain: chain, Account: 1, Schema: Schema, Key: testKey(t)}
	good, err := Marshal(Schema, []*recordv1.Action{Act(lot("L-1"))})
	if err != nil {
		t.Fatal(err)
	}
	many := make([][]byte, ledger.MaxActions+1)
	for i := range many {
		many[i] = good[0]
	}
	for name, c := range map[string]struct {
		actions [][]byte
		issued  uint64
		good    time.Duration
		want    error
	}{
		"none":        {nil, 1, Offline, ErrActionCount},
		"257":         {many, 1, Offline, ErrActionCount},
		"too large":   {[][]byte{make([]byte, 65000), make([]byte, 400)}, 1, Offline, ErrTooLarge},
		"far future":  {good, 1 << 48, Offline, ErrTime},
		"already off": {good, 1, 0, ErrTime},
	} {
		if _, err := author.Sign(c.actions, c.issued, c.good); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	trailing := append(bytes.Clone(good[0]), 0)
	_, err = author.Sign([][]byte{good[0], trailing}, 1, Offline)
	if action, ok := errors.AsType[*ActionError](err); !ok || action.Action != 1 {
		t.Errorf("trailing byte: %v", err)
	}
}

func TestPossession(t *testing.T) {
	key := testKey(t)
	place := Possession{Chain: chain, Account: 2_000_001, Epoch: 1, Roles: 12}
	proof, err := place.Prove(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := place.Check(key.Public(), proof); err != nil {
		t.Error(err)
	}
	for _, other := range []Possession{
		{ledger.Hash{9}, 2_000_001, 1, 12}, {chain, 2_000_002, 1, 12}, {chain, 2_000_001, 2, 12}, {chain, 2_000_001, 1, 15},
	} {
		if other.Check(key.Public(), proof) == nil {
			t.Errorf("the proof is good for %+v, too", other)
		}
	}
	if _, err := Marshal(Schema, []*recordv1.Action{Act(&recordv1.BindKey{Account: 2_000_001, Epoch: 1, Key: place.Grant(key.Public(), proof)})}); err != nil {
		t.Error(err)
	}
}

func TestCommit(t *testing.T) {
	body := append(bytes.Repeat([]byte{5}, 32), 0, 5)
	body = append(body, "price90000 VND"...)
	const kind = "application/vnd.ocop.commitment.v1"
	want := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(body), body))
	salt := Salt(bytes.Repeat([]byte{5}, 32))
	if got := Commit(salt, CommitPrice, "90000 VND"); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	if Commit(salt, "terms", "90000 VND") == want || Commit(salt, "pric", "e90000 VND") == want {
		t.Error("a commitment to one field is one to another")
	}
}

func TestFingerprint(t *testing.T) {
	roots := []ledger.Hash{{1}, {2}}
	f := NewFingerprint(chain, 7, 1, roots)
	if got, want := f.String(), "051a 706c 9a4b c55c"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, other := range []Fingerprint{
		NewFingerprint(ledger.Hash{}, 7, 1, roots), NewFingerprint(chain, 8, 1, roots), NewFingerprint(chain, 7, 2, roots),
		NewFingerprint(chain, 7, 1, roots[:1]), NewFingerprint(chain, 7, 1, []ledger.Hash{{2}, {1}}),
	} {
		if other == f {
			t.Error("two drafts with one fingerprint")
		}
	}
}

func TestDocument(t *testing.T) {
	d, err := Document("a.pdf", strings.NewReader("%PDF"))
	if err != nil || d.GetSize() != 4 || d.GetName() != "a.pdf" {
		t.Errorf("%v, %v", d, err)
	}
	if want := sha256.Sum256([]byte("%PDF")); !bytes.Equal(d.GetSha256(), want[:]) {
		t.Errorf("hash %x", d.GetSha256())
	}
	if _, err := Document("a.pdf", strings.NewReader("")); !errors.Is(err, ErrEmptyDocument) {
		t.Errorf("empty file: %v", err)
	}
}

// Each kind of action is written in the oldest version that knows it.
func TestSchemaOf(t *testing.T) {
	place := ident.ValidatorPossession{Agency: 1, Purpose: ident.PurposeNode, CosignerName: "n"}
	key, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	proof, err := place.Prove(key)
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public()
	rotation := Act(&recordv1.RotateValidator{Node: &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}})
	tls := Act(&recordv1.RotateValidator{Node: rotation.GetRotateValidator().Node, Tls: rotation.GetRotateValidator().Node})
	proposal := Act(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: &recordv1.RemoveValidator{Agency: 1, Quorum: 1}}, Lapses: 1})
	vote := Act(&recordv1.Vote{Proposal: &recordv1.Vote_Here{}, Ballot: recordv1.Ballot_BALLOT_YES})
	made := Act(lot("B"))
	made.GetRegisterLot().Inputs = []*recordv1.LotInput{{Lot: lot("A").Lot, Quantity: 1, Unit: lot("A").Unit}}
	made.GetRegisterLot().DeclaredYield = 1
	resolvers := Act(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: &recordv1.Parameters{
		BackdatingWindow: 1, FutureWindow: 1, LongestExpiry: 1, LongestLapse: 1, ClockBound: 1, Resolvers: []*recordv1.Resolver{{Host: "ocop.example"}},
	}}, Lapses: 1})
	for _, c := range []struct {
		want    uint16
		actions []*recordv1.Action
	}{
		{Schema, []*recordv1.Action{Act(lot("A")), Act(lot("B"))}}, {SchemaRotation, []*recordv1.Action{rotation, Act(lot("A"))}},
		{SchemaMembership, []*recordv1.Action{Act(lot("A")), tls, rotation}}, {SchemaMembership, []*recordv1.Action{Act(&recordv1.UpdateNode{Incarnation: 2})}},
		{SchemaMembership, []*recordv1.Action{proposal, vote}}, {SchemaSupply, []*recordv1.Action{Act(lot("A")), made}}, {SchemaSupply, []*recordv1.Action{resolvers}},
		{SchemaSupply, []*recordv1.Action{Act(&recordv1.RecallLot{Lot: lot("A").Lot, Reason: recordv1.LotReason_LOT_REASON_SPOILED})}}, {SchemaSupply, []*recordv1.Action{Act(&recordv1.SetContact{})}},
	} {
		if got := SchemaOf(c.actions...); got != c.want {
			t.Errorf("%v: schema %d, want %d", c.actions, got, c.want)
		}
		for schema := range uint16(6) {
			if _, err := Marshal(schema, c.actions); (err == nil) != (schema >= c.want) {
				t.Errorf("%v in version %d: %v", c.actions, schema, err)
			}
		}
	}
}
