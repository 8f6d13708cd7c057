package subject

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// kindOf is the kind of subject whose values a codec reads.
func kindOf(t *testing.T, c codec) Kind {
	t.Helper()
	switch c.name {
	case "taken":
		return KindGTIN
	case "validator-keys":
		return KindValidatorKeys
	case "parameters-with-votes", "parameters-with-resolvers":
		return KindParameters
	case "product-with-picture":
		return KindProduct
	case "lot-recalled":
		return KindLot
	}
	i := slices.Index(kindNames[:], strings.ReplaceAll(c.name, "-", " "))
	if i < 0 {
		t.Fatalf("no kind is named %q", c.name)
	}
	return Kind(i)
}

// What reports say of each kind of value.
func TestFieldsGolden(t *testing.T) {
	var b strings.Builder
	for _, c := range codecs {
		fields, err := Fields(kindOf(t, c), c.golden.Append(nil))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&b, "%s\n", c.name)
		for _, f := range fields {
			fmt.Fprintf(&b, "  %s %s\n", f.Name, f.Text)
		}
	}
	const path = "testdata/fields.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != b.String() {
		t.Errorf("fields differ from %s (%v; -update writes it anew):\n%s", path, err, b.String())
	}
}

// Two values that differ, differ in a field: a report never shows the same twice.
func TestFieldsTellValuesApart(t *testing.T) {
	for _, c := range codecs {
		data := c.golden.Append(nil)
		kind := kindOf(t, c)
		good, err := Fields(kind, data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 0x01
			fields, err := Fields(kind, changed)
			if _, parsing := c.parse(changed); (err == nil) != (parsing == nil) {
				t.Errorf("%s: byte %d: %v, its parser says %v", c.name, i, err, parsing)
			}
			if err == nil && slices.Equal(fields, good) {
				t.Errorf("%s: byte %d changes no field", c.name, i)
			}
		}
	}
	for _, kind := range []Kind{0, 23} {
		if _, err := Fields(kind, []byte{1}); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
	for kind := KindParameters; kind <= KindContact; kind++ {
		if _, err := Fields(kind, nil); err == nil || strings.Contains(err.Error(), "subject of kind") {
			t.Errorf("%v: %v", kind, err)
		}
	}
}
