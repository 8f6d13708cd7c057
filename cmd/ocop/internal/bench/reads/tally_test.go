package reads

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

// TestTally: what comes outside the window does not count; what is kept is the first of each kind and then one in a hundred, spread over all of it however many there are.
func TestTally(t *testing.T) {
	t.Parallel()
	kinds := []Kind{Product, Lot}
	late := NewTally(time.Now(), time.Hour, 2*time.Hour, kinds)
	q := &Question{Kind: Lot}
	late.answered(q, time.Now(), []byte("early"))
	late.failed("overloaded")
	if r := late.Result(); r.Latency.Count() != 0 || len(r.Kept) != 0 || len(r.Errors) != 0 {
		t.Errorf("%+v", r)
	}
	for _, n := range []int{10, 150, 5_000, 400_000, 1_000_000} {
		tally := NewTally(time.Now(), 0, time.Hour, kinds)
		for i := range n {
			tally.answered(q, time.Now(), fmt.Append(nil, i))
		}
		r := tally.Result()
		most := min(n, keepAtLeast/len(kinds)+n/keepOneIn, keepMost)
		least := min(n, max(keepAtLeast/len(kinds), n/keepOneIn), keepMost/2)
		if len(r.Kept) < least || len(r.Kept) > most {
			t.Errorf("%d of %d kept, want %d to %d", len(r.Kept), n, least, most)
		}
		last, widest := 0, 0
		for _, k := range r.Kept {
			number, err := strconv.Atoi(string(k.File))
			if err != nil {
				t.Fatal(err)
			}
			last, widest = number, max(widest, number-last)
		}
		if apart := max(keepOneIn, 4*n/keepMost); widest > apart || n-last > max(apart, n/10) {
			t.Errorf("of %d the last one kept is number %d, and %d follow each other without one", n, last, widest)
		}
	}
}
