package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
)

// What could not be looked at cost something all the same: it is not counted as nothing.
func TestBenchCostText(t *testing.T) {
	a := &app{lang: lang.English}
	seen, blind := bench.CPU{Nodes: new(120.0), Generator: 10, Total: new(130.0)}, bench.CPU{Generator: 10}
	for _, c := range []struct {
		want  string
		cpu   bench.CPU
		nodes []bench.Node
	}{
		{"load generator 10.0 µs; that of the nodes is not known", blind, nil},
		{"load generator 10.0 µs; that of the nodes is not known", blind, []bench.Node{{Lost: true}, {Lost: true}, {Lost: true}}},
		{"2 of 3 nodes 120.0 µs, that of the others is not known; load generator 10.0 µs", seen, []bench.Node{{}, {}}},
		{"1 of 3 nodes 120.0 µs, that of the others is not known; load generator 10.0 µs", seen, []bench.Node{{}, {Lost: true}, {Lost: true}}},
		{"nodes 120.0 µs, load generator 10.0 µs, together 130.0 µs", seen, []bench.Node{{}, {}, {}}},
	} {
		if got := a.costText(&c.cpu, c.nodes, &bench.Ledger{Validators: 3}); got != c.want {
			t.Errorf("%d nodes: %q, want %q", len(c.nodes), got, c.want)
		}
	}
}

// TestBenchTrialsText: what people read of an overload and of a killed leader, in both languages: what is known, and what is not.
func TestBenchTrialsText(t *testing.T) {
	nodes := []bench.Node{{Agency: 1, Public: "127.0.0.1:7500", Operator: "127.0.0.1:7502", CPU: new(240.0), Resident: 100 << 20, Peak: 200 << 20, Queue: 1536, Term: 2}}
	lost := []bench.Node{{Agency: 1, Public: "127.0.0.1:7500", Operator: "127.0.0.1:7502", Resident: 100 << 20, Peak: 200 << 20, Term: 2, Lost: true}}
	overload := bench.Overload{
		Peak: 7318, PeakBefore: 8140, PeakAfter: 6496, Before: 12, Processors: new(0.96), Saturated: new(true), Wanted: 81_400, Offered: 72_752, Goodput: 7354, Share: 1.005, Elections: new(uint64(0)),
		Rates: bench.Rates{Ops: 73_540, Secs: 10, TPS: 7354, P50: 30, P99: 90, P999: 120, Max: 300, Errs: 461_797, Errors: map[string]uint64{"overloaded": 461_797}},
		CPU:   bench.CPU{Nodes: new(240.0), Generator: 60, NewMemory: new(24.0), Total: new(300.0)}, Nodes: nodes,
	}
	overload.Settled, overload.YoungPeak, overload.YoungGoodput = new(true), 5100, 4300
	few := overload
	few.Settled = new(false)
	few.PeakBefore, few.PeakAfter = 1000, 800
	few.Peak, few.Processors, few.Saturated, few.Share, few.Nodes = 900, new(0.79), new(false), 8.17, nodes
	blind := overload
	blind.Settled, blind.YoungPeak = nil, 0
	blind.Processors, blind.Saturated, blind.Elections, blind.CPU, blind.Nodes = nil, nil, nil, bench.CPU{Generator: 60}, nil
	late := blind
	late.Nodes, late.Saturated, late.Streams = lost, new(false), 30
	failover := bench.Failover{Killed: 2, At: 2, Recovered: true, Gap: 2612, GapBegan: 3, Before: 2940, After: new(3182.0), TermBefore: 2, TermAfter: new(uint64(3))}
	after := failover
	after.After = nil
	never := bench.Failover{Killed: 2, At: 2, Gap: 34_000, GapBegan: 3, Before: 2940, TermBefore: 2}
	var all bytes.Buffer
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		a := &app{lang: l}
		for _, o := range []*bench.Overload{&overload, &few, &blind, &late} {
			a.overloadText(&all, &bench.Report{Actions: 1, Ledger: bench.Ledger{Validators: 1}, Overload: o})
		}
		for _, f := range []*bench.Failover{&failover, &after, &never} {
			a.failoverText(&all, f)
		}
		a.presenceText(&all, &bench.Presence{Acknowledged: 6159})
	}
	for _, never := range []string{"0,0 µs cho", "nodes 0.0 µs", "found in 0 leaves"} {
		if strings.Contains(all.String(), never) {
			t.Errorf("%q is said of what nobody saw", never)
		}
	}
	golden(t, "bench-trials.txt", all.String())
}

// TestBenchFailureText: what ends a measurement is said in both languages.
func TestBenchFailureText(t *testing.T) {
	e := &bench.NotRecoveredError{Waited: 34_500_000_000}
	for l, want := range map[lang.Language]string{
		lang.English:    "nobody took the place of the leader that was killed: no record was acknowledged under a new one in 34.5 s",
		lang.Vietnamese: "không nút nào thay nút dẫn đầu đã bị giết: chờ 34,5 s mà không có bản ghi nào được nhận dưới một nút dẫn đầu mới",
	} {
		if got := e.In(l); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if code := exitCode(new(app).benchFailed(e)); code != exitDivergence {
		t.Errorf("exit code %d", code)
	}
}

// TestBenchFilesText: what is said of the disk is of the node that has grown most, and nothing is said where nothing is known.
func TestBenchFilesText(t *testing.T) {
	little := bench.Files{Operator: "127.0.0.1:7502", Record: new(600.0), After: map[string]uint64{"raft.db": 300 << 20}}
	most := bench.Files{Operator: "127.0.0.1:7512", Record: new(750.0), After: map[string]uint64{"raft.db": 280 << 20}}
	for want, r := range map[string]bench.Report{
		"": {Payload: 400, Files: []bench.Files{{Operator: "127.0.0.1:7502"}}},
		"On disk  the ledger, at the node where it takes most: 750 B a record, 1.88 times the record itself; raft's log 280 MiB\n": {Payload: 400, Files: []bench.Files{little, most, {}}},
		"On disk  the ledger, at the node where it takes most: 600 B a record; raft's log 300 MiB\n":                               {Files: []bench.Files{little}},
	} {
		var w bytes.Buffer
		a := &app{lang: lang.English}
		a.filesText(a.lines(&w), &r)
		if got := strings.Join(strings.Fields(w.String()), " "); got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
