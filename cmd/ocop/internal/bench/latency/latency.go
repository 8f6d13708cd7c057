// Package latency counts how long things took, without losing the tail.
//
// A histogram has buckets whose width is a fixed share of their value, so that a microsecond and a minute are known equally well and the memory does not
// depend on how much is counted. The largest value is kept as it was.
package latency

import (
	"math"
	"math/bits"
	"time"
)

const (
	// subBits: each doubling has 2^subBits buckets, so that a quantile is at most 1/128 (0.8 %) above the value that it stands for.
	subBits = 7
	sub     = 1 << subBits
	// buckets for all durations that there are: sub exact ones, and sub for each doubling above.
	buckets = (63 - subBits + 1) * sub
)

// Histogram counts durations. The zero value is empty. One goroutine uses it; [Histogram.Add] joins those of several.
type Histogram struct {
	counts [buckets]uint32
	n      uint64
	max    time.Duration
}

// Record counts a duration; a negative one counts as 0.
func (h *Histogram) Record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.n++
	h.max = max(h.max, d)
}

// Add counts what another has counted.
func (h *Histogram) Add(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// Count is how many durations were counted.
func (h *Histogram) Count() uint64 { return h.n }

// Max is the longest; 0: nothing was counted.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile is a duration that a share q of those counted does not exceed, 0 < q ≤ 1, never less than the true one and at most 0.8 % more; 0: nothing was counted.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(uint64(math.Ceil(q*float64(h.n))), 1)
	var seen uint64
	for i, n := range h.counts {
		if seen += uint64(n); seen >= rank {
			return min(time.Duration(upper(i)), h.max)
		}
	}
	return h.max
}

// bucket is the index of a value's bucket: exact below sub, then by the leading subBits+1 bits.
func bucket(v uint64) int {
	if v < sub {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return (shift+1)<<subBits + int(v>>shift) - sub
}

// upper is the largest value of a bucket.
func upper(i int) uint64 {
	if i < sub {
		return uint64(i)
	}
	shift := i>>subBits - 1
	return uint64(i&(sub-1)+sub+1)<<shift - 1
}
