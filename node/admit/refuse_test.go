package admit

import (
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
)

// Every fault of an envelope has words of its own in both languages.
func TestWordsOfFaults(t *testing.T) {
	unknown, _ := words(new(ledger.EnvelopeError))
	said := map[string]ledger.EnvelopeFault{unknown: ""}
	for _, f := range ledger.EnvelopeFaults() {
		e := &ledger.EnvelopeError{Fault: f, Have: 257}
		refusal := refuse(reason.MalformedEnvelope, "", faultOf(e).Args()...)
		vietnamese, english := refusal.Sentences()
		v, _ := words(e)
		if other, twice := said[v]; twice {
			t.Errorf("%s and %q have the same words", f, other)
		}
		said[v] = f
		if foreign := reasontest.Foreign(vietnamese); len(foreign) > 0 || vietnamese == english {
			t.Errorf("%s: %q are not Vietnamese, in %q", f, foreign, vietnamese)
		}
		if kind := reason.KindOf(refusal.Args); kind != string(f) {
			t.Errorf("%s: kind %q", f, kind)
		}
	}
	if vietnamese, _ := malformed(errors.New("a parser's own words")).Sentences(); len(reasontest.Foreign(vietnamese)) > 0 {
		t.Errorf("an error of unknown kind: %q", vietnamese)
	}
}
