package grow

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Measured is what one ledger costs.
type Measured struct {
	*Inside
	*Outside
}

// row of the table: what it is called, and what it says of a ledger.
type row struct {
	name string
	of   func(m *Measured) string
}

var rows = []row{
	{"records", func(m *Measured) string { return fmt.Sprint(m.Records) }},
	{"blocks", func(m *Measured) string { return fmt.Sprint(m.Height) }},
	{"subjects in the state", func(m *Measured) string { return fmt.Sprint(m.Subjects) }},
	{"apply, blocks of 1,000: CPU µs/record", func(m *Measured) string { return tenths(m.Large.CPU) }},
	{"apply, blocks of 100: CPU µs/record", func(m *Measured) string { return tenths(m.Small.CPU) }},
	{"one signature verified: CPU µs", func(m *Measured) string { return tenths(m.Verify.CPU) }},
	{"audit: CPU µs/record", func(m *Measured) string { return tenths(m.Audit.CPU) }},
	{"audit: records/s", func(m *Measured) string { return perSecond(m.Audit.Elapsed) }},
	{"signatures verified alone: /s", func(m *Measured) string { return perSecond(m.Verify.Elapsed) }},
	{"one signature by the library: CPU µs", func(m *Measured) string { return tenths(m.Library.CPU) }},
	{"signatures by the library alone: /s", func(m *Measured) string { return perSecond(m.Library.Elapsed) }},
	{"check: s (CPU s)", func(m *Measured) string { return seconds(m.Check) }},
	{"open, this process: s (CPU s)", func(m *Measured) string { return seconds(m.Open) }},
	{"start until ready: s (CPU s)", func(m *Measured) string { return seconds(m.Warm) }},
	{"start until ready, files not in memory: s (CPU s)", func(m *Measured) string { return seconds(m.Cold) }},
	{"heap after opening: MiB", func(m *Measured) string { return fmt.Sprint(m.Heap >> 20) }},
	{"a node's own memory when ready: MiB", func(m *Measured) string { return fmt.Sprint(m.Outside.RSS >> 20) }},
	{"trace, the 20 longest lots, each once, until the bytes are there: p50 / longest / CPU ms", func(m *Measured) string { return answers(m.BytesFirst) }},
	{"trace, 1,000 entries, until the bytes are there: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.BytesLongest) }},
	{"trace, its first page, until the bytes are there: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.BytesPage) }},
	{"trace, 1,000 entries: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.TraceLongest) }},
	{"trace, its first page: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.TracePage) }},
	{"trace, typical lots: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.TraceTypical) }},
	{"receipt, 1,000 entries: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.ReceiptLongest) }},
	{"receipt, typical lots: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.ReceiptTypical) }},
	{"receipt that a record is in the log: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.ReceiptRecord) }},
	{"receipt that an action was accepted: p50 / p99 / CPU ms", func(m *Measured) string { return answers(m.ReceiptAction) }},
	{"chain.db: bytes per record byte", func(m *Measured) string { return ratio(m.Chain, m.RecordBytes) }},
	{"index.db: bytes per record byte", func(m *Measured) string { return ratio(m.Index, m.RecordBytes) }},
}

func tenths(d time.Duration) string {
	if d == 0 {
		return leftOut
	}
	return fmt.Sprintf("%.1f", float64(d.Nanoseconds())/1e3)
}

func perSecond(each time.Duration) string {
	if each == 0 {
		return leftOut
	}
	return fmt.Sprintf("%.0f", float64(time.Second)/float64(each))
}

const leftOut = "–"

func seconds(c Cost) string {
	if c == (Cost{}) {
		return leftOut
	}
	return fmt.Sprintf("%.1f (%.1f)", c.Elapsed.Seconds(), c.CPU.Seconds())
}

func answers(a Answers) string {
	ms := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
	text := fmt.Sprintf("%.2f / %.2f / %.2f", ms(a.Median), ms(a.P99), ms(a.CPU))
	if a.Refused > 0 {
		text += fmt.Sprintf(" (%d %% too large)", a.Refused)
	}
	return text
}

func ratio(n, of uint64) string { return fmt.Sprintf("%.2f", float64(n)/float64(max(of, 1))) }

// WriteTable writes a table in Markdown, one column a ledger.
func WriteTable(w io.Writer, all []Measured) error {
	var b strings.Builder
	b.WriteString("| |" + strings.Repeat(" |", len(all)) + "\n|---|" + strings.Repeat("---:|", len(all)) + "\n")
	for _, r := range rows {
		b.WriteString("| " + r.name + " |")
		for i := range all {
			b.WriteString(" " + r.of(&all[i]) + " |")
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
