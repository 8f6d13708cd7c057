package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// operating is where the rules and the dashboard are that operators get.
const operating = "../../node/operating"

// prometheus is a server of the Prometheus project that scrapes a network.
type prometheus struct {
	address string
	ended   chan error
	log     *buffer
}

// scrape starts a server with the alert rules that operators get.
func (n *network) scrape(program string, more ...string) *prometheus {
	n.t.Helper()
	rules, err := filepath.Abs(filepath.Join(operating, "rules.yml"))
	if err != nil {
		n.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	p := &prometheus{address: l.Addr().String(), ended: make(chan error, 1), log: new(buffer)}
	l.Close()
	dir := n.t.TempDir()
	config := fmt.Sprintf(`global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs: [{job_name: ocop, static_configs: [{targets: [%q, %q, %q]}]}]
`, rules, n.address(0, 2), n.address(1, 2), n.address(2, 2))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, append(more, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.address)...)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	go func() { p.ended <- cmd.Wait() }()
	n.t.Cleanup(func() {
		cancel()
		<-p.ended
	})
	return p
}

// get asks the server's API. ok is false while it has no answer.
func (p *prometheus) get(t *testing.T, path string, query url.Values, to any) (ok bool) {
	t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		t.Fatalf("prometheus: %v\n%s", err, p.log)
	default:
	}
	answer, err := http.Get("http://" + p.address + "/api/v1/" + path + "?" + query.Encode())
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusUnprocessableEntity || answer.StatusCode == http.StatusBadRequest {
		t.Fatalf("prometheus refuses %v", query)
	}
	var body struct{ Data json.RawMessage }
	if answer.StatusCode != http.StatusOK || json.NewDecoder(answer.Body).Decode(&body) != nil {
		return false
	}
	if err := json.Unmarshal(body.Data, to); err != nil {
		t.Fatal(err)
	}
	return true
}

// shows tells whether an expression has a number now.
func (p *prometheus) shows(t *testing.T, expr string) bool {
	t.Helper()
	var data struct{ Result []struct{ Value [2]any } }
	if !p.get(t, "query", url.Values{"query": {expr}}, &data) {
		return false
	}
	for _, r := range data.Result {
		text, ok := r.Value[1].(string)
		if v, err := strconv.ParseFloat(text, 64); ok && err == nil && !math.IsNaN(v) {
			return true
		}
	}
	return false
}

// rules are the alerts that are not evaluated without fault yet, and those that stand.
func (p *prometheus) rules(t *testing.T) (unwell, firing []string, known bool) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, State, LastError string }
		}
	}
	if !p.get(t, "rules", nil, &data) || len(data.Groups) == 0 {
		return nil, nil, false
	}
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			if r.LastError != "" {
				t.Fatalf("alert %s: %s", r.Name, r.LastError)
			}
			if r.Health != "ok" {
				unwell = append(unwell, r.Name)
			}
			if r.State == "firing" {
				firing = append(firing, r.Name)
			}
		}
	}
	return unwell, firing, true
}

// quiet are lines of the dashboard that show nothing in a network that is well and has run for a minute.
var quiet = map[string]string{
	"ocop_alarms": "there is none", "ocop_refusals_total": "nothing was refused", "ocop_disk_left_seconds": "growth is known after ten minutes",
	"ocop_disk_growth_bytes_per_second": "growth is known after ten minutes", "ocop_held_by{": "the leader waits for nobody",
}

func isQuiet(expr string) bool {
	for series := range quiet {
		if strings.Contains(expr, series) {
			return true
		}
	}
	return false
}

// lies are the alerts that no busy machine can set off.
var lies = []string{"OcopEvidence", "OcopContradiction"}

// TestObserved has real servers of the Prometheus project look at three nodes, one that keeps native histograms and one that does not: each line of the dashboard
// has numbers on both, each alert rule is evaluated, and none says that somebody lies.
func TestObserved(t *testing.T) {
	if testing.Short() {
		t.Skip("what runs is another process, of which the race detector sees nothing")
	}
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("prometheus is not installed (Debian package prometheus)")
		}
		t.Skip("prometheus is not installed (Debian package prometheus): nobody looked at the dashboard's numbers")
	}
	data, err := os.ReadFile(filepath.Join(operating, "ocop-grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t)
	r := n.run()
	defer r.close()
	for i := range 3 {
		r.status(i)
	}
	servers := map[string]*prometheus{"native": n.scrape(program, "--enable-feature=native-histograms"), "classic": n.scrape(program)}
	type wanted struct{ server, title, expr string }
	var missing []wanted
	for name := range servers {
		for _, panel := range dashboard.Panels {
			for _, target := range panel.Targets {
				if !isQuiet(target.Expr) {
					missing = append(missing, wanted{name, panel.Title, strings.NewReplacer("$__rate_interval", "30s", "$job", ".+", "$instance", ".+").Replace(target.Expr)})
				}
			}
		}
	}
	if len(missing) < 150 {
		t.Fatalf("only %d lines", len(missing))
	}
	end := time.Now().Add(4 * patience) // two more programs run beside the network
	for number := uint64(1); len(missing) > 0; number++ {
		if time.Now().After(end) {
			t.Fatalf("the dashboard shows nothing of %q", missing)
		}
		r.registerAs(int(number%3), int(number%3), number) // so that something happens
		for i := range 3 {
			if answer, err := http.Get("http://" + r.public(i) + "/log/checkpoint"); err == nil {
				answer.Body.Close()
			}
		}
		missing = slices.DeleteFunc(missing, func(w wanted) bool { return servers[w.server].shows(t, w.expr) })
	}
	for name, p := range servers {
		for {
			unwell, firing, known := p.rules(t)
			if known && len(unwell) == 0 {
				for _, alert := range firing {
					if slices.Contains(lies, alert) { // others may: these nodes are impatient, and a busy machine has elections
						t.Errorf("%s: %s fires in a network in which nobody lies", name, alert)
					}
				}
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: alerts that are not evaluated: %v", name, unwell)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	if native := `count(histogram_count(ocop_stage_duration_seconds)) > 0`; !servers["native"].shows(t, native) || servers["classic"].shows(t, native) {
		t.Error("native histograms are not where they are kept, or are where they are not")
	}
}
