package command

import (
	"fmt"
	"io"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
)

// notKnown is said of what nobody saw: a number that stands for it would be taken for one.
var notKnown = lang.Text{Vi: "không biết", En: "not known"}

// known is a number that somebody saw, or that nobody did.
func known[N any](a *app, format string, n *N) string {
	if n == nil {
		return a.t(notKnown)
	}
	return lang.Same(format).F(a.lang, *n)
}

func (a *app) overloadText(w io.Writer, r *bench.Report) {
	v := r.Overload
	fmt.Fprintln(w, a.t(lang.Text{Vi: "\nQuá tải", En: "\nOverload"}))
	t := a.lines(w)
	a.offeredText(t, v)
	t.line(lang.Text{Vi: "Mức cao nhất", En: "Peak"}, lang.Text{
		Vi: "%.0f bản ghi/s, trung bình của %.0f trước đó và %.0f sau đó; mạng đã quá tải %.0f s trước khi đo",
		En: "%.0f records/s, the mean of %.0f before and %.0f after; the network had been overloaded for %.0f s before that"}.F(a.lang, v.Peak, v.PeakBefore, v.PeakAfter, v.Before))
	a.peakText(t, v)
	if v.Settled != nil && !*v.Settled {
		t.line(lang.Text{}, a.t(lang.Text{
			Vi: "bộ nhớ của các nút lúc ấy vẫn còn tăng: lần quá tải còn phải trả cho phần tăng đó", En: "the nodes' memory was still growing then: the overload pays for that, too"}))
	}
	if v.YoungPeak > 0 {
		t.line(lang.Text{Vi: "Lúc nút mới chạy", En: "Young nodes"}, lang.Text{
			Vi: "%.0f bản ghi/s trong những giây đầu; khi bị đưa vào gấp mười lần, lần đầu: %.0f",
			En: "%.0f records/s in the first seconds; when ten times of that was offered, the first time: %.0f"}.F(a.lang, v.YoungPeak, v.YoungGoodput))
	}
	t.line(lang.Text{Vi: "Được nhận", En: "Goodput"}, lang.Text{
		Vi: "%.0f bản ghi/s, %.0f %% mức cao nhất",
		En: "%.0f records/s, %.0f %% of the peak"}.F(a.lang, v.Goodput, 100*v.Share))
	a.ratesText(t, &v.Rates, r.Actions)
	t.line(lang.Text{Vi: "CPU một bản ghi", En: "CPU a record"}, a.costText(&v.CPU, v.Nodes, &r.Ledger))
	t.line(lang.Text{}, a.t(lang.Text{Vi: "tính cho một bản ghi được nhận, kể cả những gì bị từ chối", En: "a record acknowledged, what was turned away included"}))
	a.newMemoryText(t, &v.CPU)
	t.line(lang.Text{Vi: "Bầu lại", En: "Elections"}, a.electionsText(v.Elections))
	a.nodesText(w, v.Nodes, perRecord)
}

// offeredText says what was offered.
func (a *app) offeredText(t lines, v *bench.Overload) {
	if v.Streams == 0 {
		t.line(lang.Text{Vi: "Đưa vào", En: "Offered"}, lang.Text{
			Vi: "%.0f cuộc gọi/s, gấp %.1f lần mức %.0f trước đó (muốn 10 lần)",
			En: "%.0f calls/s, %.1f times the %.0f before (10 times were wanted)"}.F(a.lang, v.Offered, v.Offered/max(v.PeakBefore, 1), v.PeakBefore))
		return
	}
	t.line(lang.Text{Vi: "Muốn gửi", En: "Wanted"}, lang.Text{
		Vi: "%.0f bản ghi/s bằng %d luồng, gấp 10 lần mức %.0f trước đó",
		En: "%.0f records/s by %d streams, 10 times the %.0f before"}.F(a.lang, v.Wanted, v.Streams, v.PeakBefore))
	t.line(lang.Text{Vi: "Được gửi", En: "Let through"}, lang.Text{
		Vi: "%.0f bản ghi/s; cửa sổ của luồng giữ lại phần kia",
		En: "%.0f records/s; the streams' windows held the rest back"}.F(a.lang, v.Offered))
}

// peakText warns of a peak that was none.
func (a *app) peakText(t lines, v *bench.Overload) {
	name := lang.Text{}
	switch {
	case v.Saturated == nil:
		t.line(name, a.t(lang.Text{
			Vi: "không biết có phải mức cao nhất không: không thấy được bộ xử lý của mọi nút trên máy này",
			En: "whether it was one is not known: the processors of all nodes on this machine could not be looked at"}))
	case !*v.Saturated:
		used := a.t(notKnown)
		if v.Processors != nil {
			used = lang.Same("%.0f %%").F(a.lang, 100**v.Processors)
		}
		t.line(name, lang.Text{
			Vi: "CHƯA ĐẠT: chừng ấy máy khách chưa dùng hết sức mạng lưới, hoặc việc khác chiếm mất (các nút và máy phát dùng bộ xử lý của máy: %s);",
			En: "NOT REACHED: these clients did not use all that the network has, or something else took it (of the machine's processors nodes and load used: %s);"}.F(a.lang, used))
		t.line(lang.Text{}, a.t(lang.Text{
			Vi: "tỷ lệ dưới đây không nói gì về quá tải: tăng --clients, khi máy không có việc khác",
			En: "the percentage below says nothing of an overload: give more --clients, with nothing else at work"}))
	default:
		if v.Processors != nil {
			t.line(name, lang.Text{
				Vi: "các nút và máy phát dùng %.0f %% bộ xử lý của máy", En: "nodes and load used %.0f %% of the machine's processors"}.F(a.lang, 100**v.Processors))
		}
	}
}

func (a *app) electionsText(n *uint64) string {
	if n == nil {
		return a.t(lang.Text{Vi: "không biết: quá ít nút trả lời ở cổng vận hành", En: "not known: too few nodes answered at their operator doors"})
	}
	return count(*n)
}

func (a *app) failoverText(w io.Writer, f *bench.Failover) {
	fmt.Fprintln(w, a.t(lang.Text{Vi: "\nGiết nút dẫn đầu", En: "\nThe leader was killed"}))
	t := a.lines(w)
	t.line(lang.Text{Vi: "Nút", En: "Node"}, lang.Text{
		Vi: "cơ quan %d, sau %.1f s; nhiệm kỳ trước đó %d, sau đó %s",
		En: "agency %d, after %.1f s; term before it %d, afterwards %s"}.F(a.lang, f.Killed, f.At, f.TermBefore, known(a, "%d", f.TermAfter)))
	gap := lang.Text{
		Vi: "%.0f ms không có bản ghi nào được nhận, bắt đầu %.0f ms sau đó",
		En: "%.0f ms without an acknowledgement, from %.0f ms after it"}
	if !f.Recovered {
		gap = lang.Text{
			Vi: "KHÔNG PHỤC HỒI: không có bản ghi nào được nhận dưới một nút dẫn đầu mới; khoảng trống ít nhất %.0f ms, bắt đầu %.0f ms sau đó",
			En: "NOT RECOVERED: nothing was acknowledged under a new leader; a gap of at least %.0f ms, from %.0f ms after it"}
	}
	t.line(lang.Text{Vi: "Khoảng trống", En: "Gap"}, gap.F(a.lang, f.Gap, f.GapBegan))
	after := known(a, "%.0f/s", f.After)
	if f.Recovered && f.After == nil {
		after += a.t(lang.Text{Vi: ": phục hồi khi đã hết giờ đo", En: ": it recovered when the window was over"})
	}
	t.line(lang.Text{Vi: "Trước, sau", En: "Before, after"}, fmt.Sprintf("%.0f/s, %s", f.Before, after))
}
