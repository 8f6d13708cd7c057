package metrics_test

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/metrics"
)

// BenchmarkEvents is what a record, a write and a call cost to be counted.
func BenchmarkEvents(b *testing.B) {
	m := metrics.New(everything)
	c := m.Calls("public")
	for name, event := range map[string]func(){
		"accepted": func() { m.Answered(metrics.Accepted, 0) },
		"refused":  func() { m.Answered(metrics.Refused, reason.MoreThanLot) },
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
