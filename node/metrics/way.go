package metrics

import (
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Stage is a part of the way of a record through a node. Times are of what goes the way together, a call, a draft or a batch, and never of one record of many.
type Stage string

// Stages, in the order of the way. An entry node has the first three, a leader those from Judge to Order beside them, and every node the rest; Streamed is the whole way of a stream's.
const (
	Room      Stage = "room"
	Verify    Stage = "verify"
	Forward   Stage = "forward"
	Judge     Stage = "judge"
	Queue     Stage = "queue"
	Order     Stage = "order"
	Ahead     Stage = "ahead"
	Late      Stage = "late"
	Derive    Stage = "derive"
	Map       Stage = "map"
	Index     Stage = "index"
	Certify   Stage = "certify"
	Receipted Stage = "receipt"
	Streamed  Stage = "stream"
)

// stages are all there are: one that has not been yet is 0 and not absent.
var stages = []Stage{Room, Verify, Forward, Judge, Queue, Order, Ahead, Late, Derive, Map, Index, Certify, Receipted, Streamed}

const stageHelp = "How long parts of a record's way took, by stage: room (a call waits to be verified), verify (its signatures), forward (a call with records to the leader, until they are ordered), judge (the leader asks the rules), " +
	"queue (the oldest record of a draft waits), order (from a draft's proposal to its commit), ahead (signatures of a stored draft), late (those that nobody had verified ahead), " +
	"derive (a batch's blocks), map (a block's subjects in the state map, part of derive), index (index.db is written), certify (from a cosign point to its certified head), " +
	"receipt (record receipts of a call, or of what a stream is told at once), stream (records of a stream, from when the oldest of as many as a draft holds was taken in until they are acknowledged)."

// Path is the way on which a node came to verify a signature.
type Path string

// Paths. ByKnown is of those that needed no verification: the node had verified them before.
const (
	ByAdmission Path = "admission"
	ByLog       Path = "log"
	ByApply     Path = "apply"
	ByKnown     Path = "known"
)

// Source is where a row of the state was found.
type Source string

// Sources.
const (
	InMemory Source = "memory"
	InCache  Source = "cache"
	OnDisk   Source = "disk"
)

// way is the instruments of a record's way.
type way struct {
	stages     map[Stage]prometheus.Observer
	applies    prometheus.Histogram
	drafts     prometheus.Histogram
	draftBytes prometheus.Histogram
	batches    prometheus.Histogram
	ordered    map[Outcome]prometheus.Counter
	void       prometheus.Counter
	signatures map[Path]prometheus.Counter
	rows       map[Source]prometheus.Counter
	indexed    prometheus.Counter
	receipts   prometheus.Counter
}

func newWay(to prometheus.Registerer) way {
	took := histogram("stage_duration_seconds", stageHelp)
	took.Buckets = append([]float64{.00005, .0001, .00025}, took.Buckets...) // the rules take some 10 µs a record
	stageTimes := prometheus.NewHistogramVec(took, []string{"stage"})
	ordered := prometheus.NewCounterVec(counter("ledger_records_total",
		"Records of drafts that this node has applied, by outcome: accepted, refused (both on the ledger), rejected (without a trace), known (ordered before)."), []string{"outcome"})
	signatures := prometheus.NewCounterVec(counter("signatures_total",
		"Signatures of records verified, by path: admission (of a client's or a validator's call), log (of a stored draft), apply (nobody had verified them ahead); known: needed no verification any more."), []string{"path"})
	rows := prometheus.NewCounterVec(counter("state_reads_total",
		"Rows of the state that applying asked for, by where they were: memory (changed of late), cache, disk (index.db)."), []string{"from"})
	w := way{
		stages: make(map[Stage]prometheus.Observer, len(stages)), ordered: make(map[Outcome]prometheus.Counter), signatures: make(map[Path]prometheus.Counter),
		rows: make(map[Source]prometheus.Counter),
		applies: prometheus.NewHistogram(histogram("apply_duration_seconds",
			"From the beginning of a batch of committed drafts to their blocks being there for readers and, at cosign points and after each MiB, in chain.db.")),
		drafts:     prometheus.NewHistogram(sizes("draft_records", "Records of each draft that this node made, those without any left out; a draft holds 1,024.", 1, 1024)),
		draftBytes: prometheus.NewHistogram(sizes("draft_bytes", "Bytes of each draft that this node made, those without records left out; a draft holds a mebibyte.", 256, 1<<20)),
		batches:    prometheus.NewHistogram(sizes("apply_records", "Records of each batch of drafts that was applied at once.", 1, 8192)),
		void:       prometheus.NewCounter(counter("void_drafts_total", "Drafts that were applied as nothing, those left out that an earlier block had overtaken.")),
		indexed:    prometheus.NewCounter(counter("index_rows_total", "Rows written to index.db.")),
		receipts:   prometheus.NewCounter(counter("record_receipts_total", "Record receipts made for those who waited for a certified head.")),
	}
	for _, s := range stages {
		w.stages[s] = stageTimes.WithLabelValues(string(s))
	}
	for _, o := range outcomes {
		w.ordered[o] = ordered.WithLabelValues(string(o))
	}
	for _, p := range []Path{ByAdmission, ByLog, ByApply, ByKnown} {
		w.signatures[p] = signatures.WithLabelValues(string(p))
	}
	for _, s := range []Source{InMemory, InCache, OnDisk} {
		w.rows[s] = rows.WithLabelValues(string(s))
	}
	to.MustRegister(stageTimes, ordered, signatures, rows, w.applies, w.drafts, w.draftBytes, w.batches, w.void, w.indexed, w.receipts)
	return w
}

// sizes has a classic bucket for each power of two from low to high (both powers of two), and native ones between.
func sizes(name, help string, low, high float64) prometheus.HistogramOpts {
	o := histogram(name, help)
	o.Buckets = nil
	for bound := low; bound <= high; bound *= 2 {
		o.Buckets = append(o.Buckets, bound)
	}
	return o
}

// runTime are series of the Go run time beside the usual ones: how long goroutines wait for a processor, how long collections stop the world and what they
// cost, and how long goroutines wait for locks.
var runTime = []collectors.GoRuntimeMetricsRule{
	{Matcher: regexp.MustCompile(`^/(sched/latencies:seconds|sched/pauses/total/gc:seconds|cpu/classes/gc/total:cpu-seconds|cpu/classes/total:cpu-seconds|sync/mutex/wait/total:seconds)$`)},
}

// Took tells how long a stage took.
func (m *Metrics) Took(s Stage, took time.Duration) { m.way.stages[s].Observe(took.Seconds()) }

// Begin begins a stage, which end ends.
func (m *Metrics) Begin(s Stage) (end func()) {
	at := time.Now()
	return func() { m.Took(s, time.Since(at)) }
}

// Verified tells of signatures that were verified, or of those that needed not be.
func (m *Metrics) Verified(p Path, n int) { m.way.signatures[p].Add(float64(n)) }

// Drafted tells of a draft that this node made.
func (m *Metrics) Drafted(records, bytes int, waited time.Duration) {
	m.way.drafts.Observe(float64(records))
	m.way.draftBytes.Observe(float64(bytes))
	m.Took(Queue, waited)
}

// Transaction is what became of drafts that were applied together.
type Transaction struct {
	Records map[Outcome]int
	Void    int // drafts applied as nothing
}

// Applied tells of a batch of drafts that was applied.
func (m *Metrics) Applied(t Transaction, took time.Duration) {
	m.way.applies.Observe(took.Seconds())
	total := 0
	for outcome, n := range t.Records {
		m.way.ordered[outcome].Add(float64(n))
		total += n
	}
	m.way.batches.Observe(float64(total))
	m.way.void.Add(float64(t.Void))
}

// Read tells of rows of the state that were read.
func (m *Metrics) Read(from Source, n int) { m.way.rows[from].Add(float64(n)) }

// Indexed tells of rows written to index.db.
func (m *Metrics) Indexed(rows int) { m.way.indexed.Add(float64(rows)) }

// Receipts tells of record receipts that were made.
func (m *Metrics) Receipts(n int, took time.Duration) {
	m.way.receipts.Add(float64(n))
	m.Took(Receipted, took)
}
