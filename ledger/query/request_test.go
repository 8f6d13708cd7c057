package query

import (
	"errors"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
)

// What is wrong with a request is said in both languages, with the value unless it is longer than anybody would read.
func TestRequestErrors(t *testing.T) {
	for _, f := range []form{formProduct, formDecision, formCertificate, formLot, formAgency, formToken, formStar, formGroup, formTerritory, formStatus} {
		for _, value := range []string{"x", "cacao {field}", strings.Repeat("w", maxShown+1)} {
			says(t, f.not("field", value), f.kind, value)
		}
	}
	says(t, beyond("q", "too_long", 12_500, 200, "byte", "bytes"), "too_long", "12.500 byte, tối đa 200")
}

func says(t *testing.T, err error, kind, value string) {
	t.Helper()
	e, ok := errors.AsType[*RequestError](err)
	if !ok || e.Fault.Kind != kind {
		t.Fatalf("%v, want %s", err, kind)
	}
	vietnamese, english := reason.Of(reason.InvalidRequest).Sentences(append(e.Fault.Args(), reason.Text("field", e.Field)))
	if words := reasontest.Foreign(vietnamese); len(words) > 0 || vietnamese == english {
		t.Errorf("%q are not Vietnamese, in %q", words, vietnamese)
	}
	if shown := len(value) <= maxShown; shown != strings.Contains(vietnamese, value) {
		t.Errorf("%q in %q", value, vietnamese)
	}
}
