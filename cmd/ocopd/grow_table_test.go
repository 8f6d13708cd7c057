package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/grow"
)

// TestGrowTable holds what people read of two measurements, in both languages: all that is measured, and what is left out or too large.
func TestGrowTable(t *testing.T) {
	us := func(n float64) time.Duration { return time.Duration(n * float64(time.Microsecond)) }
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	full := grow.Measured{Inside: &grow.Inside{
		Size: grow.Size{Records: 5_000_308, Leaves: 5_005_311, Subjects: 1_074_945, Height: 5003, RecordBytes: 1_500_000_000, Chain: 1_365_000_000, Index: 1_035_000_000},
		Open: grow.Cost{Elapsed: s(4.6), CPU: s(5)}, Heap: 233 << 20, RSS: 300 << 20,
		Large: grow.Cost{Elapsed: us(20), CPU: us(19.5)}, Small: grow.Cost{Elapsed: us(30), CPU: us(28.2)}, Verify: grow.Cost{Elapsed: us(4.627), CPU: us(8.8)},
		Library: grow.Cost{Elapsed: us(14.192), CPU: us(27)}, Audit: grow.Cost{Elapsed: us(11.149), CPU: us(21)},
	}, Outside: &grow.Outside{
		Warm: grow.Cost{Elapsed: s(6.3), CPU: s(4.8)}, Cold: grow.Cost{Elapsed: s(10.5), CPU: s(7.7)}, RSS: 466 << 20,
		TraceLongest: grow.Answers{Median: ms(5.5), P99: ms(7.64), CPU: ms(3.92)}, TracePage: grow.Answers{Median: ms(1.37), P99: ms(5.38), CPU: ms(1.18)},
		TraceTypical: grow.Answers{Median: ms(0.79), P99: ms(2.2), CPU: ms(0.61)}, ReceiptLongest: grow.Answers{Median: ms(0.47), P99: ms(1.75), CPU: ms(0.36)},
		ReceiptTypical: grow.Answers{Median: ms(0.26), P99: ms(1.1), CPU: ms(0.2)}, ReceiptRecord: grow.Answers{Median: ms(0.13), P99: ms(0.25), CPU: ms(0.1)},
		ReceiptAction: grow.Answers{Median: ms(16.3), P99: ms(151.88), CPU: ms(29.24), Refused: 31}, Check: grow.Cost{Elapsed: s(107.4), CPU: s(185.3)},
	}}
	bare := grow.Measured{Inside: new(grow.Inside), Outside: new(grow.Outside)}
	var b strings.Builder
	for _, l := range []lang.Language{lang.English, lang.Vietnamese} {
		if err := grow.WriteTable(&b, l, []grow.Measured{full, bare}); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
	}
	golden(t, "grow.md", b.String())
}
