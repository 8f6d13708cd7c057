package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ocopledger/ocop/ledger/reason"
)

// Metrics is a node's registry and its instruments. It may be used from several goroutines.
type Metrics struct {
	registry  *prometheus.Registry
	way       way
	files     files
	writes    *prometheus.HistogramVec
	records   *prometheus.CounterVec
	refusals  *prometheus.CounterVec
	overloads *prometheus.CounterVec
	calls     *prometheus.CounterVec
	durations *prometheus.HistogramVec
	underway  *prometheus.GaugeVec
}

// New makes a registry. read gives the facts of the moment, and is called once a scrape, perhaps by several at one time.
func New(read func() *Facts) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		writes: prometheus.NewHistogramVec(histogram("write_duration_seconds",
			"From the beginning of a write to the disk's word that it is kept (fdatasync), by file; those to raft.journal are counted as raft.db."), []string{"file"}),
		records: prometheus.NewCounterVec(counter("records_total",
			"Records that clients gave this node and that it answered, by outcome: accepted, refused (on the ledger), rejected (answered only), known (ordered before)."), []string{"outcome"}),
		refusals: prometheus.NewCounterVec(counter("refusals_total",
			"Records refused or rejected here, by where the reason arises (admission, rules) and by reason."), []string{"door", "reason"}),
		overloads: prometheus.NewCounterVec(counter("overloads_total",
			"Calls (step admit) and records (step batch) turned away because the node had more to do than it takes on, and calls, requests and pages whose client asked too often (step client, limits.client_rate)."), []string{"step"}),
		calls: prometheus.NewCounterVec(counter("grpc_requests_total",
			"Calls of services that have ended, by door (public, peer: gRPC; http: the public services in JSON, below /v1/), method and status code. What is refused before a service is asked, is not counted."), []string{"door", "method", "code"}),
		durations: prometheus.NewHistogramVec(histogram("grpc_request_duration_seconds",
			"How long calls of services took, by door and method. Streams that follow the ledger end when their reader goes."), []string{"door", "method"}),
		underway: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "grpc_requests_in_flight", Help: "Calls of services under way, by door."}, []string{"door"}),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(runTime...)), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.writes, m.records, m.refusals, m.overloads, m.calls, m.durations, m.underway, &standing{read},
	)
	m.way, m.files = newWay(m.registry), newFiles(m.registry)
	for _, outcome := range outcomes { // a rate from nothing to one must be seen
		m.records.WithLabelValues(string(outcome))
	}
	for _, step := range []Step{Admit, Batch, Client} {
		m.overloads.WithLabelValues(string(step))
	}
	return m
}

const namespace = "ocop"

// Native histograms are of buckets a tenth apart: a quantile is right to a twentieth. So many buckets reach over four orders of magnitude; a histogram that needs
// more gets coarser, and fine again after a while.
const (
	bucketFactor = 1.1
	maxBuckets   = 100
	resetAfter   = time.Hour
)

// histogram has native buckets for servers that take them, and a few classic ones for those that do not: from what a good disk needs to what ends a node.
func histogram(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		NativeHistogramBucketFactor: bucketFactor, NativeHistogramMaxBucketNumber: maxBuckets, NativeHistogramMinResetDuration: resetAfter,
	}
}

func counter(name, help string) prometheus.CounterOpts {
	return prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Gatherer is what is scraped.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Wrote tells of a write to a file that the disk has confirmed.
func (m *Metrics) Wrote(file string, took time.Duration) {
	m.writes.WithLabelValues(file).Observe(took.Seconds())
}

// Outcome is what a client was told of a record.
type Outcome string

// Outcomes.
const (
	Accepted Outcome = "accepted"
	Refused  Outcome = "refused"
	Rejected Outcome = "rejected"
	Known    Outcome = "known"
)

var outcomes = []Outcome{Accepted, Refused, Rejected, Known}

// Answered tells of so many records that a client was answered alike. why is 0 for records that were accepted.
func (m *Metrics) Answered(o Outcome, why reason.Code, n int) {
	m.records.WithLabelValues(string(o)).Add(float64(n))
	if why == 0 {
		return
	}
	info := reason.Of(why)
	m.refusals.WithLabelValues(door(info.Door), info.Name).Add(float64(n))
	if why == reason.Overloaded {
		m.overloads.WithLabelValues(string(Batch)).Add(float64(n))
	}
}

func door(d reason.Door) string {
	switch d {
	case reason.Admission:
		return "admission"
	case reason.Rules:
		return "rules"
	}
	return "read"
}

// Step is where a node can have too much to do.
type Step string

// Steps.
const (
	Admit  Step = "admit"
	Batch  Step = "batch"
	Client Step = "client" // one client has asked too much, whatever the node has to do
)

// Overloaded tells of a call that was turned away.
func (m *Metrics) Overloaded(s Step) { m.overloads.WithLabelValues(string(s)).Inc() }
