//go:build linux && amd64

package fault

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// examinerMisses: what is held against a ledger after faults is found when it is not there. A campaign that cannot fail shows nothing.
func (r *recording) examinerMisses(t *testing.T) {
	outcomes, envelopes, err := r.truth.outcomes()
	if err != nil {
		t.Fatal(err)
	}
	var records []tracked
	for _, k := range r.known {
		records = append(records, tracked{k.record, k.envelope, outcomes[k.record]})
	}
	heads := maps.Clone(r.truth.roots)
	if err := r.truth.holds(1, records, heads); err != nil || len(envelopes) == 0 || len(records) != len(r.known) {
		t.Fatalf("%d records, %d envelopes: %v", len(records), len(envelopes), err)
	}
	finds := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("not found: %s", what)
		}
	}
	other := slices.Clone(records)
	other[3].outcome = "refused 3/101"
	finds("another outcome", r.truth.holds(1, other, heads))
	other = slices.Clone(records)
	other[3].envelope = append(bytes.Clone(other[3].envelope), 0)
	finds("another envelope", r.truth.holds(1, other, heads))
	finds("a record that is lost", r.truth.holds(1, append(slices.Clone(records), tracked{id: "lost", outcome: "accepted 1/1"}), heads))
	size := r.truth.sizes[4]
	heads[size] = ledger.Hash{1}
	finds("a head that was replaced", r.truth.holds(1, records, heads))

	changed := &truth{leaves: slices.Clone(r.truth.leaves)}
	changed.leaves[5] = append(bytes.Clone(changed.leaves[5]), 0)
	finds("a leaf that was replaced", changed.continues(r.truth))
	changed.leaves = changed.leaves[:5]
	if err := changed.continues(r.truth); err != nil {
		t.Errorf("a log that is behind: %v", err)
	}

	b := newBook()
	b.submitted("a", nil)
	b.told("a", "accepted 1/1", 1, nil)
	b.told("a", "accepted 1/1", 1, nil)
	b.seen(1, 1, 3, bytes.Repeat([]byte{1}, len(ledger.Hash{})))
	b.seen(2, 1, 3, bytes.Repeat([]byte{1}, len(ledger.Hash{})))
	if len(b.violations) != 0 {
		t.Errorf("%q", b.violations)
	}
	b.told("a", "accepted 2/1", 2, nil)
	b.told("b", "accepted 2/2", 2, nil)
	b.seen(3, 1, 3, bytes.Repeat([]byte{2}, len(ledger.Hash{})))
	if len(b.violations) != 3 {
		finds(fmt.Sprintf("three lies: %q", b.violations), nil)
	}
}
