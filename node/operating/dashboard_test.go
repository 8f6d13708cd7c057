package operating

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The dashboard is made from this table, so that its panels have ids, places and sources without anybody keeping them: OCOP_GOLDEN=write makes the file anew.
const dashboardFile = "ocop-grafana.json"

// chart is a panel: a title in both languages, what its numbers are in, and its lines.
type chart struct {
	title string
	unit  string
	lines []line
	stat  bool // numbers of the moment instead of lines
}

// line is an expression and how its series are called.
type line struct{ expr, name string }

// section is a row of panels.
type section struct {
	title  string
	charts []chart
}

// of is a series of the nodes that are looked at.
func of(series string, matchers ...string) string {
	return series + "{" + strings.Join(append([]string{`job=~"$job"`, `instance=~"$instance"`}, matchers...), ",") + "}"
}

// rate is how fast a counter grows, by some labels beside the node.
func rate(counter, by string, matchers ...string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s[$__rate_interval]))", by, of(counter, matchers...))
}

// quantile is of native histograms where Prometheus has them, and of the classic ones where not.
func quantile(q, histogram, by string, matchers ...string) string {
	return fmt.Sprintf("histogram_quantile(%s, %s) or histogram_quantile(%s, %s)", q, rate(histogram, by, matchers...), q, rate(histogram+"_bucket", by+", le", matchers...))
}

// mean is the mean of a histogram's values: of native ones, and of classic ones.
func mean(histogram, by string, matchers ...string) string {
	native := rate(histogram, by, matchers...)
	return fmt.Sprintf("histogram_sum(%s) / histogram_count(%s) or %s / %s", native, native, rate(histogram+"_sum", by, matchers...), rate(histogram+"_count", by, matchers...))
}

// busy is how many seconds a second things take, all of them together.
func busy(histogram, by string, matchers ...string) string {
	return fmt.Sprintf("histogram_sum(%s) or %s", rate(histogram, by, matchers...), rate(histogram+"_sum", by, matchers...))
}

// quantiles are the middle and the tail of a histogram.
func quantiles(histogram, by, name string, matchers ...string) []line {
	return []line{{quantile("0.5", histogram, by, matchers...), name + " p50"}, {quantile("0.99", histogram, by, matchers...), name + " p99"}}
}

// sections are the dashboard, from what is asked first to what is asked last.
var sections = []section{
	{"Nút có chạy không / Is it up", []chart{
		{"Sẵn sàng / Ready", "bool_yes_no", []line{{of("ocop_ready"), "{{instance}}"}}, true},
		{"Nút dẫn đầu (cơ quan) / Leader (agency)", "none", []line{{of("ocop_leader_agency"), "{{instance}}"}}, true},
		{"Tuổi đầu sổ đã chứng thực / Age of the certified head", "s", []line{{of("ocop_head_age_seconds"), "{{instance}}"}}, true},
		{"Cảnh báo / Alarms", "short", []line{{"sum by (instance, alarm) (" + of("ocop_alarms") + ") > 0", "{{instance}} {{alarm}}"}, {"sum by (instance) (" + of("ocop_alarms") + ")", "{{instance}}"}}, true},
		{"Bằng chứng / Evidence", "short", []line{{"sum by (kind, agency) (" + of("ocop_evidence") + ") or vector(0)", "{{kind}} {{agency}}"}}, true},
		{"Phiên bản, cơ quan / Version, agency", "string", []line{{of("ocop_build_info"), "{{instance}}: {{version}}, {{agency}}"}}, true},
		{"Kiểm tra không đạt / Checks that fail", "short", []line{{"sum by (instance, check) (" + of("ocop_check_ok") + " == bool 0)", "{{instance}} {{check}}"}}, false},
		{"Vai trò và vị trí trong raft / Role and place in raft", "short", []line{{of("ocop_role") + " == 1", "{{instance}} {{role}}"}, {of("ocop_place") + " == 1", "{{instance}} {{place}}"}, {of("ocop_leader"), "{{instance}} 1 = dẫn đầu / leads"}}, false},
		{"Chiều cao và nhiệm kỳ / Height and term", "none", []line{{of("ocop_height"), "{{instance}} khối / block"}, {of("ocop_raft_term"), "{{instance}} nhiệm kỳ / term"}}, false},
	}},
	{"Tải / Load", []chart{
		{"Bản ghi trả lời người gửi / Records answered to clients", "ops", []line{{rate("ocop_records_total", "instance, outcome"), "{{instance}} {{outcome}}"}}, false},
		{"Bản ghi áp dụng vào sổ / Records applied to the ledger", "ops", []line{{rate("ocop_ledger_records_total", "instance, outcome"), "{{instance}} {{outcome}}"}}, false},
		{"Từ chối theo lý do / Refusals by reason", "ops", []line{{rate("ocop_refusals_total", "door, reason"), "{{door}} {{reason}}"}}, false},
		{"Quá tải / Turned away", "ops", []line{{rate("ocop_overloads_total", "instance, step"), "{{instance}} {{step}}"}}, false},
		{"Chữ ký theo nơi kiểm tra / Signatures by where they are verified", "ops", []line{{rate("ocop_signatures_total", "instance, path"), "{{instance}} {{path}}"}}, false},
		{"Kết luận về chữ ký / Verdicts on signatures", "ops", []line{{rate("ocop_verdicts_total", "instance, by"), "{{instance}} {{by}}"}}, false},
		{"Bảng tính sẵn của người ký / Tables of signers", "short", []line{{of("ocop_signer_tables"), "{{instance}}"}, {of("ocop_signer_tables_limit"), "{{instance}} giới hạn / limit"}}, false},
		{"Bản ghi mỗi bản thảo / Records of a draft", "short", append([]line{{mean("ocop_draft_records", "instance"), "{{instance}} trung bình / mean"}}, quantiles("ocop_draft_records", "instance", "{{instance}}")...), false},
		{"Bản thảo đầy đến đâu / How full drafts are", "percentunit", []line{
			{"(" + mean("ocop_draft_records", "instance") + ") / 1024", "{{instance}} số bản ghi / records"}, {"(" + mean("ocop_draft_bytes", "instance") + ") / 1048576", "{{instance}} byte / bytes"},
		}, false},
		{"Bản ghi mỗi lần áp dụng / Records of an apply batch", "short", append([]line{{mean("ocop_apply_records", "instance"), "{{instance}} trung bình / mean"}}, quantiles("ocop_apply_records", "instance", "{{instance}}")...), false},
		{"Lời gọi gRPC và HTTP / Calls of services", "ops", []line{{rate("ocop_grpc_requests_total", "door, method, code"), "{{door}} {{method}} {{code}}"}}, false},
	}},
	{"Thời gian đi đâu / Where time goes", []chart{
		{"Các chặng của một bản ghi, p50 / Stages of a record's way, p50", "s", []line{{quantile("0.5", "ocop_stage_duration_seconds", "instance, stage"), "{{instance}} {{stage}}"}}, false},
		{"Các chặng của một bản ghi, p99 / Stages of a record's way, p99", "s", []line{{quantile("0.99", "ocop_stage_duration_seconds", "instance, stage"), "{{instance}} {{stage}}"}}, false},
		{"Chặng nào bận / Which stage is busy", "percentunit", []line{{busy("ocop_stage_duration_seconds", "instance, stage", `stage!="stream"`), "{{instance}} {{stage}}"}, {busy("ocop_apply_duration_seconds", "instance"), "{{instance}} apply"}}, false},
		{"Áp dụng một lô / Applying a batch", "s", quantiles("ocop_apply_duration_seconds", "instance", "{{instance}}"), false},
		{"Ghi đĩa theo tệp, p99 / Writes by file, p99", "s", []line{{quantile("0.99", "ocop_write_duration_seconds", "instance, file"), "{{instance}} {{file}}"}}, false},
		{"Lời gọi theo phương thức, p99 / Calls by method, p99", "s", []line{{quantile("0.99", "ocop_grpc_request_duration_seconds", "door, method"), "{{door}} {{method}}"}}, false},
	}},
	{"Hàng đợi / Queues", []chart{
		{"Byte của lời gọi chưa đến đủ / Bytes of calls still arriving", "bytes", []line{{of("ocop_receiving_bytes"), "{{instance}} {{door}}"}, {of("ocop_receiving_limit_bytes"), "{{instance}} {{door}} giới hạn / limit"}}, false},
		{"Lời gọi chưa đến đủ / Calls still arriving", "short", []line{{of("ocop_receiving_calls"), "{{instance}} {{door}}"}, {rate("ocop_receiving_cut_total", "instance, door, reason"), "{{instance}} {{door}} bị cắt / cut off: {{reason}}"}}, false},
		{"Lời gọi đang có ở cổng / Calls at a door", "short", []line{{of("ocop_calls"), "{{instance}} {{door}}"}, {of("ocop_calls_limit"), "{{instance}} {{door}} giới hạn / limit"}}, false},
		{"Bản ghi đang nhận, chưa có kết quả / Records in hand", "short", []line{{of("ocop_intake_records"), "{{instance}} {{way}}"}, {of("ocop_intake_limit_records"), "{{instance}} {{way}} giới hạn / limit"}}, false},
		{"Byte đang nhận, chưa có kết quả / Bytes in hand", "bytes", []line{{of("ocop_intake_bytes"), "{{instance}} {{way}}"}, {of("ocop_intake_limit_bytes"), "{{instance}} {{way}} giới hạn / limit"}}, false},
		{"Luồng gửi bản ghi / Streams that submit", "short", []line{{of("ocop_submit_streams"), "{{instance}}"}, {of("ocop_submit_streams_limit"), "{{instance}} giới hạn / limit"}}, false},
		{"Kết nối ở cổng công khai / Connections at the public door", "short", []line{{of("ocop_public_connections"), "{{instance}}"}, {of("ocop_public_connections_limit"), "{{instance}} giới hạn / limit"}}, false},
		{"Luồng theo dõi sổ / Streams that follow", "short", []line{{of("ocop_follow_streams"), "{{instance}}"}, {of("ocop_follow_streams_limit"), "{{instance}} giới hạn / limit"}}, false},
		{"Luồng nhường chỗ / Streams that made room", "ops", []line{{rate("ocop_submit_streams_ended_total", "instance"), "{{instance}} gửi / submit"}, {rate("ocop_follow_streams_ended_total", "instance"), "{{instance}} theo dõi / follow"}}, false},
		{"Đang kiểm tra chữ ký / Under verification", "short", []line{{of("ocop_admit_records"), "{{instance}}"}, {of("ocop_admit_limit_records"), "{{instance}} giới hạn / limit"}}, false},
		{"Chờ chuyển cho nút dẫn đầu / Waiting to be handed to the leader", "short", []line{{of("ocop_forward_records"), "{{instance}}"}}, false},
		{"Byte chờ chuyển cho nút dẫn đầu / Bytes waiting to be handed to the leader", "bytes", []line{{of("ocop_forward_bytes"), "{{instance}}"}}, false},
		{"Chờ xếp thứ tự / Waiting to be ordered", "short", []line{{of("ocop_queue_records"), "{{instance}}"}, {of("ocop_queue_limit_records"), "{{instance}} giới hạn / limit"}}, false},
		{"Byte chờ xếp thứ tự / Bytes waiting to be ordered", "bytes", []line{{of("ocop_queue_bytes"), "{{instance}}"}}, false},
		{"Bản thảo đang kiểm tra trước / Drafts being verified ahead", "short", []line{{of("ocop_ahead_drafts"), "{{instance}}"}}, false},
		{"Chấp nhận, chưa áp dụng / Committed, not applied", "short", []line{{of("ocop_raft_unapplied_entries"), "{{instance}}"}}, false},
		{"Raft: chưa được chấp nhận / Raft: not committed yet", "short", []line{{of("ocop_raft_last_index") + " - " + of("ocop_raft_commit_index"), "{{instance}}"}}, false},
		{"Raft: mục đã áp dụng / Raft: entries applied", "ops", []line{{"deriv(" + of("ocop_raft_applied_index") + "[$__rate_interval])", "{{instance}}"}}, false},
		{"Chưa có trong index.db / Not in index.db yet", "short", []line{{of("ocop_index_lag_records"), "{{instance}}"}}, false},
		{"Đầu sổ chờ ký / Heads to be signed", "short", []line{{of("ocop_cosign_queue"), "{{instance}}"}}, false},
		{"Lời gọi đang xử lý / Calls under way", "short", []line{{of("ocop_grpc_requests_in_flight"), "{{instance}} {{door}}"}}, false},
		{"Lời hứa / Promises", "short", []line{{of("ocop_promises_open"), "{{instance}} đang mở / open"}, {of("ocop_promises_limit"), "{{instance}} giới hạn / limit"}, {rate("ocop_promises_total", "instance"), "{{instance}} mỗi giây / a second"}, {"increase(" + of("ocop_promises_missed_total") + "[1h])", "{{instance}} lỡ trong giờ qua / missed in an hour"}}, false},
	}},
	{"Các nút khác / The other validators", []chart{
		{"Chậm so với nút này (lá) / Behind this node (leaves)", "short", []line{{of("ocop_peer_lag_leaves"), "{{instance}} → {{agency}}"}}, false},
		{"Nút dẫn đầu chờ ai / For whom the leader waits", "percentunit", []line{
			{rate("ocop_held_by_seconds_total", "instance, agency"), "{{instance}} → {{agency}}"}, {rate("ocop_held_seconds_total", "instance"), "{{instance}} tất cả / in all"},
			{of("ocop_held_by") + " == 1", "{{instance}} → {{agency}} lúc này / now"},
		}, false},
		{"Chậm so với nút này (khối) / Behind this node (blocks)", "short", []line{{of("ocop_peer_lag_blocks"), "{{instance}} → {{agency}}"}}, false},
		{"Trả lời trong / Round trip", "s", []line{{of("ocop_peer_round_trip_seconds"), "{{instance}} → {{agency}}"}, {of("ocop_raft_last_contact_seconds"), "{{instance}} nghe nút dẫn đầu / heard the leader"}}, false},
		{"Trả lời hay không / Reachable", "bool_yes_no", []line{{of("ocop_peer_reachable"), "{{instance}} → {{agency}}"}}, false},
		{"Thấy bao nhiêu nút / How many can be seen", "short", []line{{of("ocop_peers_seen"), "{{instance}} thấy / seen"}, {of("ocop_peers"), "{{instance}} có / there are"}, {of("ocop_validators"), "{{instance}} n"}, {of("ocop_quorum"), "{{instance}} q"}}, false},
		{"Câu hỏi không được trả lời / Questions without an answer", "ops", []line{{rate("ocop_peer_errors_total", "instance, agency, kind"), "{{instance}} → {{agency}} {{kind}}"}}, false},
		{"Đồng hồ lệch / Clocks", "s", []line{{of("ocop_clock_ahead_seconds"), "{{instance}}"}, {of("ocop_peer_clock_ahead_seconds"), "{{instance}} → {{agency}}"}}, false},
	}},
	{"Chứng thực / Certification", []chart{
		{"Lá chưa được chứng thực / Leaves not certified yet", "short", []line{{of("ocop_leaves") + " - " + of("ocop_certified_leaves"), "{{instance}}"}}, false},
		{"Khối chưa được chứng thực / Blocks not certified yet", "short", []line{{of("ocop_height") + " - " + of("ocop_certified_height"), "{{instance}}"}}, false},
		{"Từ điểm ký đến chứng thực / From cosign point to certified head", "s", append(quantiles("ocop_stage_duration_seconds", "instance", "{{instance}}", `stage="certify"`), line{of("ocop_cosign_delay_seconds"), "{{instance}} mới nhất / newest"}), false},
		{"Chữ ký đầu sổ nhận được / Cosignatures taken", "ops", []line{{rate("ocop_cosignatures_total", "instance, agency"), "{{instance}} ← {{agency}}"}}, false},
		{"Chậm ký (lá) / Behind in signing (leaves)", "short", []line{{of("ocop_leaves") + " - on (job, instance) group_right () " + of("ocop_cosigned_leaves"), "{{instance}} ← {{agency}}"}}, false},
		{"Nút có ký không / Does it sign", "bool_yes_no", []line{{of("ocop_cosigning"), "{{instance}}"}}, false},
		{"Mâu thuẫn, chữ ký sai, bản thảo vô hiệu / Conflicts, bad cosignatures, void drafts", "short", []line{
			{"increase(" + of("ocop_conflicts_total") + "[1h])", "{{instance}} mâu thuẫn / conflicts"}, {"increase(" + of("ocop_bad_cosignatures_total") + "[1h])", "{{instance}} ← {{agency}} sai / bad"},
			{"increase(" + of("ocop_void_drafts_total") + "[1h])", "{{instance}} vô hiệu / void"},
		}, false},
		{"Chưa công bố (lá) / Not published yet (leaves)", "short", []line{{of("ocop_certified_leaves") + " - " + of("ocop_published_leaves"), "{{instance}}"}}, false},
		{"Kỷ nguyên chính sách / Policy epoch", "none", []line{{of("ocop_policy_epoch"), "{{instance}}"}}, false},
	}},
	{"Đọc và công bố / Reading and publishing", []chart{
		{"Tệp công bố theo loại / Published files by kind", "ops", []line{{rate("ocop_log_requests_total", "instance, file, code"), "{{instance}} {{file}} {{code}}"}}, false},
		{"Byte công bố / Bytes published", "Bps", []line{{rate("ocop_log_sent_bytes_total", "instance, file"), "{{instance}} {{file}}"}}, false},
		{"Biên nhận bản ghi / Record receipts", "ops", []line{{rate("ocop_record_receipts_total", "instance"), "{{instance}}"}}, false},
		{"Trạng thái đọc từ đâu / Where rows of the state are found", "ops", []line{{rate("ocop_state_reads_total", "instance, from"), "{{instance}} {{from}}"}}, false},
		{"Ảnh và tên / Public blobs", "short", []line{
			{of("ocop_blobs_named"), "{{instance}} sổ ghi / named"}, {of("ocop_blobs_held"), "{{instance}} đang có / held"}, {of("ocop_blobs_missing"), "{{instance}} thiếu / missing"},
			{of("ocop_blobs_pending"), "{{instance}} chờ / pending"}, {of("ocop_blobs_erased"), "{{instance}} đã xóa / erased"},
		}, false},
		{"Byte của ảnh và tên / Bytes of public blobs", "bytes", []line{{of("ocop_blobs_held_bytes"), "{{instance}} đang có / held"}, {of("ocop_blobs_pending_bytes"), "{{instance}} chờ / pending"}}, false},
		{"Ảnh và tên: trong một giờ / Public blobs: in an hour", "short", []line{
			{"increase(" + of("ocop_blobs_fetched_total") + "[1h])", "{{instance}} lấy về / fetched"}, {"increase(" + of("ocop_blobs_refused_total") + "[1h])", "{{instance}} từ chối / refused"},
			{"increase(" + of("ocop_blobs_damaged_total") + "[1h])", "{{instance}} hỏng / damaged"},
		}, false},
	}},
	{"Đĩa / Disk", []chart{
		{"Còn bao lâu / Time left", "s", []line{{of("ocop_disk_left_seconds") + " < +Inf", "{{instance}}"}}, false},
		{"Còn trống / Free", "bytes", []line{{of("ocop_disk_free_bytes"), "{{instance}}"}, {of("ocop_disk_size_bytes"), "{{instance}} cả đĩa / whole disk"}}, false},
		{"Số tệp còn tạo được / Files that can still be made", "short", []line{{of("ocop_disk_free_inodes"), "{{instance}}"}}, false},
		{"Tốc độ tăng / Growth", "Bps", []line{{of("ocop_disk_growth_bytes_per_second"), "{{instance}}"}}, false},
		{"Kích thước tệp / Sizes of files", "bytes", []line{{of("ocop_file_size_bytes"), "{{instance}} {{file}}"}}, false},
		{"Chỗ trên đĩa của tệp / Disk that files take", "bytes", []line{{of("ocop_file_disk_bytes"), "{{instance}} {{file}}"}}, false},
		{"Byte mỗi lá, chain.db và index.db / Bytes a leaf, chain.db and index.db", "bytes", []line{{of("ocop_file_disk_bytes", `file=~"chain.db|index.db"`) + " / on (job, instance) group_left () " + of("ocop_leaves"), "{{instance}} {{file}}"}}, false},
		{"Hàng ghi vào index.db / Rows written to index.db", "ops", []line{{rate("ocop_index_rows_total", "instance"), "{{instance}}"}}, false},
	}},
	{"Tiến trình / The process", []chart{
		{"Số nhân đang dùng / Cores used", "short", []line{{rate("process_cpu_seconds_total", "instance"), "{{instance}}"}}, false},
		{"Phần CPU dọn bộ nhớ / Share of the garbage collector", "percentunit", []line{{rate("go_cpu_classes_gc_total_cpu_seconds_total", "instance") + " / " + rate("go_cpu_classes_total_cpu_seconds_total", "instance"), "{{instance}}"}}, false},
		{"Bộ nhớ / Memory", "bytes", []line{{of("process_resident_memory_bytes"), "{{instance}} RSS"}, {of("go_memstats_heap_inuse_bytes"), "{{instance}} heap"}}, false},
		{"Trang bộ nhớ mới / New pages of memory", "ops", []line{{rate("ocop_page_faults_total", "instance"), "{{instance}}"}}, false},
		{"Goroutine và luồng / Goroutines and threads", "short", []line{{of("go_goroutines"), "{{instance}} goroutine"}, {of("go_threads"), "{{instance}} luồng / threads"}}, false},
		{"Chờ bộ xử lý, p99 / Waiting for a processor, p99", "s", []line{{quantile("0.99", "go_sched_latencies_seconds", "instance"), "{{instance}}"}}, false},
		{"Dừng để dọn bộ nhớ, p99 / Pauses of the collector, p99", "s", []line{{quantile("0.99", "go_sched_pauses_total_gc_seconds", "instance"), "{{instance}}"}}, false},
		{"Chờ khóa / Waiting for locks", "percentunit", []line{{rate("go_sync_mutex_wait_total_seconds_total", "instance"), "{{instance}}"}}, false},
		{"Tệp đang mở / Open files", "short", []line{{of("process_open_fds"), "{{instance}}"}, {of("process_max_fds"), "{{instance}} giới hạn / limit"}}, false},
	}},
}

type (
	source struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	place struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		Datasource source `json:"datasource"`
		Expr       string `json:"expr"`
		Legend     string `json:"legendFormat"`
		RefID      string `json:"refId"`
		Instant    bool   `json:"instant,omitempty"`
	}
	panel struct {
		ID         int            `json:"id"`
		Type       string         `json:"type"`
		Title      string         `json:"title"`
		GridPos    place          `json:"gridPos"`
		Datasource *source        `json:"datasource,omitempty"`
		Field      map[string]any `json:"fieldConfig,omitempty"`
		Options    map[string]any `json:"options,omitempty"`
		Targets    []target       `json:"targets,omitempty"`
	}
	variable struct {
		Name       string  `json:"name"`
		Label      string  `json:"label"`
		Type       string  `json:"type"`
		Query      string  `json:"query"`
		Datasource *source `json:"datasource,omitempty"`
		Refresh    int     `json:"refresh"`
		Multi      bool    `json:"multi,omitempty"`
		IncludeAll bool    `json:"includeAll,omitempty"`
		AllValue   string  `json:"allValue,omitempty"`
	}
	dashboard struct {
		UID           string   `json:"uid"`
		Title         string   `json:"title"`
		Tags          []string `json:"tags"`
		SchemaVersion int      `json:"schemaVersion"`
		Version       int      `json:"version"`
		Editable      bool     `json:"editable"`
		Refresh       string   `json:"refresh"`
		Timezone      string   `json:"timezone"`
		Time          struct {
			From string `json:"from"`
			To   string `json:"to"`
		} `json:"time"`
		Templating struct {
			List []variable `json:"list"`
		} `json:"templating"`
		Panels []panel `json:"panels"`
	}
)

// The width of a row of panels, and what panels take of it.
const (
	gridWidth            = 24
	statWidth, statH     = 4, 4
	seriesWidth, seriesH = 8, 7
)

// made is the dashboard that the table makes.
func made() *dashboard {
	from := &source{"prometheus", "${datasource}"}
	d := &dashboard{UID: "ocop-node", Title: "Nút OCOP / OCOP nodes", Tags: []string{"ocop"}, SchemaVersion: 39, Version: 1, Editable: true, Refresh: "10s", Timezone: "browser"}
	d.Time.From, d.Time.To = "now-1h", "now"
	d.Templating.List = []variable{
		{Name: "datasource", Label: "Nguồn / Source", Type: "datasource", Query: "prometheus", Refresh: 1},
		{Name: "job", Label: "Mạng / Network", Type: "query", Query: "label_values(ocop_build_info, job)", Datasource: from, Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".+"},
		{Name: "instance", Label: "Nút / Node", Type: "query", Query: `label_values(ocop_build_info{job=~"$job"}, instance)`, Datasource: from, Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".+"},
	}
	y := 0
	add := func(p panel) {
		p.ID = len(d.Panels) + 1
		d.Panels = append(d.Panels, p)
	}
	for _, s := range sections {
		add(panel{Type: "row", Title: s.title, GridPos: place{1, gridWidth, 0, y}})
		y++
		x, h := 0, 0
		for _, c := range s.charts {
			p := panel{Type: "timeseries", Title: c.title, Datasource: from, GridPos: place{W: seriesWidth, H: seriesH}, Options: map[string]any{
				"legend": map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true}, "tooltip": map[string]any{"mode": "multi", "sort": "desc"},
			}}
			if c.stat {
				mode := "value_and_name"
				if c.unit == "string" { // all it says is in the name
					mode = "name"
				}
				p.Type, p.GridPos, p.Options = "stat", place{W: statWidth, H: statH}, map[string]any{"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}}, "textMode": mode}
			}
			p.Field = map[string]any{"defaults": map[string]any{"unit": c.unit}, "overrides": []any{}}
			if x+p.GridPos.W > gridWidth || h != 0 && h != p.GridPos.H {
				x, y = 0, y+h
			}
			h = p.GridPos.H
			p.GridPos.X, p.GridPos.Y = x, y
			x += p.GridPos.W
			for i, l := range c.lines {
				p.Targets = append(p.Targets, target{*from, l.expr, l.name, string(rune('A' + i)), c.stat})
			}
			add(p)
		}
		y += h
	}
	return d
}

// written is the dashboard as the file has it.
func written() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(made())
	if err == nil && os.Getenv("OCOP_GOLDEN") == "write" {
		err = os.WriteFile(dashboardFile, b.Bytes(), 0o644)
	}
	return b.Bytes(), err
}
