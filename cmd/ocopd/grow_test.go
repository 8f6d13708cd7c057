package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/grow"
	"github.com/ocopledger/ocop/ledger"
)

// TestGrow: nodes accept a generated ledger without a word. They check it, audit it from its first leaf, and order behind it what producers go on to sell.
func TestGrow(t *testing.T) {
	m := newMachine(t)
	const nodes, records = 3, 2_500
	base := freeBase(t, nodes)
	made := []string{"--dir", m.path("net"), "--nodes", fmt.Sprint(nodes), "--base-port", fmt.Sprint(base), "--json"}
	v := read[grown](t, m.must(append([]string{"grow", "--records", fmt.Sprint(records)}, made...)...))
	if v.Records != records || v.Size < records+v.Height || v.Nodes != nodes || v.Agencies != nodes {
		t.Errorf("made %+v", v)
	}
	dirs, err := filepath.Glob(m.path("net", "nodes", "*"))
	if err != nil || len(dirs) != nodes {
		t.Fatalf("%v, %v", dirs, err)
	}
	for _, dir := range dirs {
		if c := read[checkReport](t, m.must("check", "--dir", dir, "--json")); !c.OK || c.Size != v.Size || c.Root != v.Root || c.Records < records || c.Refusals != 0 {
			t.Errorf("%s: %+v, made %+v", dir, c, v)
		}
	}
	sell(t, m, base, nodes)
	s := read[devnet.Summary](t, m.must(append([]string{"devnet", "--sample=false", "--once"}, made...)...))
	if s.Audit != "ok" || s.Size <= v.Size || s.Certified != s.Height || s.Products == 0 || s.Sales == 0 {
		t.Errorf("%+v after %+v", s, v)
	}
	for language, want := range map[string]string{"vi": "ocopd: --agencies %s: cần 3 đến 7\n", "en": "ocopd: --agencies %s: want 3 to 7\n"} {
		for _, n := range []string{"2", "8", "-1"} {
			if r := m.do("grow", "--dir", m.path("other"), "--records", "10", "--nodes", "3", "--agencies", n, "--lang", language); r.code != exitUsage || r.err != fmt.Sprintf(want, n) {
				t.Errorf("%s agencies of three nodes: %+v", n, r)
			}
		}
	}
	if r := m.do(append([]string{"grow", "--records", "10"}, made...)...); r.code == exitOK || !strings.Contains(r.out, grow.ErrNotEmpty.Error()) {
		t.Errorf("a ledger is made over another: %+v", r)
	}
}

// TestGrowAgencies: some agencies run nodes and others none, and one alone does everything. Nodes agree on all of it.
func TestGrowAgencies(t *testing.T) {
	if testing.Short() {
		t.Skip("whoever acts, the same things run beside each other: TestGrow has them watched")
	}
	for _, c := range []struct{ nodes, agencies, registrars int }{{1, 1, 1}, {1, 2, 1}, {1, 3, 2}, {3, 5, 2}} {
		t.Run(fmt.Sprintf("%d nodes of %d agencies", c.nodes, c.agencies), func(t *testing.T) {
			m := newMachine(t)
			base := freeBase(t, c.nodes)
			v := read[grown](t, m.must("grow", "--dir", m.path("net"), "--records", "300", "--nodes", fmt.Sprint(c.nodes), "--agencies", fmt.Sprint(c.agencies), "--base-port", fmt.Sprint(base), "--json"))
			if v.Nodes != c.nodes || v.Agencies != c.agencies {
				t.Errorf("made %+v", v)
			}
			network, err := devnet.Open(devnet.Options{Dir: m.path("net"), Nodes: c.nodes, BasePort: base, Random: rand.Reader, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := grow.Plan(network, 1)
			if err != nil {
				t.Fatal(err)
			}
			registrars := make(map[ledger.AccountID]bool)
			for _, account := range plan.Producers() {
				registrars[account.Registrar()] = true
			}
			if len(registrars) != c.registrars || c.agencies > 1 && registrars[network.Agencies[0].Account] {
				t.Errorf("producers are registered by %v", registrars)
			}
			s := read[devnet.Summary](t, m.must("devnet", "--sample=false", "--once", "--dir", m.path("net"), "--nodes", fmt.Sprint(c.nodes), "--base-port", fmt.Sprint(base), "--json"))
			if s.Audit != "ok" || s.Size < v.Size || s.Nodes != c.nodes {
				t.Errorf("%+v after %+v", s, v)
			}
		})
	}
}

// sell runs the network and sells by the plan that the ledger was made with.
func sell(t *testing.T, m *machine, base, nodes int) {
	t.Helper()
	network, err := devnet.Open(devnet.Options{Dir: m.path("net"), Nodes: nodes, BasePort: base, Random: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := grow.Plan(network, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{env: env{Now: time.Now}, lang: lang.English}
	running, err := network.Run(t.Context(), func(ctx context.Context, dir string) (devnet.Served, error) { return a.serveOne(ctx, dir, false) })
	if err != nil {
		t.Fatal(err)
	}
	sales := plan.Sales(network.Genesis.Body.Time, 1)
	var envelopes [][]byte
	for range 20 {
		record, err := sales.Next(uint64(time.Now().UnixMilli()))
		if err != nil {
			t.Fatal(err)
		}
		envelopes = append(envelopes, record.Envelope)
	}
	outcomes, err := running.Client(nodes-1).Submit(t.Context(), envelopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.GetAccepted() == nil {
			t.Errorf("sale %d: %v", i, o)
		}
	}
	if _, err := running.Agree(t.Context()); err != nil {
		t.Error(err)
	}
	if err := running.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestGrowMeasure: a node in a process of its own opens a generated ledger and answers all that is asked, and the measurement leaves the files as they were.
func TestGrowMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("what runs is another process, of which the race detector sees nothing")
	}
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be sent signals there")
	}
	m := newMachine(t)
	m.must("grow", "--dir", m.path("net"), "--records", "1200", "--base-port", fmt.Sprint(freeBase(t, 1)))
	t.Setenv(asProgram, "1") // of the node's process
	table := m.must("grow", "measure", "--questions", "8", m.path("net")).out
	if lines := strings.Count(table, "\n"); lines < 20 || !strings.HasPrefix(table, "| | |\n|---|---:|\n| records | 1509 |\n") {
		t.Errorf("a table of %d lines:\n%s", lines, table)
	}
	if left, err := filepath.Glob(m.path("net", "copy-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if r := m.do("grow", "measure", m.path("none")); r.code == exitOK || !strings.Contains(r.err, grow.ErrNoNetwork.Error()) {
		t.Errorf("what is not there is measured: %+v", r)
	}
}
