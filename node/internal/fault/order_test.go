package fault

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// placed is what became of a record of a stream.
type placed struct {
	outcome string // in the words of outcomeOf; empty: none on the ledger
	needs   int    // number of the record that it needs, plus one; 0: none
}

// inDoubt is how many blocks after the first of a leader a record may come whose fate was in doubt: portions of a stream that may be on their way.
const inDoubt = 4

// place is where a record stands: its block, and of an accepted one its leaf.
func (p placed) place() (height, leaf uint64, accepted bool) {
	if _, err := fmt.Sscanf(p.outcome, "accepted %d/%d", &height, &leaf); err == nil {
		return height, leaf, true
	}
	var code uint64
	_, _ = fmt.Sscanf(p.outcome, "refused %d/%d", &height, &code)
	return height, 0, false
}

// changed tells whether another leader's blocks begin among some, or shortly before them.
func (w *truth) changed(from, to uint64) bool {
	for h := max(from, inDoubt+1) - inDoubt; h <= to && h < uint64(len(w.terms)); h++ {
		if w.terms[h] != w.terms[h-1] {
			return true
		}
	}
	return false
}

// inOrder wants the records of a stream to stand in its order, and none refused that needs one which was accepted before. It counts where the API allows otherwise.
func (w *truth) inOrder(sent []placed) (excused int, err error) {
	var errs []error
	var lastHeight, lastLeaf uint64
	last := -1
	for i, r := range sent {
		height, leaf, accepted := r.place()
		if r.needs > 0 && !accepted {
			if needed, _, had := sent[r.needs-1].place(); had && (height == 0 || !w.changed(min(height, needed), max(height, needed))) {
				errs = append(errs, fmt.Errorf("record %d is refused (%q), and %d, which it needs, is %q", i, r.outcome, r.needs-1, sent[r.needs-1].outcome))
			} else if had {
				excused++
			}
		}
		if height == 0 {
			continue
		}
		if height < lastHeight || accepted && height == lastHeight && leaf < lastLeaf {
			if w.changed(height, lastHeight) {
				excused++
			} else {
				errs = append(errs, fmt.Errorf("record %d is %q, and %d, which was sent before, %q", i, r.outcome, last, sent[last].outcome))
			}
			continue
		}
		last, lastHeight = i, height
		if accepted {
			lastLeaf = leaf
		}
	}
	return excused, errors.Join(errs...)
}

// TestOrder: what a stream must never find on the ledger is refused, and what it may is not.
func TestOrder(t *testing.T) {
	w := &truth{terms: []uint64{0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5}}
	for name, c := range map[string]struct {
		sent    []placed
		excused int
		wrong   bool
	}{
		"in order, with refusals":            {[]placed{{outcome: "accepted 7/70"}, {outcome: "accepted 7/71"}, {}, {outcome: "refused 8/30"}, {outcome: "accepted 9/90"}}, 0, false},
		"two change places in a block":       {[]placed{{outcome: "accepted 7/71"}, {outcome: "accepted 7/70"}}, 0, true},
		"one comes in a block before":        {[]placed{{outcome: "accepted 8/80"}, {outcome: "accepted 7/70"}}, 0, true},
		"one is refused in a block before":   {[]placed{{outcome: "accepted 8/80"}, {outcome: "refused 7/30"}}, 0, true},
		"across a change of leader":          {[]placed{{outcome: "accepted 10/100"}, {outcome: "accepted 9/90"}}, 1, false},
		"shortly after one":                  {[]placed{{outcome: "accepted 13/130"}, {outcome: "accepted 12/120"}}, 1, false},
		"long after one":                     {[]placed{{outcome: "accepted 17/170"}, {outcome: "accepted 16/160"}}, 0, true},
		"what it needs was accepted":         {[]placed{{outcome: "accepted 7/70"}, {outcome: "refused 7/30", needs: 1}}, 0, true},
		"the same, refused at the door":      {[]placed{{outcome: "accepted 7/70"}, {needs: 1}}, 0, true},
		"the same, and the leader changed":   {[]placed{{outcome: "accepted 10/100"}, {outcome: "refused 9/30", needs: 1}}, 2, false},
		"what it needs was refused":          {[]placed{{outcome: "refused 7/30"}, {outcome: "refused 7/31", needs: 1}}, 0, false},
		"what it needs was turned away also": {[]placed{{}, {needs: 1}}, 0, false},
	} {
		if excused, err := w.inOrder(c.sent); excused != c.excused || (err != nil) != c.wrong {
			t.Errorf("%s: %d excused, %v", name, excused, err)
		}
	}
}

// TestTwice: a record with two outcomes on a log is found.
func TestTwice(t *testing.T) {
	var one ledger.RecordID
	one[0] = 1
	rows := (&ledger.Refusals{Rows: []ledger.Refusal{{Record: one, Reason: 30}}}).Append(nil)
	for n, wrong := range map[int]bool{1: false, 2: true} {
		w := &truth{sizes: []uint64{uint64(n)}}
		for range n {
			w.leaves = append(w.leaves, rows)
		}
		if _, _, err := w.outcomes(); (err != nil) != wrong {
			t.Errorf("%d times: %v", n, err)
		}
	}
}
