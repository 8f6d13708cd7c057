package bench

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// acknowledged is a run of ten seconds with an acknowledgement of two actions every tenth of a second, except for a gap.
func acknowledged(gapFrom, gapTo time.Duration) *load.Result {
	r := &load.Result{From: 2 * time.Second, To: 10 * time.Second, Errors: map[string]uint64{"overloaded": 3, "no_leader": 1}}
	for at := time.Duration(0); at < 10*time.Second; at += time.Second / 10 {
		if at <= gapFrom || at >= gapTo {
			r.Acks = append(r.Acks, load.Ack{At: at, Actions: 2})
		}
	}
	return r
}

// TestSettled: nodes have grown when hardly any of a record's cost is for new memory, and nobody knows where that is not known.
func TestSettled(t *testing.T) {
	for _, c := range []struct {
		nodes, memory *float64
		want          any
	}{{new(100.0), new(3.1), false}, {new(100.0), new(3.0), true}, {new(100.0), new(0.0), true}, {new(100.0), nil, nil}, {nil, nil, nil}} {
		var got any
		if s := (&CPU{Nodes: c.nodes, NewMemory: c.memory}).settled(); s != nil {
			got = *s
		}
		if got != c.want {
			t.Errorf("%+v: %v, want %v", c, got, c.want)
		}
	}
}

// TestCost: nodes of one process are counted once, and one that is lost says nothing of what it cost.
func TestCost(t *testing.T) {
	begun := time.Unix(1_790_000_000, 0)
	at := func(cpu ...float64) (nodes []scrape.Metrics) {
		for _, c := range cpu {
			if c < 0 {
				nodes = append(nodes, nil)
				continue
			}
			nodes = append(nodes, scrape.Metrics{scrape.CPUSeconds: c, scrape.RaftTerm: 2, scrape.PageFaults: 1000 * c})
		}
		return nodes
	}
	w := &watch{nodes: make([]doors, 4), process: []int{0, 0, 1, 2}, peak: make([]scrape.Metrics, 4)}
	m := &measured{
		Result: acknowledged(time.Hour, time.Hour), begun: begun, window: 8 * time.Second,
		before: moment{begun.Add(2 * time.Second), at(1, 1, 5, 7), time.Second},
		after:  moment{begun.Add(10 * time.Second), at(1.008, 1.008, 5.016, -1), time.Second + 4*time.Millisecond},
	}
	c, nodes := m.cost(w) // 80 records
	if *c.Nodes < 299 || *c.Nodes > 301 || c.Generator != 50 || *c.Total != *c.Nodes+c.Generator {
		t.Errorf("%v, %v, want 100 µs and 200 µs of processes and 50 µs of the generator", *c.Nodes, c.Generator)
	}
	if *nodes[0].CPU != *nodes[1].CPU || nodes[3].CPU != nil || !nodes[3].Lost || nodes[2].Lost || nodes[2].Term != 2 {
		t.Errorf("%+v", nodes)
	}
	// 8 pages of the first process and 16 of the second, of 5 µs each, for 80 records: nodes 0 and 1 are one.
	w.pages = &machine.Pages{First: 5}
	for i := range w.nodes {
		w.nodes[i].operator = "127.0.0.1:7502"
	}
	if c, nodes := m.cost(w); c.NewMemory == nil || *c.NewMemory != 1.5 || *nodes[2].NewPages != 16 || nodes[3].NewPages != nil {
		t.Errorf("%v, %+v", c.NewMemory, nodes)
	}
	w.nodes[2].operator = "192.0.2.1:7502" // whose pages are another machine's
	if c, _ := m.cost(w); c.NewMemory != nil {
		t.Errorf("%v µs of another machine's memory", *c.NewMemory)
	}
	delete(m.after.nodes[2], scrape.PageFaults)
	if _, nodes := m.cost(w); nodes[2].NewPages != nil || nodes[0].NewPages == nil {
		t.Errorf("%+v", nodes)
	}
	if r := m.rates(); r.Ops != 160 || r.Records != 80 || r.TPS != 20 || r.Errs != 4 {
		t.Errorf("%+v", r)
	}
	if c, _ := (&measured{Result: &load.Result{}, begun: begun, before: m.before, after: m.after}).cost(w); c.Nodes != nil || c.Total != nil {
		t.Errorf("%+v of no record", c)
	}
	m.after.nodes = make([]scrape.Metrics, 4)
	if c, nodes := m.cost(w); c.Nodes != nil || c.Total != nil || nodes[0].CPU != nil || !nodes[0].Lost {
		t.Errorf("%+v, and nobody answered", c)
	}
	if c, nodes := m.cost(new(watch)); c.Nodes != nil || c.Total != nil || nodes != nil {
		t.Errorf("%+v, and nobody could be looked at", c)
	}
}

// TestTerm: what elections there were is known when a majority of the validators has answered, and not known of nobody.
func TestTerm(t *testing.T) {
	w := &watch{validators: 3}
	at := func(terms ...float64) (m moment) {
		for _, term := range terms {
			m.nodes = append(m.nodes, nil)
			if term > 0 {
				m.nodes[len(m.nodes)-1] = scrape.Metrics{scrape.RaftTerm: term}
			}
		}
		return m
	}
	for _, c := range []struct {
		before, after moment
		want          *uint64
	}{
		{at(2, 2, 2), at(2, 2, 2), new(uint64(0))},
		{at(2, 2, 2), at(2, 4, 2), new(uint64(2))},
		{at(2, 2, 2), at(0, 3, 3), new(uint64(1))},
		{at(0, 2, 2), at(2, 2, 0), new(uint64(0))},
		{at(2, 2, 2), at(0, 2, 0), nil}, // the two others may have elected
		{at(0, 0, 0), at(2, 2, 2), nil},
		{at(), at(), nil},
		{at(2), at(2), nil}, // of two nobody knows the doors
		{at(2, 2), at(2, 2), new(uint64(0))},
	} {
		switch got := elections(w.term(c.before), w.term(c.after)); {
		case (got == nil) != (c.want == nil):
			t.Errorf("%v, %v: known %v", c.before.nodes, c.after.nodes, got != nil)
		case got != nil && *got != *c.want:
			t.Errorf("%v, %v: %d elections, want %d", c.before.nodes, c.after.nodes, *got, *c.want)
		}
	}
}

// TestSaturated: a peak is one when the machine's processors are used, as far as all of them can be looked at.
func TestSaturated(t *testing.T) {
	begun := time.Unix(1_790_000_000, 0)
	look := func(after, own time.Duration, cpu ...float64) moment {
		m := moment{at: begun.Add(after), own: own}
		for _, c := range cpu {
			m.nodes = append(m.nodes, nil)
			if c >= 0 {
				m.nodes[len(m.nodes)-1] = scrape.Metrics{scrape.CPUSeconds: c}
			}
		}
		return m
	}
	local, far := []doors{{operator: "127.0.0.1:1"}, {operator: "localhost:2"}, {operator: "[::1]:3"}}, []doors{{operator: "127.0.0.1:1"}, {operator: "10.0.0.1:2"}, {operator: "node:3"}}
	for _, c := range []struct {
		name    string
		nodes   []doors
		process []int
		end     moment
		goodput float64
		want    *bool
	}{
		{"processes that use it all", local, []int{0, 1, 2}, look(10*time.Second, time.Second, 6, 6, 6), 1, new(true)},
		{"one process", local, []int{0, 0, 0}, look(10*time.Second, time.Second, 6, 6, 6), 1, new(false)},
		{"one process that uses it all", local, []int{0, 0, 0}, look(10*time.Second, time.Second, 18, 18, 18), 1, new(true)},
		{"the overload got far more", local, []int{0, 1, 2}, look(10*time.Second, time.Second, 6, 6, 6), 8, new(false)},
		{"one did not answer", local, []int{0, 1, 2}, look(10*time.Second, time.Second, 6, 6, -1), 1, nil},
		{"elsewhere", far, []int{0, 1, 2}, look(10*time.Second, time.Second, 6, 6, 6), 1, nil},
		{"no doors, and the overload got far more", nil, nil, look(10*time.Second, time.Second), 8, new(false)},
		{"no doors", nil, nil, look(10*time.Second, time.Second), 1, nil},
	} {
		w := &watch{nodes: c.nodes, process: c.process, validators: 3}
		got := saturated(w.share(look(0, 0, 0, 0, 0), c.end, 2), c.goodput)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestFailover: a leader's place is taken when a record is acknowledged under another one, in the window or by whoever still waits after it. The end of the window is no
// acknowledgement.
func TestFailover(t *testing.T) {
	begun := time.Unix(1_790_000_000, 0)
	second, third := new(uint64(2)), new(uint64(3)) // it was killed in the second
	for _, c := range []struct {
		name      string
		from, to  time.Duration // of the gap in what was acknowledged
		end       time.Duration // of the window
		open      uint64
		term      *uint64
		recovered bool
		gap       float64
		after     *float64
	}{
		{"in the window", 4 * time.Second, 6 * time.Second, 10 * time.Second, 0, third, true, 2000, new(10.0)},
		{"after it", 4 * time.Second, 6 * time.Second, 5 * time.Second, 0, third, true, 2000, nil},
		{"never", 4 * time.Second, time.Hour, 10 * time.Second, 8, second, false, 36_000, nil},
		{"never, and nobody waits", 4 * time.Second, time.Hour, 10 * time.Second, 0, third, false, 6000, nil},
		{"told of the old term", 4 * time.Second, 6 * time.Second, 10 * time.Second, 0, second, false, 2000, nil},
		{"no majority is left", 4 * time.Second, 6 * time.Second, 10 * time.Second, 0, nil, false, 2000, nil},
	} {
		m := &measured{Result: acknowledged(c.from, c.to), begun: begun, seen: 40 * time.Second}
		m.To, m.Open = c.end, c.open
		f, err := (&kill{agency: 3, term: 2, at: begun.Add(3950 * time.Millisecond)}).cost(m, c.term)
		if err != nil {
			t.Fatal(err)
		}
		if f.Killed != 3 || f.At != 1.95 || f.GapBegan != 50 || f.Before < 9.9 || f.Before > 10.3 || f.TermBefore != 2 || f.TermAfter != c.term || f.Recovered != c.recovered || f.Gap != c.gap {
			t.Errorf("%s: %+v", c.name, f)
		}
		if (f.After != nil) != (c.after != nil) || f.After != nil && *f.After != *c.after {
			t.Errorf("%s: after %v", c.name, f.After)
		}
		wrong, failed := errors.AsType[*NotRecoveredError](f.wrong())
		if failed == c.recovered || failed && wrong.Waited != m.seen-3950*time.Millisecond {
			t.Errorf("%s: %v", c.name, wrong)
		}
	}
	if f, err := new(kill).cost(&measured{Result: acknowledged(0, 0), begun: begun}, third); f != nil || !errors.Is(err, errNobodyKilled) {
		t.Errorf("nobody was killed: %+v, %v", f, err)
	}
	if (*Failover)(nil).wrong() != nil {
		t.Error("nobody was to be killed")
	}
}

// TestJudge: receipts that are none are counted, named and an error.
func TestJudge(t *testing.T) {
	var o Options
	o.Now, o.Progress = time.Now, func(lang.Text, ...any) {}
	r := &run{o: &o, report: &Report{Asked: &Asked{Kinds: []AskedKind{{Kind: reads.Record}, {Kind: reads.Action}}}}}
	got := new(reads.Result)
	for i := range 30 {
		got.Kept = append(got.Kept, reads.Kept{Question: &reads.Question{Kind: r.report.Asked.Kinds[i%2].Kind}, File: []byte("no receipt")})
	}
	if err := r.judge(t.Context(), got, verify.Trust{}, nil); err != nil {
		t.Fatal(err)
	}
	a := r.report.Asked
	if a.Checked != 30 || a.Failed != 30 || len(a.Wrong) != listed || a.Kinds[0].Failed != 15 || a.Kinds[1].Checked != 15 {
		t.Errorf("%+v", a)
	}
	if w := r.wrong; w == nil || w.Failed != 30 || w.Checked != 30 || !verify.Failed(w, verify.WordFormat) || !strings.HasPrefix(w.In(lang.Vietnamese), "30 trong 30 biên nhận") {
		t.Errorf("%+v", w)
	}
}

// TestSignatureLimit: it is that of a machine on which every validator verifies. Where some are elsewhere, or nobody saw them, it is not known, and not too high.
func TestSignatureLimit(t *testing.T) {
	all := []Node{{Operator: "127.0.0.1:7502"}, {Operator: "localhost:7512"}, {Operator: "[::1]:7522"}}
	gone, far := slices.Clone(all), slices.Clone(all)
	gone[1].Lost, far[2].Operator = true, "192.0.2.1:7502"
	for _, c := range []struct {
		name  string
		nodes []Node
		asked *Asked
		known bool
	}{
		{"all of them", all, nil, true},
		{"all of them, asked for receipts", all, new(Asked), true},
		{"the door of one was named", all[:1], nil, false},
		{"no doors", nil, nil, false},
		{"one was lost", gone, nil, false},
		{"one is elsewhere", far, nil, false},
	} {
		r := &run{
			o: &Options{Actions: 1}, watch: new(watch),
			target: &target{genesis: new(genesis.Genesis), head: &apiv1.GetHeadResponse{Trust: &apiv1.Trust{Validators: 3}}},
			report: &Report{Rates: Rates{Records: 30_000, Secs: 10}, Machine: machine.Facts{Cores: 2}, Nodes: c.nodes, CPU: CPU{Total: new(200.0)}, Asked: c.asked},
		}
		var s machine.Signatures
		s.Library.AllCores, s.Tables.AllCores, s.Tables.CPU = 18_000, 36_000, 20
		r.describe(s)
		got, alone := r.report.Signatures, r.report.CPU.Alone
		reached := c.known && c.asked == nil
		if (got.Checks != nil) != c.known || (got.Limit != nil) != c.known || (got.TablesLimit != nil) != c.known || (alone != nil) != c.known {
			t.Errorf("%s: %+v, %v", c.name, got, alone)
		}
		if (got.Share != nil) != reached || (got.TablesShare != nil) != reached || (got.CPUShare != nil) != reached {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.known && (*got.Checks != 3 || *got.Limit != 6000 || *got.TablesLimit != 12_000 || *alone != 10_000) {
			t.Errorf("%s: %+v, %v", c.name, got, *alone)
		}
		if reached && (*got.Share != 0.5 || *got.TablesShare != 0.25 || *got.CPUShare != 0.3) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestAtOneNode: streams are spread over connections, and those over nodes.
func TestAtOneNode(t *testing.T) {
	for _, c := range []struct {
		o     Options
		nodes int
		want  int
	}{
		{Options{Mode: Unary, Clients: 5000}, 1, 0},
		{Options{Mode: Stream, Clients: 300}, 1, 300},
		{Options{Mode: Stream, Clients: 4}, 3, 2},
		{Options{Mode: Actions, Clients: 4, Overload: true}, 3, 20},
		{Options{Mode: Stream, Clients: 640}, 3, 220},
		{Options{Mode: Stream, Clients: 640, KillLeader: true}, 3, 430},
	} {
		c.o.Nodes = make([]string, c.nodes)
		if got := c.o.AtOneNode(); got != c.want {
			t.Errorf("%s, %d clients, %d nodes: %d streams at one, want %d", c.o.Mode, c.o.Clients, c.nodes, got, c.want)
		}
	}
}
