package operating

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/node/metrics"
)

// labelled are the names of all series that a node tells, each with the labels that Prometheus has of it: from the golden list of package metrics, and what the run
// time and the process tell.
func labelled(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	take := func(name string, labels ...string) { all[name] = append(labels, "job", "instance") }
	kinds := make(map[string]bool)
	for _, name := range series(t) {
		kinds[name] = true
	}
	values, err := os.ReadFile(root + "/node/metrics/testdata/values.golden")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(values)) {
		name, _, _ := strings.Cut(strings.Fields(line)[0], "{")
		var labels []string
		for _, m := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(line, -1) {
			labels = append(labels, m[1])
		}
		take(name, labels...)
		if base, ok := strings.CutSuffix(name, "_count"); ok && kinds[base+"_bucket"] {
			take(base, labels...)
			take(base+"_bucket", append(slices.Clone(labels), "le")...)
		}
	}
	families, err := metrics.New(func() *metrics.Facts { return new(metrics.Facts) }).Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			take(name)
			take(name+"_bucket", "le")
		}
	}
	return all
}

// asked is what an expression asks for.
type asked struct {
	series  []string
	grouped []string // labels of by
	matched []string // labels that matchers name
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	grouping = regexp.MustCompile(`\bby \(([a-z_, ]+)\)`)
	matching = regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`)
	named    = regexp.MustCompile(`\{\{([a-z_]+)\}\}`)
)

// asks reads an expression: every series in it has its matchers behind it, as of writes them.
func asks(t *testing.T, expr string) (a asked) {
	t.Helper()
	bare := quoted.ReplaceAllString(expr, `""`)
	for _, m := range matching.FindAllStringSubmatch(bare, -1) {
		a.series = append(a.series, m[1])
		for _, one := range strings.Split(m[2], ",") {
			name := strings.TrimRight(one, `=~!"`)
			a.matched = append(a.matched, name)
		}
	}
	for _, m := range grouping.FindAllStringSubmatch(bare, -1) {
		for _, label := range strings.Split(m[1], ",") {
			a.grouped = append(a.grouped, strings.TrimSpace(label))
		}
	}
	if rest := matching.ReplaceAllString(bare, ""); regexp.MustCompile(`\b(ocop|go|process)_[a-z]`).MatchString(rest) {
		t.Errorf("a series without matchers in %s", expr)
	}
	return a
}

// instantiated is an expression as Prometheus gets it.
func instantiated(expr string) string {
	return strings.NewReplacer("$__rate_interval", "5m", "$job", ".+", "$instance", ".+").Replace(expr)
}

// TestDashboard: the file is what the table makes; its panels have ids, places and titles of their own; and what it asks for is there, labels included.
func TestDashboard(t *testing.T) {
	want, err := written()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != string(want) {
		t.Errorf("%s is not what the table makes: OCOP_GOLDEN=write go test ./node/operating -run TestDashboard", dashboardFile)
	}
	var d dashboard
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	all := labelled(t)
	ids, titles, shown := make(map[int]bool), make(map[string]bool), make(map[string]bool)
	taken := make(map[[2]int]int)
	for _, p := range d.Panels {
		if vietnamese, english, ok := strings.Cut(p.Title, " / "); !ok || vietnamese == "" || english == "" || titles[p.Title] || ids[p.ID] || p.ID == 0 {
			t.Errorf("panel %d %q: a title in both languages and an id, both its own", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != 0 || x >= gridWidth {
					t.Fatalf("panel %d lies over panel %d, or out of the grid", p.ID, other)
				}
				taken[[2]int{x, y}] = p.ID
			}
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" || target.Legend == "" {
				t.Errorf("panel %q: %+v", p.Title, target)
			}
			a := asks(t, target.Expr)
			if len(a.series) == 0 {
				t.Errorf("no series in %s", target.Expr)
			}
			var have []string
			for _, name := range a.series {
				labels, ok := all[name]
				if !ok {
					t.Errorf("panel %q asks for %s, which nothing tells", p.Title, name)
				}
				have = append(have, labels...)
				shown[name] = true
			}
			for _, label := range slices.Concat(a.grouped, a.matched) {
				if !slices.Contains(have, label) {
					t.Errorf("panel %q: no label %s in %s", p.Title, label, target.Expr)
				}
			}
			if len(a.grouped) > 0 {
				have = a.grouped
			}
			for _, m := range named.FindAllStringSubmatch(target.Legend, -1) {
				if !slices.Contains(have, m[1]) {
					t.Errorf("panel %q names its lines by %s, which %s has not", p.Title, m[1], target.Expr)
				}
			}
		}
	}
	for _, v := range d.Templating.List[1:] {
		if v.Datasource == nil || v.Datasource.UID != "${datasource}" {
			t.Errorf("variable %s has no source", v.Name)
		}
	}
	for name := range maps.Keys(all) {
		if strings.HasPrefix(name, "ocop_") && !shown[name] && !regexp.MustCompile(`_(bucket|count|sum)$`).MatchString(name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestDashboardParses: every expression is one to the program that will read it, where it is installed.
func TestDashboardParses(t *testing.T) {
	promtool := installed(t, "promtool")
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	type group struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	}
	all := group{Name: "dashboard"}
	for _, p := range made().Panels {
		for _, target := range p.Targets {
			all.Rules = append(all.Rules, rule{"ocop:dashboard:" + strings.Repeat("x", len(all.Rules)+1), instantiated(target.Expr)})
		}
	}
	data, err := yaml.Marshal(map[string]any{"groups": []group{all}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "check", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// installed finds a program of the Debian package prometheus. Where changes are judged it must be there.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed (Debian package prometheus)", program)
		}
		t.Skipf("%s is not installed (Debian package prometheus): rules and dashboard were read, and not by it", program)
	}
	return path
}
