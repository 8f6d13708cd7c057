package rules

import (
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
	"github.com/ocopledger/ocop/ledger/wire"
)

// Every reason of package wire has words of its own in both languages, and is told to machines as the kind.
func TestWireWords(t *testing.T) {
	unknown, _ := wireWords("")
	said := map[string]wire.Reason{unknown: ""}
	for _, r := range wire.Reasons() {
		refusal := malformed(&wire.Error{Reason: r, Path: "certify.scores.a"})
		vietnamese, english := refusal.Sentences()
		v, _ := wireWords(r)
		if other, twice := said[v]; twice {
			t.Errorf("%s and %q have the same words", r, other)
		}
		said[v] = r
		if words := reasontest.Foreign(vietnamese); len(words) > 0 || vietnamese == english {
			t.Errorf("%s: %q are not Vietnamese, in %q", r, words, vietnamese)
		}
		if kind := reason.KindOf(refusal.Args); kind != string(r) {
			t.Errorf("%s: kind %q", r, kind)
		}
	}
	if vietnamese, _ := malformed(errors.New("a library's own words")).Sentences(); len(reasontest.Foreign(vietnamese)) > 0 {
		t.Errorf("an error of unknown kind: %q", vietnamese)
	}
}
