package operating

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

// series are the names in the golden list of package metrics, with those that a histogram has.
func series(t *testing.T) (names []string) {
	t.Helper()
	golden, err := os.ReadFile(root + "/node/metrics/testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		f := strings.Fields(line)
		if f[1] != "TYPE" {
			continue
		}
		names = append(names, f[2])
		if f[3] == "histogram" {
			names = append(names, f[2]+"_bucket", f[2]+"_count", f[2]+"_sum")
		}
	}
	return names
}

// tableRow is a row of a series in metrics.md.
var tableRow = regexp.MustCompile("(?m)^\\| `(ocop_[a-z_]+)` \\|.*$")

// rowsOf are the rows that metrics.md is to have, by series.
func rowsOf(t *testing.T) map[string]string {
	t.Helper()
	golden, err := os.ReadFile(root + "/node/metrics/testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string)
	help := ""
	for line := range strings.Lines(string(golden)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if f[1] == "HELP" {
			help = f[3]
		} else {
			rows[f[2]] = "| `" + f[2] + "` | " + f[3] + " | " + help + " |"
		}
	}
	return rows
}

var seriesName = regexp.MustCompile(`\bocop_[a-z_]+`)

// TestRules: the alert rules speak of series that there are, and say what they mean in both languages.
func TestRules(t *testing.T) {
	data, err := os.ReadFile("rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file ruleFile
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	known := series(t)
	n := 0
	var alerts []string
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			n++
			names := seriesName.FindAllString(r.Expr, -1)
			if len(names) == 0 && !strings.HasPrefix(r.Expr, "up{") {
				t.Errorf("%s: no series of ours in %s", r.Alert, r.Expr)
			}
			for _, name := range names {
				if !slices.Contains(known, name) {
					t.Errorf("%s: no series is called %s", r.Alert, name)
				}
			}
			if vietnamese, english, ok := strings.Cut(r.Annotations["summary"], " / "); !ok || vietnamese == "" || english == "" {
				t.Errorf("%s: summary %q", r.Alert, r.Annotations["summary"])
			}
			if severity := r.Labels["severity"]; severity != "critical" && severity != "warning" {
				t.Errorf("%s: severity %q", r.Alert, severity)
			}
			if r.Alert == "" || slices.Contains(alerts, r.Alert) {
				t.Errorf("alert %q is there twice, or has no name", r.Alert)
			}
			alerts = append(alerts, r.Alert)
		}
	}
	if n < 10 {
		t.Errorf("%d rules", n)
	}
}

// TestPromtool asks the program that will read the rules, where it is installed.
func TestPromtool(t *testing.T) {
	promtool := installed(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "rules.yml"}, {"test", "rules", "testdata/rules_test.yml"}} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// TestMetricsPage: the page names every series with the type and the sentence that it tells of itself, and none that is not there. OCOP_GOLDEN=write brings its rows
// up to date.
func TestMetricsPage(t *testing.T) {
	page, err := os.ReadFile("metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t)
	fresh := tableRow.ReplaceAllStringFunc(string(page), func(row string) string {
		return rows[tableRow.FindStringSubmatch(row)[1]]
	})
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile("metrics.md", []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		page = []byte(fresh)
	}
	for name, row := range rows {
		if strings.Count(string(page), row) != 1 {
			t.Errorf("metrics.md has no row, or more than one, of %s as it is: %s", name, row)
		}
	}
	known := series(t)
	told := seriesName.FindAllString(string(page), -1)
	for _, name := range known {
		if !slices.Contains(told, name) && !regexp.MustCompile(`_(bucket|count|sum)$`).MatchString(name) {
			t.Errorf("metrics.md does not name %s", name)
		}
	}
	for _, name := range told {
		if !slices.Contains(known, name) {
			t.Errorf("metrics.md names %s, which is none", name)
		}
	}
}
