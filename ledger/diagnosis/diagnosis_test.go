package diagnosis_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

var chain = ledger.ChainID(sha256.Sum256([]byte("a ledger")))

// decision is a signed Decision of n items, and its id.
func decision(tb testing.TB, n int) ([]byte, ledger.RecordID) {
	tb.Helper()
	hash := sha256.Sum256([]byte("pdf"))
	ref := &recordv1.DecisionRef{Issuer: 1, Year: 2026, Number: "1032/QĐ-UBND"}
	actions := []*recordv1.Action{{Kind: &recordv1.Action_OpenDecision{OpenDecision: &recordv1.OpenDecision{
		Decision: ref, Date: 20261103, Document: &recordv1.Document{Sha256: hash[:], Size: 632, Name: "1032.pdf"}, Part: 1, Parts: 1,
	}}}}
	for i := range n {
		actions = append(actions, &recordv1.Action{Kind: &recordv1.Action_Certify{Certify: &recordv1.Certify{
			Certificate: &recordv1.CertificateRef{Decision: ref, Item: uint32(i + 1)}, Product: &recordv1.ProductRef{Producer: 2000001, Number: uint32(i + 1)}, Star: 4,
			Scores: &recordv1.Scores{A: 3300, B: 2250, C: 3000, Total: 8550}, MinimumsMet: true, Group: "food", ValidFrom: 20261103, ValidUntil: 20291103,
		}}})
	}
	data, err := compose.Marshal(compose.Schema, actions)
	if err != nil {
		tb.Fatal(err)
	}
	secret := sha256.Sum256([]byte("author"))
	key, err := ident.NewPrivateKey(secret[:])
	if err != nil {
		tb.Fatal(err)
	}
	h := ledger.NewHeader(ledger.Header{Chain: chain, Schema: 1, Issued: 1_793_700_000_000, Expires: 1_793_786_400_000, Author: 1, Key: key.Public().ID()}, data)
	sig, err := key.Sign(h.Digest())
	if err != nil {
		tb.Fatal(err)
	}
	leaf := ledger.AppendEnvelope(nil, &h, key.Public(), sig, data)
	e, err := ledger.ParseEnvelope(leaf)
	if err != nil {
		tb.Fatal(err)
	}
	return leaf, e.ID
}

func TestNothingIsWrong(t *testing.T) {
	leaf, id := decision(t, 2)
	if d := diagnosis.Examine(leaf, chain); d != (diagnosis.Diagnosis{Record: id, Told: true}) {
		t.Errorf("%+v", d)
	}
}

// Whichever bit of a record is turned over: its id and the very field are told, with what stood there.
func TestEveryFlippedBitIsNamed(t *testing.T) {
	leaf, id := decision(t, 2)
	before := bytes.Clone(leaf)
	fields := map[diagnosis.Path]bool{}
	for at := range leaf {
		if at > 35 && at < 99 && at%16 != 0 { // bits of the signature are tried last, and cost most
			continue
		}
		altered := bytes.Clone(leaf)
		altered[at] ^= 1 << (at * 5 % 8)
		as := bytes.Clone(altered)
		d := diagnosis.Examine(altered, chain)
		if want := diagnosis.FieldAt(leaf, at); d.Field != want || !d.Told || d.Record != id || d.Want == "" || d.Got == d.Want {
			t.Errorf("byte %d: %+v, want field %s of record %v", at, d, want, id)
		}
		if !bytes.Equal(altered, as) {
			t.Fatalf("byte %d: examining changed the leaf", at)
		}
		fields[d.Field] = true
	}
	for _, f := range []diagnosis.Path{
		"envelope.kind", "envelope.public_key", "envelope.signature", "header.author", "header.key", "header.actions_root", "envelope.action_count", "actions[1].length",
		"actions[0].open_decision.document.sha256", "actions[1].certify.scores.a", "actions[2].certify.star", "actions[2].certify.certificate.decision.number",
	} {
		if !fields[f] {
			t.Errorf("no byte is of field %s", f)
		}
	}
	if !bytes.Equal(leaf, before) {
		t.Error("the leaf itself was changed")
	}
}

// A byte that was replaced: the same, except that what only the signature holds together is told as far as bits of it go.
func TestReplacedBytes(t *testing.T) {
	leaf, id := decision(t, 2)
	signedAlone := []diagnosis.Path{"envelope.signature", "header.schema", "header.issued", "header.expires", "header.author"}
	for at := range leaf {
		want := diagnosis.FieldAt(leaf, at)
		if slices.Contains(signedAlone, want) {
			if at%16 != 0 { // every bit of header and signature is tried in vain
				continue
			}
			want = "envelope.signature"
		} else if strings.HasPrefix(string(want), "actions") && at%3 != 0 {
			continue
		}
		altered := bytes.Clone(leaf)
		altered[at] = ^altered[at]
		d := diagnosis.Examine(altered, chain)
		if strings.HasSuffix(string(want), ".length") && strings.HasSuffix(string(d.Field), ".length") { // perhaps a later one: it lost its place
			want = d.Field
		}
		if d.Field != want {
			t.Errorf("byte %d: %+v, want field %s", at, d, want)
		}
		if want != "envelope.signature" && (!d.Told || d.Record != id) {
			t.Errorf("byte %d: record %v, want %v", at, d.Record, id)
		}
	}
}

// What cannot be put right in one place is named by elimination.
func TestSeveralBytes(t *testing.T) {
	leaf, id := decision(t, 2)
	const header = 101
	action := bytes.Index(leaf, []byte("food"))
	for _, c := range []struct {
		name  string
		alter func(b []byte) []byte
		field diagnosis.Path
		told  bool
	}{
		{"a word of an action that no action can have", func(b []byte) []byte { copy(b[action:], "\x00\x01oo"); return b }, "actions[1].certify.group", true},
		{"a word of an action", func(b []byte) []byte { copy(b[action:], "salt"); return b }, "actions", true},
		{"the chain", func(b []byte) []byte { copy(b[header+1:], "another ledger altogether......."); return b }, "header.chain", true},
		{"the key id", func(b []byte) []byte { copy(b[header+59:], "somebody"); return b }, "header.key", true},
		{"the root", func(b []byte) []byte { copy(b[header+69:], "another root altogether........."); return b }, "header.actions_root", true},
		{"the public key", func(b []byte) []byte { copy(b[5:], "no key"); return b }, "envelope.public_key", true},
		{"signature and root", func(b []byte) []byte { b[40] ^= 1; b[header+70] ^= 1; return b }, "envelope.signature", false},
		{"behind its end", func(b []byte) []byte { return append(b, 0, 0) }, "envelope", true},
		{"its last byte", func(b []byte) []byte { return b[:len(b)-1] }, "actions[2].length", true},
		{"from the second action on", func(b []byte) []byte { return b[:action] }, "actions[1].length", true},
		{"from the actions on", func(b []byte) []byte { return b[:204] }, "actions[0].length", true},
		{"from the count on", func(b []byte) []byte { return b[:202] }, "envelope.action_count", true},
		{"from the header's last byte on", func(b []byte) []byte { return b[:201] }, "header.actions_root", false},
		{"from the signature on", func(b []byte) []byte { return b[:35] }, "envelope.signature", false},
		{"all of it", func([]byte) []byte { return nil }, "envelope.kind", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosis.Examine(c.alter(bytes.Clone(leaf)), chain)
			if d.Field != c.field {
				t.Errorf("%+v, want field %s", d, c.field)
			}
			if told := d.Told && d.Record == id; told != c.told {
				t.Errorf("record %v, want %v: %v", d.Record, id, c.told)
			}
		})
	}
}

// The largest record is examined like any other, bit by bit.
func TestTheLargestRecord(t *testing.T) {
	leaf, id := decision(t, 250)
	last := len(leaf) - 3
	leaf[last] ^= 0x10
	d := diagnosis.Examine(leaf, chain)
	if !strings.HasPrefix(string(d.Field), "actions[250].certify.valid_until") || d.Record != id {
		t.Errorf("%+v", d)
	}
}

// Whatever comes, it is examined without a panic, and left as it is.
func TestAnything(t *testing.T) {
	leaf, _ := decision(t, 3)
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(leaf[:rapid.IntRange(0, len(leaf)).Draw(t, "length")])
		for range rapid.IntRange(0, 3).Draw(t, "alterations") {
			if len(b) > 0 {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "value")
			}
		}
		b = append(b, rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "more")...)
		before := bytes.Clone(b)
		d := diagnosis.Examine(b, chain)
		if !bytes.Equal(b, before) {
			t.Fatal("the leaf was changed")
		}
		if d.Field == "" && d.Told && !bytes.Equal(b, leaf) {
			t.Fatalf("%x is said to be right", b)
		}
	})
}

func TestFieldAt(t *testing.T) {
	seal := make([]byte, ledger.SealSize)
	seal[0] = ledger.KindSeal
	refusals := (&ledger.Refusals{Height: 1, Rows: []ledger.Refusal{{Record: ledger.RecordID{1}, Reason: 47}, {Record: ledger.RecordID{2}, Reason: 47}}}).Append(nil)
	for _, c := range []struct {
		leaf []byte
		at   int
		want diagnosis.Path
	}{
		{seal, 0, "seal.kind"}, {seal, 34, "seal.height"}, {seal, 140, "seal.state"}, {seal, 230, "seal.next_policy"}, {seal, 428, "seal.draft.signature"}, {seal, 429, "bytes"},
		{refusals, 1, "refusals.version"}, {refusals, 11, "refusals.count"}, {refusals, 12 + 40, "refusals[0].reason"}, {refusals, 12 + 44, "refusals[1].record"},
	} {
		if got := diagnosis.FieldAt(c.leaf, c.at); got != c.want {
			t.Errorf("byte %d of a leaf of kind %d: %s, want %s", c.at, c.leaf[0], got, c.want)
		}
	}
}
