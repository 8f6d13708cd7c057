package wire

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Every byte of an action has its field; the paths are those of errors.
func TestPathAt(t *testing.T) {
	ref := &recordv1.CertificateRef{Decision: &recordv1.DecisionRef{Issuer: 1, Year: 2026, Number: "7/QĐ"}, Item: 2}
	change := func(f recordv1.Field, from, to uint64) *recordv1.FieldChange {
		return &recordv1.FieldChange{
			Field: f, Old: &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: from}}, New: &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: to}},
		}
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(&recordv1.Action{Kind: &recordv1.Action_Correct{Correct: &recordv1.Correct{
		Wrong: &recordv1.ActionRef{Record: make([]byte, 32), Action: 1}, Target: &recordv1.Correct_Certificate{Certificate: ref}, Changes: []*recordv1.FieldChange{change(1, 3, 4), change(2, 5, 6)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if data, err = Records().Order(MessageAction, data); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for at := range data {
		if p := Records().PathAt(MessageAction, data, at); len(paths) == 0 || paths[len(paths)-1] != p {
			paths = append(paths, p)
		}
	}
	want := []string{
		"correct", "correct.certificate", "correct.certificate.decision", "correct.certificate.decision.issuer", "correct.certificate.decision.year",
		"correct.certificate.decision.number", "correct.certificate.item", "correct.wrong", "correct.wrong.record", "correct.wrong.action",
		"correct.changes[0]", "correct.changes[0].field", "correct.changes[0].old", "correct.changes[0].old.number", "correct.changes[0].new", "correct.changes[0].new.number",
		"correct.changes[1]", "correct.changes[1].field", "correct.changes[1].old", "correct.changes[1].old.number", "correct.changes[1].new", "correct.changes[1].new.number",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q", paths)
	}
	if p := Records().PathAt(MessageAction, data, len(data)); p != "" {
		t.Errorf("behind the end: %q", p)
	}
}

// Whatever the bytes, a path is found or none.
func TestPathAtOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")
		Records().PathAt(MessageAction, data, rapid.IntRange(-1, 41).Draw(t, "offset"))
	})
}
