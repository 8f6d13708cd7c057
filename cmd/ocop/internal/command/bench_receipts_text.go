package command

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
)

// receiptsText tells what came of asking for receipts.
func (a *app) receiptsText(w io.Writer, r *bench.Report) {
	t, p := a.lines(w), r.Asked
	t.line(lang.Text{Vi: "Mỗi giây", En: "A second"}, lang.Text{
		Vi: "%.0f biên nhận (%d trong %.1f s), trung bình %.0f B",
		En: "%.0f receipts (%d in %.1f s), %.0f B on average"}.F(a.lang, r.TPS, r.Ops, r.Secs, p.Bytes))
	t.line(lang.Text{Vi: "Thời gian chờ", En: "Waiting"}, lang.Text{
		Vi: "p50 %.2f ms, p99 %.2f ms, p99,9 %.2f ms, lâu nhất %.2f ms",
		En: "p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms"}.F(a.lang, r.P50, r.P99, r.P999, r.Max))
	if r.Errs > 0 || r.Open > 0 {
		t.line(lang.Text{Vi: "Không có biên nhận", En: "No receipt"}, lang.Text{
			Vi: "%d câu trả lời; câu hỏi không chờ đến cùng: %d",
			En: "%d answers; questions that were not waited for: %d"}.F(a.lang, r.Errs, r.Open))
		t.line(lang.Text{}, byReason(r.Errors))
	}
	t.line(lang.Text{Vi: "Đã kiểm", En: "Checked"}, lang.Text{
		Vi: "%d biên nhận, khi đã hết giờ và không hỏi nút: %d sai; %.0f µs mỗi lần",
		En: "%d receipts, when the clock had stopped and asking no node: %d wrong; %.0f µs each"}.F(a.lang, p.Checked, p.Failed, p.CheckCPU))
	for _, wrong := range p.Wrong {
		t.line(lang.Text{Vi: "SAI", En: "WRONG"}, wrong)
	}
	t.line(lang.Text{Vi: "Hỏi", En: "Asked"}, a.askedWhom(r))
	t.line(lang.Text{}, lang.Text{
		Vi: "%d máy khách qua %d kết nối, %s; về %d lần bán",
		En: "%d clients over %d connections, %s; about %d sales"}.F(a.lang, r.Clients, p.Connections, a.pace(r.Rate), p.Sales))
	fmt.Fprintln(w)
	a.kindsText(w, p.Kinds)
	fmt.Fprintln(w)
	a.placeText(t, r)
	t.line(lang.Text{Vi: "CPU một biên nhận", En: "CPU a receipt"}, a.receiptCost(r))
	if p.Writing == nil && r.CPU.Alone != nil {
		t.line(lang.Text{}, lang.Text{
			Vi: "máy này nếu không có việc gì khác: %.0f biên nhận mỗi giây", En: "this machine, had it nothing else to do: %.0f receipts a second"}.F(a.lang, *r.CPU.Alone))
	}
	a.nodesText(w, r.Nodes, lang.Text{Vi: "CPU, µs/biên nhận", En: "CPU, µs/receipt"})
	if p.Writing != nil {
		a.writingText(w, p.Writing)
	}
	a.presenceText(w, &r.Presence)
}

func byReason(errors map[string]uint64) string {
	var by []string
	for _, reason := range slices.SortedFunc(maps.Keys(errors), func(x, y string) int { return cmp.Or(cmp.Compare(errors[y], errors[x]), cmp.Compare(x, y)) }) {
		by = append(by, fmt.Sprintf("%s %d", reason, errors[reason]))
	}
	return strings.Join(by, ", ")
}

// askedWhom names the node, and how it was spoken to.
func (a *app) askedWhom(r *bench.Report) string {
	p := r.Asked
	how := lang.Text{Vi: "gRPC không TLS", En: "gRPC without TLS"}
	if p.TLS {
		how = lang.Text{Vi: "gRPC qua TLS (ALPN " + p.Protocol + ")", En: "gRPC over TLS (ALPN " + p.Protocol + ")"}
	}
	role := lang.Text{Vi: "không dẫn đầu", En: "which does not lead"}
	if p.Leads {
		role = lang.Text{Vi: "đang dẫn đầu", En: "which leads"}
	}
	return lang.Text{Vi: "%s, nút của cơ quan %d, %s; %s", En: "%s, the node of agency %d, %s; %s"}.F(a.lang, p.Node, p.Agency, role, how)
}

func (a *app) pace(rate float64) string {
	if rate == 0 {
		return a.t(lang.Text{Vi: "nhận được câu trả lời thì hỏi tiếp", En: "each asking again when it has its answer"})
	}
	return lang.Text{Vi: "%.0f câu hỏi đến hạn mỗi giây", En: "%.0f questions due a second"}.F(a.lang, rate)
}

// kindNames says what receipts are about.
var kindNames = map[reads.Kind]lang.Text{
	reads.Product:     {Vi: "sản phẩm", En: "product"},
	reads.Certificate: {Vi: "giấy chứng nhận", En: "certificate"},
	reads.Lot:         {Vi: "lô", En: "lot"},
	reads.Record:      {Vi: "bản ghi có trong sổ", En: "record, in the log"},
	reads.Action:      {Vi: "hành động được nhận", En: "action, accepted"},
}

func (a *app) kindsText(w io.Writer, kinds []bench.AskedKind) {
	list := &table{columns: []lang.Text{
		{Vi: "Biên nhận của", En: "Receipt of"}, {Vi: "Số lượng", En: "Number"}, {Vi: "Byte, trung bình", En: "Bytes, mean"}, {Vi: "Đã kiểm", En: "Checked"}, {Vi: "sai", En: "wrong"},
	}}
	for _, k := range kinds {
		list.rows = append(list.rows, []string{a.t(kindNames[k.Kind]), count(k.Receipts), fmt.Sprintf("%.0f", k.Bytes), fmt.Sprint(k.Checked), fmt.Sprint(k.Failed)})
	}
	list.text(w, a.lang)
}

// receiptCost tells what a receipt cost. What nobody could look at is not known, and not nothing.
func (a *app) receiptCost(r *bench.Report) string {
	p := r.Asked
	if p.CPU == nil || r.CPU.Total == nil {
		return lang.Text{Vi: "máy phát %.1f µs; của nút được hỏi thì không biết", En: "load generator %.1f µs; that of the node asked is not known"}.F(a.lang, r.CPU.Generator)
	}
	s := lang.Text{
		Vi: "nút được hỏi %.1f µs, máy phát %.1f µs; các nút cùng máy phát %.1f µs",
		En: "the node asked %.1f µs, load generator %.1f µs; all nodes and the generator %.1f µs"}.F(a.lang, *p.CPU, r.CPU.Generator, *r.CPU.Total)
	if p.Writing != nil {
		s += a.t(lang.Text{Vi: ", kể cả bản ghi của luồng ghi", En: ", the writer's records included"})
	}
	return s
}

func (a *app) writingText(w io.Writer, v *bench.Writing) {
	fmt.Fprintln(w, lang.Text{Vi: "\nGhi bên cạnh: một luồng, %.0f bản ghi đến hạn mỗi giây", En: "\nWriting beside: one stream, %.0f records due a second"}.F(a.lang, v.Rate))
	t := a.lines(w)
	for _, row := range []struct {
		name lang.Text
		*bench.Rates
	}{{lang.Text{Vi: "Một mình", En: "Alone"}, &v.Alone}, {lang.Text{Vi: "Cùng người hỏi", En: "Beside readers"}, &v.Beside}} {
		t.line(row.name, lang.Text{
			Vi: "%.0f bản ghi/s; chờ p50 %.2f ms, p99 %.2f ms, p99,9 %.2f ms",
			En: "%.0f records/s; waiting p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms"}.F(a.lang, row.TPS, row.P50, row.P99, row.P999))
	}
	if v.CPU != nil {
		t.line(lang.Text{}, lang.Text{
			Vi: "một mình, một bản ghi mất %.1f µs của nút được hỏi", En: "alone, a record took %.1f µs of the node asked"}.F(a.lang, *v.CPU))
	}
}
