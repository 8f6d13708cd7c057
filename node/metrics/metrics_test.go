package metrics_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/metrics"
)

// everything has something to tell in every series.
func everything() *metrics.Facts {
	return &metrics.Facts{
		Version: "v1", Agency: 1, Chain: "c0ffee", Ready: true, Checks: map[string]bool{"leader": true, "certified": false}, Alarms: map[string]int{"clock": 0, "evidence": 2},
		Place: "seated", Places: []string{"seated", "asking"}, Role: "follower", Leader: 2, Term: 43, LastIndex: 12, Commit: 11, Applied: 9, LastContact: 20 * time.Millisecond,
		Height: 7, Size: 30, Epoch: 17, Quorum: 4, Validators: 5, ClockAhead: -time.Second,
		Peers: []metrics.Peer{
			{Agency: 2, Reachable: true, Height: 8, Size: 33, ClockAhead: time.Second, RoundTrip: time.Millisecond},
			{Agency: 3, Errors: map[string]uint64{"refused": 4}, Holds: true, Held: 237 * time.Second},
		},
		Receiving: []metrics.Receiving{{Door: "public", Bytes: 240, ByteLimit: 241, Calls: 242, Underway: 255, UnderwayLimit: 254, Crowded: 243, Late: 244}, {Door: "peer", Bytes: 245, ByteLimit: 246, Calls: 247, Underway: 256, Crowded: 248, Late: 249}},
		Submit:    metrics.Streams{Open: 31, Limit: 256, MadeRoom: 3}, Follow: metrics.Streams{Open: 19, Limit: 255, MadeRoom: 4}, Intake: []metrics.Intake{
			{Way: "calls", Records: 32, Bytes: 33, RecordLimit: 34, ByteLimit: 35}, {Way: "streams", Records: 36, Bytes: 37, RecordLimit: 38, ByteLimit: 39},
		},
		Admitting: 18, AdmitLimit: 250, ByTable: 234, ByLibrary: 235, Tables: 236, TablesLimit: 512, Forwarding: 238, ForwardBytes: 239, Held: 240 * time.Second, Connections: 241, ConnectionLimit: 251, PageFaults: 243, PageFaultsKnown: true, AheadDrafts: 242, Queued: 19, QueuedBytes: 3000, QueueLimit: 16384, Unindexed: 20, Published: 27, Promises: metrics.Promises{Open: 21, Limit: 252, Made: 22, Missed: 23},
		Certification: metrics.Certification{
			Known: true, Height: 6, Size: 28, Age: 3 * time.Second, Delay: 24 * time.Millisecond, Signing: true, Queue: 25, Conflicts: 26,
			Cosigners: []metrics.Cosigner{{Agency: 1, Taken: 3, Size: 28}, {Agency: 2, Taken: 2, Bad: 1, Size: 28}},
		},
		Evidence: []metrics.Evidence{{Kind: "validator", Agency: 3, Pieces: 2}},
		Blobs:    metrics.Blobs{Known: true, Named: 101, Held: 102, Missing: 103, HeldBytes: 104, Pending: 105, PendingBytes: 106, Erased: 107, Fetched: 108, Refused: 109, Damaged: 110},
		Disk: metrics.Disk{
			Files: map[string]int64{"chain.db": 1 << 20, "raft.db": 1 << 19}, Taken: map[string]int64{"chain.db": 1 << 18}, Known: true, Free: 1 << 30, Total: 1 << 31, FreeInodes: 1000, Growing: true, Growth: 10, Left: math.Inf(1),
		},
	}
}

func scraped(t testing.TB, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// used makes something of everything.
func used() *metrics.Metrics {
	m := metrics.New(everything)
	m.Wrote("raft.db", 2*time.Millisecond)
	m.Applied(metrics.Transaction{Records: map[metrics.Outcome]int{metrics.Accepted: 201, metrics.Refused: 202, metrics.Rejected: 203, metrics.Known: 204}, Void: 205}, 3*time.Millisecond)
	m.Took(metrics.Room, 11*time.Millisecond)
	m.Took(metrics.Verify, 12*time.Millisecond)
	m.Took(metrics.Forward, 23*time.Millisecond)
	m.Took(metrics.Judge, 13*time.Millisecond)
	m.Took(metrics.Order, 15*time.Millisecond)
	m.Took(metrics.Ahead, 16*time.Millisecond)
	m.Took(metrics.Late, 17*time.Millisecond)
	m.Took(metrics.Derive, 18*time.Millisecond)
	m.Took(metrics.Map, 19*time.Millisecond)
	m.Took(metrics.Index, 20*time.Millisecond)
	m.Took(metrics.Certify, 21*time.Millisecond)
	m.Drafted(211, 212, 14*time.Millisecond)
	m.Verified(metrics.ByAdmission, 221)
	m.Verified(metrics.ByLog, 222)
	m.Verified(metrics.ByApply, 223)
	m.Verified(metrics.ByKnown, 224)
	m.Read(metrics.InMemory, 231)
	m.Read(metrics.InCache, 232)
	m.Read(metrics.OnDisk, 233)
	m.Indexed(234)
	m.Receipts(235, 22*time.Millisecond)
	m.Took(metrics.Streamed, 24*time.Millisecond)
	fetched(m, "/log/tile/entries/000", http.StatusOK, "five!")
	m.Answered(metrics.Accepted, 0, 2)
	m.Answered(metrics.Refused, reason.MoreThanLot, 1)
	m.Answered(metrics.Rejected, reason.Overloaded, 1)
	m.Overloaded(metrics.Admit)
	call(m.Calls("public"), "/ocop.api.v1.LedgerService/GetHead", nil)
	return m
}

// fetched is a request for a file of the log that is answered so.
func fetched(m *metrics.Metrics, path string, code int, answer string) {
	h := m.Files("/log/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		w.Write([]byte(answer))
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
}

func call(c *metrics.Calls, method string, err error) {
	ctx := c.TagRPC(context.Background(), &stats.RPCTagInfo{FullMethodName: method})
	c.HandleRPC(ctx, &stats.Begin{})
	c.HandleRPC(ctx, &stats.End{BeginTime: time.Unix(1, 0), EndTime: time.Unix(2, 0), Error: err})
}

// held compares with a golden file.
func held(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (OCOP_GOLDEN=write makes it anew):\n%s", file, got)
	}
}

// TestGolden holds the names, types and sentences of our own series, as dashboards and alert rules live on them; and what they say of facts whose numbers
// all differ, so that none is told in another's place.
func TestGolden(t *testing.T) {
	var list, values strings.Builder
	for line := range strings.Lines(scraped(t, used())) {
		switch {
		case strings.HasPrefix(line, "# HELP ocop_"), strings.HasPrefix(line, "# TYPE ocop_"):
			list.WriteString(line)
		case strings.HasPrefix(line, "ocop_") && !strings.Contains(line, "_bucket{"):
			values.WriteString(line)
		}
	}
	held(t, "testdata/metrics.golden", list.String())
	held(t, "testdata/values.golden", values.String())
}

// TestLint asks the linter of the Prometheus project.
func TestLint(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scraped(t, used()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "ocop_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestValues looks at those that are computed here.
func TestValues(t *testing.T) {
	text := scraped(t, used())
	for _, line := range []string{
		`ocop_build_info{agency="1",chain="c0ffee",version="v1"} 1`,
		`ocop_role{role="follower"} 1`, `ocop_role{role="leader"} 0`, "ocop_leader 0", "ocop_leader_agency 2",
		"ocop_raft_unapplied_entries 2", "ocop_raft_last_contact_seconds 0.02",
		"ocop_peers 2", "ocop_peers_seen 1", `ocop_peer_reachable{agency="3"} 0`,
		`ocop_peer_lag_leaves{agency="2"} -3`, `ocop_peer_lag_blocks{agency="2"} -1`, `ocop_peer_errors_total{agency="3",kind="refused"} 4`,
		"ocop_disk_left_seconds +Inf", `ocop_file_size_bytes{file="raft.db"} 524288`,
		`ocop_records_total{outcome="accepted"} 2`, `ocop_records_total{outcome="known"} 0`,
		`ocop_refusals_total{door="rules",reason="more_than_lot"} 1`, `ocop_refusals_total{door="admission",reason="overloaded"} 1`,
		`ocop_overloads_total{step="admit"} 1`, `ocop_overloads_total{step="batch"} 1`,
		`ocop_write_duration_seconds_count{file="raft.db"} 1`, `ocop_check_ok{check="certified"} 0`,
		`ocop_grpc_requests_in_flight{door="public"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(text, `ocop_peer_lag_leaves{agency="3"}`) {
		t.Error("the lag of a validator that does not answer")
	}
	if !strings.Contains(text, "\ngo_goroutines ") {
		t.Error("nothing of the run time")
	}
}

// TestNotKnown: what is not known is absent, and no zero that an alert would take for a number.
func TestNotKnown(t *testing.T) {
	text := scraped(t, metrics.New(func() *metrics.Facts { return new(metrics.Facts) }))
	for _, name := range []string{"ocop_head_age_seconds", "ocop_disk_free_bytes", "ocop_disk_left_seconds", "ocop_disk_growth_bytes_per_second"} {
		if strings.Contains(text, name) {
			t.Errorf("%s is told", name)
		}
	}
}

// TestMethods: a caller cannot make up series.
func TestMethods(t *testing.T) {
	m := metrics.New(everything)
	c := m.Calls("public")
	server := grpc.NewServer(c.Option())
	defer server.Stop()
	healthv1.RegisterHealthServer(server, health.NewServer())
	c.Serves(server)
	for i := range 100 {
		call(c, fmt.Sprintf("/ocop.Made/Up%d", i), status.Error(codes.Unimplemented, ""))
	}
	call(c, "/grpc.health.v1.Health/Check", status.Error(codes.NotFound, ""))
	text := scraped(t, m)
	for _, line := range []string{
		`ocop_grpc_requests_total{code="Unimplemented",door="public",method="other"} 100`,
		`ocop_grpc_requests_total{code="NotFound",door="public",method="Health/Check"} 1`,
		`ocop_grpc_request_duration_seconds_count{door="public",method="other"} 100`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if strings.Contains(text, "Made") {
		t.Error("a made-up method has a series")
	}
}

// TestFiles: a caller cannot make up series of the log either.
func TestFiles(t *testing.T) {
	m := metrics.New(everything)
	for i := range 50 {
		fetched(m, fmt.Sprintf("/log/made/up/%d", i), http.StatusNotFound, "no")
		fetched(m, fmt.Sprintf("/log/policy/%d", i), 400+i, "e")
	}
	for _, name := range []string{"checkpoint", "tile/0/000", "tile/entries/x001/000.p/3", "policy", "genesis"} {
		fetched(m, "/log/"+name, http.StatusOK, "0123456789")
	}
	text := scraped(t, m)
	for _, line := range []string{
		`ocop_log_requests_total{code="404",file="other"} 50`, `ocop_log_requests_total{code="200",file="policy"} 1`, `ocop_log_requests_total{code="other",file="policy"} 49`,
		`ocop_log_requests_total{code="200",file="tile"} 1`, `ocop_log_sent_bytes_total{file="entries"} 10`, `ocop_log_sent_bytes_total{file="other"} 100`, `ocop_log_sent_bytes_total{file="policy"} 60`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(text, "made/up") {
		t.Error("a made-up file has a series")
	}
}

// TestFromTheStart: what has not happened yet is 0, so that the first time is seen as a rate.
func TestFromTheStart(t *testing.T) {
	text := scraped(t, metrics.New(everything))
	for _, line := range []string{
		`ocop_stage_duration_seconds_count{stage="room"} 0`, `ocop_stage_duration_seconds_count{stage="receipt"} 0`, `ocop_signatures_total{path="apply"} 0`,
		`ocop_ledger_records_total{outcome="rejected"} 0`, `ocop_state_reads_total{from="disk"} 0`, "ocop_void_drafts_total 0", `ocop_log_sent_bytes_total{file="tile"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

// TestHistograms: each has classic buckets and native ones, and no more of these than their bound, whatever is observed.
func TestHistograms(t *testing.T) {
	m := used()
	for took := time.Nanosecond; took < 10_000*time.Hour; took += took/16 + 1 {
		m.Took(metrics.Order, took)
	}
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range families {
		if f.GetType().String() != "HISTOGRAM" || !strings.HasPrefix(f.GetName(), "ocop_") {
			continue
		}
		n++
		for _, one := range f.Metric {
			h := one.Histogram
			if h.Schema == nil || len(h.Bucket) < 5 || len(h.PositiveDelta) > 100 {
				t.Errorf("%s %v: schema %v, %d classic buckets, %d native ones", f.GetName(), one.Label, h.Schema, len(h.Bucket), len(h.PositiveDelta))
			}
			if *h.SampleCount > 1000 && len(h.PositiveDelta) < 50 {
				t.Errorf("%s %v: %d native buckets of values of all sizes", f.GetName(), one.Label, len(h.PositiveDelta))
			}
		}
	}
	if n < 7 {
		t.Errorf("%d histograms", n)
	}
}
