package load

import (
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/latency"
	"github.com/ocopledger/ocop/ledger"
)

// Ack is an acknowledgement: a node says that a record is accepted.
type Ack struct {
	Record  ledger.RecordID
	At      time.Duration // since the run began
	Actions int
}

// keepReceipt is how many acknowledgements one receipt is kept of, to be verified afterwards.
const keepReceipt = 100

// Tally counts what clients see. The first acknowledgements and errors, before from, warm everything up and do not count; nor does what comes after to. But
// every acknowledgement is kept: the ledger must have them all.
type Tally struct {
	begun    time.Time
	from, to time.Duration

	mu       sync.Mutex
	latency  latency.Histogram
	acks     []Ack
	errs     map[string]uint64
	open     uint64
	bytes    uint64
	height   uint64
	receipts [][]byte
}

// NewTally counts from and to moments after the beginning.
func NewTally(begun time.Time, from, to time.Duration) *Tally {
	return &Tally{begun: begun, from: from, to: to, errs: make(map[string]uint64)}
}

func (t *Tally) counts(at time.Duration) bool { return t.from <= at && at < t.to }

// Accepted counts an acknowledgement that came now, of a record that was due at a moment.
func (t *Tally) Accepted(r *Record, due time.Time, height uint64, receipt []byte) {
	now := time.Now()
	at := now.Sub(t.begun)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(receipt) > 0 && len(t.acks)%keepReceipt == 0 {
		t.receipts = append(t.receipts, receipt)
	}
	t.acks = append(t.acks, Ack{r.ID, at, r.Actions})
	t.height = max(t.height, height)
	if t.counts(at) {
		t.latency.Record(now.Sub(due))
		t.bytes += uint64(len(r.Envelope))
	}
}

// Failed counts an answer that is no acknowledgement, by its reason.
func (t *Tally) Failed(reason string) {
	at := time.Since(t.begun)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts(at) {
		t.errs[reason]++
	}
}

// Open counts a record whose outcome was not known when the run ended. It may be on the ledger.
func (t *Tally) Open() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open++
}

// Result is what all clients together have seen.
type Result struct {
	From, To time.Duration // since the beginning
	Latency  latency.Histogram
	Acks     []Ack // of the whole run, by time
	Errors   map[string]uint64
	Open     uint64
	Bytes    uint64 // of the records acknowledged between From and To
	Height   uint64 // highest block that an acknowledgement named
	Receipts [][]byte
}

// Join adds tallies up, which nobody writes to any more.
func Join(tallies []*Tally) *Result {
	r := &Result{Errors: make(map[string]uint64)}
	for _, t := range tallies {
		r.From, r.To = t.from, t.to
		r.Latency.Add(&t.latency)
		r.Acks = append(r.Acks, t.acks...)
		for reason, n := range t.errs {
			r.Errors[reason] += n
		}
		r.Open += t.open
		r.Bytes += t.bytes
		r.Height = max(r.Height, t.height)
		r.Receipts = append(r.Receipts, t.receipts...)
	}
	slices.SortFunc(r.Acks, func(a, b Ack) int { return int(a.At - b.At) })
	return r
}

// Between counts records and actions acknowledged in an interval.
func (r *Result) Between(from, to time.Duration) (records, actions uint64) {
	for _, a := range r.Acks {
		if from <= a.At && a.At < to {
			records++
			actions += uint64(a.Actions)
		}
	}
	return records, actions
}

// Gap is a time without an acknowledgement.
type Gap struct {
	Begun, Length time.Duration
	// Ended: by an acknowledgement. Else nobody knows how long it lasts, and Length is as long as was looked.
	Ended bool
}

// Gap is the longest time without an acknowledgement that begins in an interval. The interval's beginning counts as an acknowledgement. Its end does not: nothing is
// offered from then on, but what is under way is waited for, until seen. What comes then ends a gap, as that to it is part of how long records waited.
func (r *Result) Gap(from, to, seen time.Duration) (longest Gap) {
	if r.Open == 0 {
		seen = to // nobody waits for an answer, so that there is none from then on
	}
	last := from
	look := func(at time.Duration, ended bool) {
		if at-last > longest.Length {
			longest = Gap{Begun: last, Length: at - last, Ended: ended}
		}
		last = at
	}
	for _, a := range r.Acks {
		if last >= to {
			return longest
		}
		if a.At >= from {
			look(a.At, true)
		}
	}
	if last < to {
		look(max(to, seen), false)
	}
	return longest
}
