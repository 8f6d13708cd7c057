package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/health"
)

// asked asks the operator door, whatever the status.
func (h *host) asked(path string) (code int, body string) {
	h.net.t.Helper()
	answer, err := http.Get("http://" + h.doors.Operator.Addr().String() + path)
	if err != nil {
		h.net.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		h.net.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// reported is a report of the operator door, and whether its status says the same.
func (h *host) reported(path string) (r health.Report) {
	h.net.t.Helper()
	code, body := h.asked(path)
	if err := json.Unmarshal([]byte(body), &r); err != nil || r.OK != (code == http.StatusOK) || !r.OK && code != http.StatusServiceUnavailable {
		h.net.t.Fatalf("%s: %d, %v: %s", path, code, err, body)
	}
	return r
}

func saysOf(r health.Report, check string) string {
	for _, c := range r.Checks {
		if c.Name == check {
			return fmt.Sprint(c.OK, " ", c.English)
		}
	}
	return ""
}

// TestReadiness: what is wrong with others is told and takes nobody away; a node without a majority cannot serve, says why, and goes on.
func TestReadiness(t *testing.T) {
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	for _, h := range w.nodes {
		w.eventually("ready", func() bool { return h.reported("/readyz").OK })
	}
	one, two, three := w.nodes[0], w.nodes[1], w.nodes[2]
	three.stop()
	w.leader()
	w.eventually("ready again", func() bool { return one.reported("/readyz").OK && two.reported("/readyz").OK })
	w.eventually("why the third does not answer", func() bool {
		p := one.Status().Peers[1]
		return p.Agency == 3 && !p.Seen && p.Errors[contactRefused] > 0 && p.Error != "" && !p.ErrorAt.IsZero()
	})
	if p := one.Status().Peers[0]; !p.Seen || p.RoundTrip <= 0 || p.Error != "" || p.Cosigned == 0 {
		t.Errorf("the second: %+v", p)
	}
	two.stop()
	w.eventually("not ready", func() bool {
		r := one.reported("/readyz")
		return !r.OK && strings.HasPrefix(saysOf(r, "leader"), "false there is no leader: 1 of 3 validators can be seen (this one included), and 2 are needed")
	})
	if r := one.reported("/healthz"); !r.OK {
		t.Errorf("a node is called ill for what others do not do: %+v", r)
	}
	if s := one.Status(); s.Ready {
		t.Errorf("%+v", s)
	}
	two.start()
	w.eventually("ready once more", func() bool { return one.reported("/readyz").OK && two.reported("/readyz").OK })
}

// blocking verifies when it may.
type blocking struct {
	ident.Verifier
	mu sync.RWMutex // held: nothing is verified
}

func (b *blocking) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.Verifier.Verify(ctx, jobs)
}

// TestHangingApply: a node whose ledger does not come on is called ill, by itself, and the others are not.
func TestHangingApply(t *testing.T) {
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	w := newNetwork(t, 3)
	verifiers := make(map[*host]*blocking)
	for _, h := range w.nodes {
		pool, err := ident.NewPool(1, signers)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		verifiers[h] = &blocking{Verifier: pool}
		h.verifier = verifiers[h]
		h.prepare = func(n *Node) { n.o.Config.Raft.Write = config.Duration(4 * time.Second) } // twice as long is a hang
	}
	t.Cleanup(func() { // before the pools are closed
		for _, h := range w.nodes {
			h.stop()
		}
	})
	w.start()
	w.certifies(w.nodes...)
	ill := w.follower()
	others := slices.DeleteFunc(slices.Clone(w.nodes), func(h *host) bool { return h == ill })
	b := verifiers[ill]
	if !ill.reported("/healthz").OK {
		t.Error("ill before anything hangs")
	}
	b.mu.Lock()
	held := true
	release := func() {
		if held {
			held = false
			b.mu.Unlock()
		}
	}
	t.Cleanup(release)
	w.certifies(others...)
	w.eventually("it is called ill", func() bool {
		r := ill.reported("/healthz")
		return !r.OK && slices.Equal(r.Failed(), []string{"apply"}) && !ill.reported("/readyz").OK
	})
	for _, h := range others {
		if r := h.reported("/healthz"); !r.OK {
			t.Errorf("node %v: %v", h.agency, r.Failed())
		}
	}
	release()
	w.eventually("it is well", func() bool { return ill.reported("/healthz").OK && ill.reported("/readyz").OK })
}

// TestScrape: a real node tells all there is in the golden list of package metrics, but for what has not happened to it.
func TestScrape(t *testing.T) {
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	h := w.nodes[0]
	early := w.RegisterAt(1, 1, time.Now().Add(-time.Minute)).Envelope
	bad := slices.Clone(early)
	bad[50] ^= 1 // of the signature
	h.submit(early, early, bad)
	w.nodes[2].stop()
	w.eventually("questions without an answer", func() bool { p := h.Status().Peers[1]; return !p.Seen && p.Errors[contactRefused] > 0 })
	w.eventually("the disk is measured", func() bool { return h.Status().Disk.Total > 0 })
	var text string
	w.eventually("heads are written", func() bool {
		_, text = h.asked("/metrics")
		return strings.Contains(text, `ocop_write_duration_seconds_count{file="heads.db"} `)
	})

	golden, err := os.ReadFile("metrics/testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	happens := []string{"ocop_evidence", "ocop_disk_growth_bytes_per_second", "ocop_disk_left_seconds", "ocop_grpc_requests_total"}
	for line := range strings.Lines(string(golden)) {
		name := strings.Fields(line)[2]
		if slices.Contains(happens, name) {
			continue
		}
		if !strings.Contains(text, line) {
			t.Errorf("the node does not tell: %s", line)
		}
		if !strings.Contains(text, "\n"+name+" ") && !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+"_count") {
			t.Errorf("the node has no value of %s", name)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "# HELP ocop_") && !strings.Contains(string(golden), line) {
			t.Errorf("not in the golden list: %s", line)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "ocop_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	head := h.Ledger().Head()
	for _, line := range []string{
		fmt.Sprintf("ocop_height %d", head.Height), fmt.Sprintf("ocop_leaves %d", head.Size), "ocop_validators 3", "ocop_quorum 2", "ocop_peers_seen 1",
		`ocop_peer_reachable{agency="3"} 0`, `ocop_peer_errors_total{agency="2",kind="key"} 0`, `ocop_build_info{agency="1",chain="` + h.Ledger().Chain().String() + `",version="test"} 1`,
		`ocop_refusals_total{door="admission",reason="bad_signature"} 1`, `ocop_records_total{outcome="rejected"} 1`,
	} {
		if !containsLine(text, line) {
			t.Errorf("no line %q", line)
		}
	}
	l := w.leader()
	l.accepted(w.Register(l.agency, 7).Envelope)
	s := l.stream(t.Context(), false, false)
	s.messages <- [][]byte{w.Register(l.agency, 9).Envelope}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	w.eventually("the leader's record is certified", func() bool {
		_, text = l.asked("/metrics")
		return containsLine(text, fmt.Sprintf("ocop_certified_leaves %d", l.Ledger().Head().Size))
	})
	for _, moved := range []string{
		`ocop_stage_duration_seconds_count{stage="room"}`, `ocop_stage_duration_seconds_count{stage="verify"}`, `ocop_stage_duration_seconds_count{stage="judge"}`,
		`ocop_stage_duration_seconds_count{stage="queue"}`, `ocop_stage_duration_seconds_count{stage="order"}`, `ocop_stage_duration_seconds_count{stage="derive"}`,
		`ocop_stage_duration_seconds_count{stage="map"}`, `ocop_stage_duration_seconds_count{stage="certify"}`, `ocop_stage_duration_seconds_count{stage="stream"}`, `ocop_signatures_total{path="admission"}`,
		`ocop_signatures_total{path="known"}`, `ocop_ledger_records_total{outcome="accepted"}`, "ocop_draft_records_count", "ocop_draft_bytes_count", "ocop_apply_records_count",
		`ocop_state_reads_total{from="disk"}`, "ocop_published_leaves", "ocop_index_lag_records",
	} {
		if !strings.Contains(text, "\n"+moved+" ") || containsLine(text, moved+" 0") {
			t.Errorf("%s did not move", moved)
		}
	}
	follower := w.nodes[0]
	if follower == l {
		follower = w.nodes[1]
	}
	follower.accepted(w.Register(follower.agency, 8).Envelope)
	w.eventually("what a follower hands to the leader is told", func() bool {
		_, text := follower.asked("/metrics")
		return strings.Contains(text, `ocop_stage_duration_seconds_count{stage="forward"} `) && !containsLine(text, `ocop_stage_duration_seconds_count{stage="forward"} 0`) &&
			containsLine(text, "ocop_forward_records 0") && containsLine(text, "ocop_forward_bytes 0")
	})
	caller, err := net.Dial("tcp", follower.addresses.Public)
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	w.eventually("a connection at the public door is told", func() bool {
		_, text := follower.asked("/metrics")
		return strings.Contains(text, "\nocop_public_connections ") && !containsLine(text, "ocop_public_connections 0")
	})
	for _, file := range []string{raftFile, chainFile, "heads.db", "cosigner.slot"} {
		if !strings.Contains(text, `ocop_write_duration_seconds_count{file="`+file+`"} `) {
			t.Errorf("no write to %s was seen", file)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestFaultIsTold: between a fault of the machine and the end of the process, the page says so.
func TestFaultIsTold(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	n, err := New(context.Background(), w.nodes[0].options())
	if err != nil {
		t.Fatal(err)
	}
	defer w.nodes[0].closeDoors()
	defer n.Close()
	n.monitor.start()
	if !n.monitor.board.Live(time.Now()).OK {
		t.Error("ill without a fault")
	}
	n.fail(ledger.ErrMalformed)
	w.eventually("the fault is told", func() bool {
		r := n.monitor.board.Live(time.Now())
		return !r.OK && strings.Contains(saysOf(r, "storage"), ledger.ErrMalformed.Error())
	})
	n.monitor.close()
}

// TestHeldIsTold: a leader that waits for a voter says so, and for whom, in its status and its metrics.
func TestHeldIsTold(t *testing.T) {
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	w := newNetwork(t, 3).start()
	l := w.leader()
	l.accepted(w.Register(l.agency, 1).Envelope)
	w.eventually("the others are known", func() bool { return len(l.Status().Peers) == 2 })
	slow, other := l.Status().Peers[0].Agency, l.Status().Peers[1].Agency
	const own, wait = 1 << 20, 3 * time.Second
	for _, after := range []time.Duration{0, wait} { // in an hour, so that this is still the last look when it is asked for
		s := sight{term: l.term(), own: own, voters: 3, seen: []stand{at(own, slow, lagLimit+1), at(own, other, 0)}, now: time.Now().Truncate(time.Hour).Add(2*time.Hour + after)}
		if !l.peers.pace.hold(&s) {
			t.Fatal("the leader does not wait")
		}
	}
	s := l.Status()
	for _, p := range s.Peers {
		if p.Holds != (p.Agency == slow) || p.Holds && p.Held != wait.Seconds() || !p.Holds && p.Held != 0 {
			t.Errorf("of agency %v the leader says that it waits: %v, and has for %v s", p.Agency, p.Holds, p.Held)
		}
	}
	if s.Held != wait.Seconds() {
		t.Errorf("in all the leader has waited %v s", s.Held)
	}
	_, text := l.asked("/metrics")
	for _, line := range []string{
		fmt.Sprintf("ocop_held_by{agency=\"%v\"} 1", slow), fmt.Sprintf("ocop_held_by{agency=\"%v\"} 0", other), "ocop_held_seconds_total 3",
		fmt.Sprintf("ocop_held_by_seconds_total{agency=\"%v\"} 3", slow), fmt.Sprintf("ocop_held_by_seconds_total{agency=\"%v\"} 0", other),
	} {
		if !containsLine(text, line) {
			t.Errorf("no line %q", line)
		}
	}
}
