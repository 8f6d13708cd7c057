package explain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

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

// TestSummary: one draft with an action of every kind, as it is shown before signing.
func TestSummary(t *testing.T) {
	data, err := os.ReadFile("testdata/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Compose()
	if err != nil {
		t.Fatal(lang.Say(lang.English, err))
	}
	kinds := make(map[protoreflect.Name]bool)
	for _, a := range d.Records[0] {
		m := a.ProtoReflect()
		kinds[m.WhichOneof(m.Descriptor().Oneofs().Get(0)).Name()] = true
	}
	if want := (&recordv1.Action{}).ProtoReflect().Descriptor().Fields().Len(); len(kinds) != want {
		t.Errorf("%d kinds of action in the test, the schema has %d", len(kinds), want)
	}
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		golden(t, "all."+l.String()+".txt", Summarise(l, d, d.Fingerprint(records)).Text(l))
	}
}

// TestNames: names stand in brackets behind the ids, with a note what they are worth. One that would end its brackets, to say more than a name, cannot.
// The digest is that of the same draft without names.
func TestNames(t *testing.T) {
	data, err := os.ReadFile("testdata/named.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.Parse(data)
	if err != nil {
		t.Fatal(lang.Say(lang.English, err))
	}
	records, err := d.Compose()
	if err != nil {
		t.Fatal(lang.Say(lang.English, err))
	}
	named := d.Fingerprint(records)
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		golden(t, "named."+l.String()+".txt", Summarise(l, d, named).Text(l)+strings.Join(Items(l, d), "\n")+"\n")
	}
	names := d.Names
	d.Names = nil
	records, err = d.Compose()
	if err != nil || d.Fingerprint(records) != named {
		t.Errorf("the digest depends on names: %v, %v", named, err)
	}
	if s := Summarise(lang.English, d, named); s.NamesNote != "" || strings.Contains(s.Text(lang.English), "[") {
		t.Errorf("names without names:\n%s", s.Text(lang.English))
	}
	for i, want := range []string{
		"Decision 1032/QĐ-UBND of 03/09/2026 by agency UBND tỉnh (mẫu) (1), part 1",
		"Item 1: product Cà phê bột Đắk Đam (1000012.3) has 4 stars, 85.50 points (A 33.50, B 22.50, C 29.50), group Drinks – Đồ uống (drinks), ",
	} {
		if got := Told(lang.English, d.Records[0][i], names); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestRefs: what is looked up is what is shown, once each.
func TestRefs(t *testing.T) {
	data, err := os.ReadFile("testdata/named.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[draft.Ref]bool)
	for _, ref := range Refs(d.Author, d.Records) {
		if seen[ref] {
			t.Errorf("%v twice", ref)
		}
		seen[ref] = true
	}
	for ref := range d.Names {
		if !seen[ref] {
			t.Errorf("%v is not asked for", ref)
		}
	}
	if want := len(d.Names) + 1; len(seen) != want { // and the group food, which has no name here
		t.Errorf("%d asked for, want %d", len(seen), want)
	}
}

// TestEveryValueHasAName in both languages.
func TestEveryValueHasAName(t *testing.T) {
	check := func(e protoreflect.EnumDescriptor, text func(n protoreflect.EnumNumber) lang.Text) {
		for i := range e.Values().Len() {
			v := e.Values().Get(i)
			got := text(v.Number())
			if v.Number() != 0 && (got.Vi == "" || got.En == "" || strings.HasPrefix(got.Vi, "#")) {
				t.Errorf("%s has no name", v.FullName())
			}
		}
	}
	check(recordv1.AccountKind(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return AccountKind(recordv1.AccountKind(n)) })
	check(recordv1.Unit(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return Unit(recordv1.Unit(n)) })
	check(recordv1.RetireReason(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return name(retireReasons, recordv1.RetireReason(n)) })
	check(recordv1.RevocationReason(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return RevocationReason(recordv1.RevocationReason(n)) })
	check(recordv1.CorrectionReason(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text {
		return name(correctionReasons, recordv1.CorrectionReason(n))
	})
	check(recordv1.Ballot(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return name(ballots, recordv1.Ballot(n)) })
	check(recordv1.Field(0).Descriptor(), func(n protoreflect.EnumNumber) lang.Text { return name(fields, recordv1.Field(n)) })
}

// TestNothingPanics: actions of a later protocol version, or empty, are shown as far as they are understood.
func TestNothingPanics(t *testing.T) {
	fields := (&recordv1.Action{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		a := new(recordv1.Action)
		a.ProtoReflect().Set(fields.Get(i), a.ProtoReflect().NewField(fields.Get(i)))
		if got := Action(lang.English, a); got == "" || strings.Contains(got, "%!") {
			t.Errorf("%s: %q", fields.Get(i).Name(), got)
		}
	}
	if got := Action(lang.Vietnamese, new(recordv1.Action)); got == "" {
		t.Error("an unknown action is not said to be one")
	}
}
