package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
	"github.com/ocopledger/ocop/ledger/verify"
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

// TestCost: nodes of one process are counted once, and one that is lost says nothing of what it cost.
func TestCost(t *testing.T) {
	begun := time.Unix(1_790_000_000, 0)
	at := func(cpu ...float64) (nodes []scrape.Metrics) {
		for _, c := range cpu {
			if c < 0 {
				nodes = append(nodes, nil)
				continue
			}
			nodes = append(nodes, scrape.Metrics{scrape.CPUSeconds: c, scrape.RaftTerm: 2})
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
	if c.Nodes < 299 || c.Nodes > 301 || c.Generator != 50 || c.Total != c.Nodes+c.Generator {
		t.Errorf("%+v, want 100 µs and 200 µs of processes and 50 µs of the generator", c)
	}
	if nodes[0].CPU != nodes[1].CPU || nodes[3].CPU != 0 || !nodes[3].Lost || nodes[2].Lost || nodes[2].Term != 2 {
		t.Errorf("%+v", nodes)
	}
	if r := m.rates(); r.Ops != 160 || r.Records != 80 || r.TPS != 20 || r.Errs != 4 {
		t.Errorf("%+v", r)
	}
	if c, _ := (&measured{Result: &load.Result{}, begun: begun, before: m.before, after: m.after}).cost(w); c.Total != 0 {
		t.Errorf("%+v of no record", c)
	}
}

func TestFailover(t *testing.T) {
	begun := time.Unix(1_790_000_000, 0)
	m := &measured{Result: acknowledged(4*time.Second, 6*time.Second), begun: begun}
	f := (&kill{agency: 3, at: begun.Add(3950 * time.Millisecond)}).cost(m)
	if f.Killed != 3 || f.At != 1.95 || f.Gap != 2000 || f.GapBegan != 50 || f.Before < 9.9 || f.Before > 10.3 || f.After != 10 {
		t.Errorf("%+v", f)
	}
	if f := new(kill).cost(m); f.Killed != 0 || f.Gap != 0 {
		t.Errorf("nobody was killed: %+v", f)
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
