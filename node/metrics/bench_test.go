package metrics_test

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/metrics"
)

// draft is all that a node tells of a draft of so many records that it makes, orders, applies and certifies, entry calls left out: it does not grow with the draft.
func draft(m *metrics.Metrics, records int) {
	m.Drafted(records, records*300, time.Millisecond)
	m.Took(metrics.Order, 3*time.Millisecond)
	m.Verified(metrics.ByKnown, records)
	end := m.Begin(metrics.Derive)
	m.Took(metrics.Map, time.Millisecond)
	end()
	m.Read(metrics.InMemory, 3*records)
	m.Read(metrics.InCache, records)
	m.Read(metrics.OnDisk, records)
	m.Wrote("raft.db", time.Millisecond)
	m.Wrote("chain.db", time.Millisecond)
	m.Applied(metrics.Transaction{Records: map[metrics.Outcome]int{metrics.Accepted: records}}, 5*time.Millisecond)
	m.Took(metrics.Certify, 8*time.Millisecond)
}

// BenchmarkObserve is what watching costs: a draft, however many records it holds, and a call at the entry node.
func BenchmarkObserve(b *testing.B) {
	m := metrics.New(everything)
	for name, records := range map[string]int{"draft=1": 1, "draft=1000": 1000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				draft(m, records)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
		})
	}
	b.Run("call", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Begin(metrics.Room)()
			m.Begin(metrics.Verify)()
			m.Verified(metrics.ByAdmission, 1)
			m.Begin(metrics.Judge)()
		}
	})
	b.Run("scrape", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scraped(b, m)
		}
	})
}

// BenchmarkEvents is what a record, a write and a call cost to be counted.
func BenchmarkEvents(b *testing.B) {
	m := metrics.New(everything)
	c := m.Calls("public")
	for name, event := range map[string]func(){
		"accepted": func() { m.Answered(metrics.Accepted, 0, 1) },
		"refused":  func() { m.Answered(metrics.Refused, reason.MoreThanLot, 1) },
		"write":    func() { m.Wrote("raft.db", time.Millisecond) },
		"call":     func() { call(c, "/ocop.api.v1.SubmitService/Submit", nil) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				event()
			}
		})
	}
}
