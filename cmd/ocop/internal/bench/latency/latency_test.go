package latency

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestBuckets: buckets lie side by side, from 0 to the longest duration, and none is wider than 1/128 of its values.
func TestBuckets(t *testing.T) {
	next := uint64(0)
	for i := range buckets {
		if got := bucket(next); got != i {
			t.Fatalf("%d is in bucket %d, want %d", next, got, i)
		}
		last := upper(i)
		if got := bucket(last); got != i {
			t.Fatalf("%d is in bucket %d, want %d", last, got, i)
		}
		if (last-next)*sub > next {
			t.Fatalf("bucket %d goes from %d to %d", i, next, last)
		}
		next = last + 1
	}
	if next-1 != math.MaxInt64 {
		t.Errorf("the last bucket ends at %d", next-1)
	}
}

// TestQuantiles holds quantiles against sorted values.
func TestQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Hour)), 1, 300).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var h, other Histogram
		for i, v := range values {
			if i < cut {
				h.Record(time.Duration(v))
			} else {
				other.Record(time.Duration(v))
			}
		}
		h.Add(&other)
		slices.Sort(values)
		if h.Count() != uint64(len(values)) || int64(h.Max()) != values[len(values)-1] {
			t.Fatalf("%d values up to %v", h.Count(), h.Max())
		}
		for _, q := range []float64{0.001, 0.5, 0.99, 0.999, 1} {
			want := values[max(int(math.Ceil(q*float64(len(values)))), 1)-1]
			if got := int64(h.Quantile(q)); got < want || got > want+want/sub {
				t.Errorf("quantile %v is %d, want %d", q, got, want)
			}
		}
	})
}

func TestNothingCounted(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 || h.Max() != 0 || h.Count() != 0 {
		t.Error(h.Quantile(0.5), h.Max(), h.Count())
	}
	h.Record(-time.Second)
	if h.Quantile(1) != 0 || h.Count() != 1 {
		t.Error(h.Quantile(1), h.Count())
	}
}
