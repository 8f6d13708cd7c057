package reads

import (
	"bytes"
	"sync"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/latency"
)

// What is kept of the receipts, to be checked when the clock has stopped.
const (
	// keepAtLeast receipts are kept, of all kinds together, if as many came.
	keepAtLeast = 200
	// keepOneIn so many is kept beyond.
	keepOneIn = 100
	// keepMost of a kind are kept, so that a long run does not fill the memory: some 40 MiB, and of lots with hundreds of sales 160. Beyond, every other one is dropped, and half as many are kept from then on.
	keepMost = 2048
)

// Kept is a receipt that was kept, and what it is the answer to.
type Kept struct {
	Question *Question
	File     []byte
}

// Tally counts what callers see from one moment to another; what comes before warms everything up.
type Tally struct {
	begun    time.Time
	from, to time.Duration
	first    int // of a kind that are kept

	mu      sync.Mutex
	latency latency.Histogram
	kinds   map[Kind]*counted
	errs    map[string]uint64
	open    uint64
}

// counted is what came of a kind.
type counted struct {
	answered, bytes uint64
	kept            []Kept
	every           uint64 // so manyth is kept
}

// NewTally counts receipts of some kinds, from and to moments after the beginning.
func NewTally(begun time.Time, from, to time.Duration, kinds []Kind) *Tally {
	t := &Tally{
		begun: begun, from: from, to: to, first: (keepAtLeast + len(kinds) - 1) / len(kinds), kinds: make(map[Kind]*counted), errs: make(map[string]uint64),
	}
	for _, k := range kinds {
		t.kinds[k] = &counted{every: keepOneIn}
	}
	return t
}

// answered counts a receipt that came now, which it tells, of a question that was due at a moment. The file is copied if it is kept.
func (t *Tally) answered(q *Question, due time.Time, file []byte) (now time.Time) {
	now = time.Now()
	at := now.Sub(t.begun)
	t.mu.Lock()
	defer t.mu.Unlock()
	if at < t.from || at >= t.to {
		return now
	}
	t.latency.Record(now.Sub(due))
	c := t.kinds[q.Kind]
	c.answered++
	c.bytes += uint64(len(file))
	if c.answered > uint64(t.first) && c.answered%c.every != 0 {
		return now
	}
	if len(c.kept) == keepMost {
		for i := range keepMost / 2 {
			c.kept[i] = c.kept[2*i]
		}
		clear(c.kept[keepMost/2:])
		c.kept = c.kept[:keepMost/2]
		c.every *= 2
	}
	c.kept = append(c.kept, Kept{q, bytes.Clone(file)})
	return now
}

// failed counts an answer that is no receipt, by its reason.
func (t *Tally) failed(reason string) {
	at := time.Since(t.begun)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from <= at && at < t.to {
		t.errs[reason]++
	}
}

// lost counts a question whose answer was not waited for.
func (t *Tally) lost() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open++
}

// Count is how many receipts of a kind came, and of how many bytes together.
type Count struct {
	Kind            Kind
	Answered, Bytes uint64
}

// Result is what all callers together have seen.
type Result struct {
	Latency latency.Histogram
	Counts  []Count // in the order of Kinds, those that were asked for
	Errors  map[string]uint64
	Open    uint64
	Kept    []Kept
}

// Answered is how many receipts came, and of how many bytes together.
func (r *Result) Answered() (n, bytes uint64) {
	for _, c := range r.Counts {
		n += c.Answered
		bytes += c.Bytes
	}
	return n, bytes
}

// Result is what was counted. Nobody counts any more.
func (t *Tally) Result() *Result {
	r := &Result{Latency: t.latency, Errors: t.errs, Open: t.open}
	for _, k := range Kinds() {
		if c := t.kinds[k]; c != nil {
			r.Counts = append(r.Counts, Count{k, c.answered, c.bytes})
			r.Kept = append(r.Kept, c.kept...)
		}
	}
	return r
}
