package command

import (
	"fmt"
	"io"
	"slices"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
)

func (a *app) benchText(w io.Writer, r *bench.Report) {
	if r.Asked != nil {
		a.receiptsText(w, r)
		return
	}
	t := a.lines(w)
	a.ratesText(t, &r.Rates, r.Actions)
	t.line(lang.Text{Vi: "Cách gửi", En: "Submitted"}, a.submittedHow(r))
	t.line(lang.Text{Vi: "Ký", En: "Signed"}, lang.Text{
		Vi: "%d trước khi tính giờ, %d trong lúc chạy",
		En: "%d before the clock started, %d while it ran"}.F(a.lang, r.Presigned, r.Late))
	fmt.Fprintln(w)
	a.restText(t, r)
	a.nodesText(w, r.Nodes, perRecord)
	if r.Overload != nil {
		a.overloadText(w, r)
	}
	if r.Failover != nil {
		a.failoverText(w, r.Failover)
	}
	a.presenceText(w, &r.Presence)
	a.filesText(t, r)
	if r.Receipts != nil {
		t.line(lang.Text{Vi: "Biên nhận", En: "Receipts"}, lang.Text{
			Vi: "kiểm %d trong %d, đều đúng",
			En: "%d of %d verified, all right"}.F(a.lang, r.Receipts.Verified, r.Receipts.Of))
	}
}

// filesText says what the records take on the disk of the node that has grown most.
func (a *app) filesText(t lines, r *bench.Report) {
	var most *bench.Files
	for i := range r.Files {
		if f := &r.Files[i]; f.Record != nil && (most == nil || *f.Record > *most.Record) {
			most = f
		}
	}
	if most == nil {
		return
	}
	said := lang.Text{
		Vi: "sổ cái, ở nút chiếm nhiều nhất: %.0f B một bản ghi",
		En: "the ledger, at the node where it takes most: %.0f B a record"}.F(a.lang, *most.Record)
	if r.Payload > 0 {
		said += lang.Text{Vi: ", gấp %.2f lần bản ghi ấy", En: ", %.2f times the record itself"}.F(a.lang, *most.Record/r.Payload)
	}
	said += lang.Text{Vi: "; nhật ký raft %d MiB", En: "; raft's log %d MiB"}.F(a.lang, most.After[bench.RaftFile]>>20)
	t.line(lang.Text{Vi: "Trên đĩa", En: "On disk"}, said)
}

// presenceText says what of the acknowledged is on the ledger.
func (a *app) presenceText(w io.Writer, p *bench.Presence) {
	fmt.Fprintln(w)
	t := a.lines(w)
	if p.Node == "" {
		t.line(lang.Text{Vi: "Đã báo nhận", En: "Acknowledged"}, lang.Text{
			Vi: "%d bản ghi, cả lúc chạy đà; CHƯA TÌM LẠI: không có đầu sổ đã chứng thực nào chứa hết",
			En: "%d records, the warm-up included; NOT LOOKED FOR: there is no certified head that has them all"}.F(a.lang, p.Acknowledged))
		return
	}
	t.line(lang.Text{Vi: "Đã báo nhận", En: "Acknowledged"}, lang.Text{
		Vi: "%d bản ghi, cả lúc chạy đà; tìm thấy %d trong %d lá đọc từ %s",
		En: "%d records, the warm-up included; %d of them found in %d leaves read from %s"}.F(a.lang, p.Acknowledged, p.Found, p.Read, p.Node))
	t.line(lang.Text{Vi: "Đầu đã chứng thực", En: "Certified head"}, lang.Text{
		Vi: "khối %d, %d lá, gốc %s",
		En: "height %d, size %d, root %s"}.F(a.lang, p.Height, p.Size, p.Root))
	for _, id := range p.Missing {
		t.line(lang.Text{Vi: "THIẾU", En: "MISSING"}, id)
	}
}

func (a *app) ratesText(t lines, r *bench.Rates, actions int) {
	what := counted(actions)
	t.line(lang.Text{Vi: "Mỗi giây", En: "A second"}, lang.Text{
		Vi: "%.0f %s (%d trong %.1f s)",
		En: "%.0f %s (%d in %.1f s)"}.F(a.lang, r.TPS, what, r.Ops, r.Secs))
	t.line(lang.Text{Vi: "Thời gian chờ", En: "Waiting"}, lang.Text{
		Vi: "p50 %.2f ms, p99 %.2f ms, p99,9 %.2f ms, lâu nhất %.2f ms",
		En: "p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms"}.F(a.lang, r.P50, r.P99, r.P999, r.Max))
	if r.Errs > 0 || r.Open > 0 {
		t.line(lang.Text{Vi: "Không được nhận", En: "Not acknowledged"}, lang.Text{
			Vi: "%d câu trả lời; %d bản ghi chưa biết kết quả",
			En: "%d answers; %d records of unknown outcome"}.F(a.lang, r.Errs, r.Open))
		t.line(lang.Text{}, byReason(r.Errors))
	}
}

// counted is what an operation is.
func counted(actions int) lang.Text {
	if actions > 1 {
		return lang.Text{Vi: "hành động", En: "actions"}
	}
	return lang.Text{Vi: "bản ghi", En: "records"}
}

func (a *app) submittedHow(r *bench.Report) string {
	s := string(r.Mode)
	if r.Mode != bench.Unary || r.Rate == 0 { // calls at a rate are nobody's
		s += fmt.Sprintf(", %d %s", r.Clients, a.t(lang.Text{Vi: "máy khách", En: "clients"}))
	}
	if r.Rate > 0 {
		s += lang.Text{Vi: ", %.0f bản ghi đến hạn mỗi giây", En: ", %.0f records due a second"}.F(a.lang, r.Rate)
	}
	if r.Actions > 1 {
		s += lang.Text{Vi: ", %d hành động mỗi bản ghi", En: ", %d actions a record"}.F(a.lang, r.Actions)
	}
	wait := lang.Text{Vi: "đến khi được thực thi bền vững", En: "until durable and executed"}
	if r.Certified {
		wait = lang.Text{Vi: "đến khi được chứng thực", En: "until certified"}
	}
	return s + fmt.Sprintf(", %.0f B, ", r.Payload) + a.t(wait)
}

// restText says what the numbers rest on.
func (a *app) restText(t lines, r *bench.Report) {
	a.placeText(t, r)
	s := &r.Signatures
	if s.Checks != nil && s.Limit != nil && s.Share != nil && s.TablesLimit != nil && s.TablesShare != nil {
		t.line(lang.Text{Vi: "Giới hạn chữ ký", En: "Signature limit"}, lang.Text{
			Vi: "khi %d nút trên máy này đều kiểm: %.0f bản ghi/s bằng thư viện, đạt %.0f %%; %.0f bằng bảng, đạt %.0f %%",
			En: "when %d nodes on this machine verify each: %.0f records/s by the library, %.0f %% of it reached; %.0f by tables, %.0f %%"}.F(
			a.lang, *s.Checks, *s.Limit, 100**s.Share, *s.TablesLimit, 100**s.TablesShare))
	}
	t.line(lang.Text{Vi: "CPU một bản ghi", En: "CPU a record"}, a.costText(&r.CPU, r.Nodes, &r.Ledger))
	a.newMemoryText(t, &r.CPU)
	if s.CPUShare != nil && r.CPU.Alone != nil {
		t.line(lang.Text{Vi: "", En: ""}, lang.Text{
			Vi: "%.0f %% là chữ ký; máy này nếu không có việc gì khác: %.0f %s mỗi giây", En: "%.0f %% of it signatures; this machine, had it nothing else to do: %.0f %s a second"}.F(a.lang, 100**s.CPUShare, *r.CPU.Alone, counted(r.Actions)))
	}
}

// placeText says where the numbers were measured.
func (a *app) placeText(t lines, r *bench.Report) {
	m := &r.Machine
	load := ""
	if m.Load != nil {
		load = lang.Text{Vi: "; tải trước khi đo %.1f", En: "; load before the run %.1f"}.F(a.lang, *m.Load)
	}
	t.line(lang.Text{Vi: "Máy", En: "Machine"}, lang.Text{
		Vi: "%s, %d nhân, %s %s, %s%s",
		En: "%s, %d cores, %s %s, %s%s"}.F(a.lang, m.CPU, m.Cores, m.System, m.Kernel, m.Go, load))
	if r.TimerSlack > 0 {
		t.line(lang.Text{}, lang.Text{
			Vi: "hẹn giờ của các nút có thể trễ %g ms, như khi gói cài đặt chạy nút", En: "timers of the nodes may be late by %g ms, as where the package runs them"}.F(a.lang, r.TimerSlack))
	}
	if d := r.Disk; d != nil {
		t.line(lang.Text{Vi: "Đĩa", En: "Disk"}, lang.Text{
			Vi: "4 KiB + fdatasync: p50 %.2f ms, p99 %.2f ms (%d lần, %s)",
			En: "4 KiB + fdatasync: p50 %.2f ms, p99 %.2f ms (%d times, %s)"}.F(a.lang, d.P50, d.P99, d.Samples, d.Dir))
	} else {
		t.line(lang.Text{Vi: "Đĩa", En: "Disk"}, a.t(lang.Text{Vi: "không biết: dùng --dir", En: "not known: give --dir"}))
	}
	if p := r.Memory; p != nil {
		t.line(lang.Text{Vi: "Bộ nhớ", En: "Memory"}, lang.Text{
			Vi: "một trang %d KiB, khi chạm lần đầu: %.1f µs", En: "a page of %d KiB, touched for the first time: %.1f µs"}.F(a.lang, p.Size>>10, p.First))
	}
	t.line(lang.Text{Vi: "Sổ cái", En: "Ledger"}, lang.Text{
		Vi: "%s; n = %d nút xác thực, q = %d; %d → %d lá", En: "%s; n = %d validators, q = %d; %d → %d leaves"}.F(a.lang, r.Ledger.Name, r.Ledger.Validators, r.Ledger.Quorum, r.Ledger.Before, r.Ledger.After))
	s := &r.Signatures
	speed := lang.Text{
		Vi: "%s: một nhân kiểm %.0f/s, mọi nhân %.0f/s; %.1f µs một chữ ký", En: "%s: one core verifies %.0f/s, all cores %.0f/s; %.1f µs each"}
	t.line(lang.Text{Vi: "Chữ ký", En: "Signatures"}, speed.F(a.lang, a.t(lang.Text{Vi: "bằng thư viện", En: "by the library"}), s.Library.OneCore, s.Library.AllCores, s.Library.CPU))
	t.line(lang.Text{}, speed.F(a.lang, a.t(lang.Text{Vi: "bằng bảng, như các nút", En: "by tables, as nodes do"}), s.Tables.OneCore, s.Tables.AllCores, s.Tables.CPU))
}

// newMemoryText says what of a record's cost went for memory that the nodes had not had before, where that is known.
func (a *app) newMemoryText(t lines, c *bench.CPU) {
	if c.NewMemory != nil && c.Nodes != nil && *c.Nodes > 0 {
		t.line(lang.Text{}, lang.Text{
			Vi: "khoảng %.1f µs trong đó, %.0f %%, để các nút có thêm bộ nhớ", En: "some %.1f µs of it, %.0f %%, for memory that the nodes had not had before"}.F(
			a.lang, *c.NewMemory, 100**c.NewMemory / *c.Nodes))
	}
}

// costText tells what a record cost. What nobody could look at is not known, and not nothing.
func (a *app) costText(c *bench.CPU, nodes []bench.Node, l *bench.Ledger) string {
	switch n := bench.Seen(nodes); {
	case c.Nodes == nil || n == 0:
		return lang.Text{Vi: "máy phát %.1f µs; của các nút thì không biết", En: "load generator %.1f µs; that of the nodes is not known"}.F(a.lang, c.Generator)
	case n < int(l.Validators):
		return lang.Text{
			Vi: "%d trong %d nút %.1f µs, của các nút khác thì không biết; máy phát %.1f µs",
			En: "%d of %d nodes %.1f µs, that of the others is not known; load generator %.1f µs"}.F(a.lang, n, l.Validators, *c.Nodes, c.Generator)
	}
	return lang.Text{
		Vi: "các nút %.1f µs, máy phát %.1f µs, cộng %.1f µs",
		En: "nodes %.1f µs, load generator %.1f µs, together %.1f µs"}.F(a.lang, *c.Nodes, c.Generator, *c.Total)
}

// perRecord is the column of what a node took of its processor.
var perRecord = lang.Text{Vi: "CPU, µs/bản ghi", En: "CPU, µs/record"}

func (a *app) nodesText(w io.Writer, nodes []bench.Node, cpu lang.Text) {
	if len(nodes) == 0 {
		fmt.Fprintln(w, a.t(lang.Text{Vi: "\nKhông xem được cổng vận hành nào: dùng --operator", En: "\nNo operator door could be looked at: give --operator"}))
		return
	}
	table := &table{columns: []lang.Text{
		{Vi: "Nút", En: "Node"}, {Vi: "Tiến trình", En: "Process"}, cpu, {Vi: "Bộ nhớ trước, MiB", En: "Memory before, MiB"}, {Vi: "cao nhất", En: "peak"}, {Vi: "Chờ xếp, cao nhất", En: "Queue, peak"}, {Vi: "Nhiệm kỳ", En: "Term"},
	}}
	shared := false
	for i, n := range nodes {
		name := n.Operator
		if n.Public != "" {
			name = fmt.Sprintf("%d  %s", n.Agency, n.Public)
		}
		term := count(n.Term)
		if n.Lost {
			term = a.t(lang.Text{Vi: "không trả lời", En: "no answer"})
		}
		if slices.ContainsFunc(nodes[:i], func(o bench.Node) bool { return o.Process == n.Process }) {
			shared = true
			table.rows = append(table.rows, []string{name, fmt.Sprint(n.Process), "″", "″", "″", count(n.Queue), term})
			continue
		}
		spent := "–"
		if n.CPU != nil {
			spent = lang.Same("%.1f").F(a.lang, *n.CPU)
		}
		table.rows = append(table.rows, []string{name, fmt.Sprint(n.Process), spent, fmt.Sprint(n.Resident >> 20), fmt.Sprint(n.Peak >> 20), count(n.Queue), term})
	}
	fmt.Fprintln(w)
	table.text(w, a.lang)
	if shared {
		fmt.Fprintln(w, a.t(lang.Text{
			Vi: "Các nút cùng tiến trình: con số là của cả tiến trình.",
			En: "Nodes of one process: the numbers are the whole process's."}))
	}
}
