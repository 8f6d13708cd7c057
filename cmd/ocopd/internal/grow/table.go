package grow

import (
	"io"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// Measured is what one ledger costs.
type Measured struct {
	*Inside
	*Outside
}

// row of the table: what it is called, and what it says of a ledger.
type row struct {
	name lang.Text
	of   func(m *Measured) lang.Text
}

var rows = []row{
	{lang.Text{Vi: "bản ghi", En: "records"}, func(m *Measured) lang.Text { return whole(m.Records) }},
	{lang.Text{Vi: "khối", En: "blocks"}, func(m *Measured) lang.Text { return whole(m.Height) }},
	{lang.Text{Vi: "đối tượng trong trạng thái", En: "subjects in the state"}, func(m *Measured) lang.Text { return whole(m.Subjects) }},
	{lang.Text{Vi: "áp dụng, khối 1.000 bản ghi: CPU µs/bản ghi", En: "apply, blocks of 1,000: CPU µs/record"}, func(m *Measured) lang.Text { return tenths(m.Large.CPU) }},
	{lang.Text{Vi: "áp dụng, khối 100 bản ghi: CPU µs/bản ghi", En: "apply, blocks of 100: CPU µs/record"}, func(m *Measured) lang.Text { return tenths(m.Small.CPU) }},
	{lang.Text{Vi: "kiểm một chữ ký: CPU µs", En: "one signature verified: CPU µs"}, func(m *Measured) lang.Text { return tenths(m.Verify.CPU) }},
	{lang.Text{Vi: "kiểm toán: CPU µs/bản ghi", En: "audit: CPU µs/record"}, func(m *Measured) lang.Text { return tenths(m.Audit.CPU) }},
	{lang.Text{Vi: "kiểm toán: bản ghi/s", En: "audit: records/s"}, func(m *Measured) lang.Text { return perSecond(m.Audit.Elapsed) }},
	{lang.Text{Vi: "chỉ kiểm chữ ký: chữ ký/s", En: "signatures verified alone: /s"}, func(m *Measured) lang.Text { return perSecond(m.Verify.Elapsed) }},
	{lang.Text{Vi: "một chữ ký bằng thư viện: CPU µs", En: "one signature by the library: CPU µs"}, func(m *Measured) lang.Text { return tenths(m.Library.CPU) }},
	{lang.Text{Vi: "chỉ kiểm chữ ký, bằng thư viện: chữ ký/s", En: "signatures by the library alone: /s"}, func(m *Measured) lang.Text { return perSecond(m.Library.Elapsed) }},
	{lang.Text{Vi: "kiểm tra tệp: s (CPU s)", En: "check: s (CPU s)"}, func(m *Measured) lang.Text { return seconds(m.Check) }},
	{lang.Text{Vi: "mở, trong tiến trình này: s (CPU s)", En: "open, this process: s (CPU s)"}, func(m *Measured) lang.Text { return seconds(m.Open) }},
	{lang.Text{Vi: "khởi động đến khi sẵn sàng: s (CPU s)", En: "start until ready: s (CPU s)"}, func(m *Measured) lang.Text { return seconds(m.Warm) }},
	{lang.Text{Vi: "khởi động đến khi sẵn sàng, tệp không ở trong bộ nhớ: s (CPU s)", En: "start until ready, files not in memory: s (CPU s)"}, func(m *Measured) lang.Text { return seconds(m.Cold) }},
	{lang.Text{Vi: "vùng nhớ heap sau khi mở: MiB", En: "heap after opening: MiB"}, func(m *Measured) lang.Text { return whole(m.Heap >> 20) }},
	{lang.Text{Vi: "bộ nhớ riêng của nút khi sẵn sàng: MiB", En: "a node's own memory when ready: MiB"}, func(m *Measured) lang.Text { return whole(m.Outside.RSS >> 20) }},
	{lang.Text{
		Vi: "truy xuất, 20 lô dài nhất, mỗi lô một lần, đến khi nhận đủ byte: p50 / lâu nhất / CPU ms",
		En: "trace, the 20 longest lots, each once, until the bytes are there: p50 / longest / CPU ms"}, func(m *Measured) lang.Text { return answers(m.BytesFirst) }},
	{lang.Text{
		Vi: "truy xuất, 1.000 mục, đến khi nhận đủ byte: p50 / p99 / CPU ms",
		En: "trace, 1,000 entries, until the bytes are there: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.BytesLongest) }},
	{lang.Text{
		Vi: "truy xuất, trang đầu, đến khi nhận đủ byte: p50 / p99 / CPU ms",
		En: "trace, its first page, until the bytes are there: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.BytesPage) }},
	{lang.Text{Vi: "truy xuất, 1.000 mục: p50 / p99 / CPU ms", En: "trace, 1,000 entries: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.TraceLongest) }},
	{lang.Text{Vi: "truy xuất, trang đầu: p50 / p99 / CPU ms", En: "trace, its first page: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.TracePage) }},
	{lang.Text{Vi: "truy xuất, lô thường gặp: p50 / p99 / CPU ms", En: "trace, typical lots: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.TraceTypical) }},
	{lang.Text{Vi: "biên nhận, 1.000 mục: p50 / p99 / CPU ms", En: "receipt, 1,000 entries: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.ReceiptLongest) }},
	{lang.Text{Vi: "biên nhận, lô thường gặp: p50 / p99 / CPU ms", En: "receipt, typical lots: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.ReceiptTypical) }},
	{lang.Text{Vi: "biên nhận rằng bản ghi có trong sổ: p50 / p99 / CPU ms", En: "receipt that a record is in the log: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.ReceiptRecord) }},
	{lang.Text{Vi: "biên nhận rằng hành động được nhận: p50 / p99 / CPU ms", En: "receipt that an action was accepted: p50 / p99 / CPU ms"}, func(m *Measured) lang.Text { return answers(m.ReceiptAction) }},
	{lang.Text{Vi: "chain.db: byte trên một byte bản ghi", En: "chain.db: bytes per record byte"}, func(m *Measured) lang.Text { return ratio(m.Chain, m.RecordBytes) }},
	{lang.Text{Vi: "index.db: byte trên một byte bản ghi", En: "index.db: bytes per record byte"}, func(m *Measured) lang.Text { return ratio(m.Index, m.RecordBytes) }},
}

// whole numbers are written without separators, so that they can be taken for calculating.
func whole(n uint64) lang.Text { return lang.Same("%d").Each(n) }

func tenths(d time.Duration) lang.Text {
	if d == 0 {
		return leftOut
	}
	return lang.Same("%.1f").Each(float64(d.Nanoseconds()) / 1e3)
}

func perSecond(each time.Duration) lang.Text {
	if each == 0 {
		return leftOut
	}
	return lang.Same("%.0f").Each(float64(time.Second) / float64(each))
}

var leftOut = lang.Same("–")

func seconds(c Cost) lang.Text {
	if c == (Cost{}) {
		return leftOut
	}
	return lang.Same("%.1f (%.1f)").Each(c.Elapsed.Seconds(), c.CPU.Seconds())
}

func answers(a Answers) lang.Text {
	ms := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
	if a.Refused > 0 {
		return lang.Text{
			Vi: "%.2f / %.2f / %.2f (%d %% quá lớn)", En: "%.2f / %.2f / %.2f (%d %% too large)"}.Each(ms(a.Median), ms(a.P99), ms(a.CPU), a.Refused)
	}
	return lang.Same("%.2f / %.2f / %.2f").Each(ms(a.Median), ms(a.P99), ms(a.CPU))
}

func ratio(n, of uint64) lang.Text { return lang.Same("%.2f").Each(float64(n) / float64(max(of, 1))) }

// WriteTable writes a table in Markdown, one column a ledger.
func WriteTable(w io.Writer, l lang.Language, all []Measured) error {
	var b strings.Builder
	b.WriteString("| |" + strings.Repeat(" |", len(all)) + "\n|---|" + strings.Repeat("---:|", len(all)) + "\n")
	for _, r := range rows {
		b.WriteString("| " + r.name.In(l) + " |")
		for i := range all {
			b.WriteString(" " + r.of(&all[i]).In(l) + " |")
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
