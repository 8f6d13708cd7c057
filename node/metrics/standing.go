package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ocopledger/ocop/ledger"
)

// standing collects facts. It is one read for a scrape, so that what is scraped together belongs together.
type standing struct{ read func() *Facts }

// Describe implements prometheus.Collector.
func (s *standing) Describe(to chan<- *prometheus.Desc) {
	for i := range series {
		to <- series[i].desc
	}
}

// Collect implements prometheus.Collector.
func (s *standing) Collect(to chan<- prometheus.Metric) {
	f := s.read()
	for i := range series {
		r := &series[i]
		r.of(f, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(r.desc, r.kind, value, labels...)
		})
	}
}

// row is a series, or one for each value of its labels.
type row struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(f *Facts, emit func(value float64, labels ...string))
}

func describe(name, help string, labels []string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// number is a series without labels.
func number[N ~int | ~int64 | ~uint32 | ~uint64 | ~float64](name, help string, of func(*Facts) N) row {
	return row{describe(name, help, nil), prometheus.GaugeValue, func(f *Facts, emit func(float64, ...string)) { emit(float64(of(f))) }}
}

func truth(name, help string, of func(*Facts) bool) row {
	return number(name, help, func(f *Facts) int { return one(of(f)) })
}

// total is a counter without labels.
func total(name, help string, of func(*Facts) uint64) row {
	r := number(name, help, of)
	r.kind = prometheus.CounterValue
	return r
}

// each is a series with labels.
func each(name, help string, kind prometheus.ValueType, labels []string, of func(f *Facts, emit func(value float64, labels ...string))) row {
	return row{describe(name, help, labels), kind, of}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func agency(id ledger.AccountID) string { return strconv.FormatUint(uint64(id), 10) }

// lag is how far another one is behind; negative when it is ahead.
func lag(own, theirs uint64) float64 { return float64(own) - float64(theirs) }
