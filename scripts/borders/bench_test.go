package borders

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestBenchSteps: what scripts/bench.sh measures is there, each name of each row, so that a benchmark that was renamed is not silently left out.
func TestBenchSteps(t *testing.T) {
	script, err := os.ReadFile("../bench.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(script), "<<'STEPS'\n")
	rows, _, ok := strings.Cut(rows, "STEPS\n")
	if !ok || strings.Count(rows, "\n") < 10 {
		t.Fatalf("no steps in the script: %q", rows)
	}
	declared := regexp.MustCompile(`(?m)^func (Benchmark\w+)\(b \*testing\.B\)`)
	names := regexp.MustCompile(`^\^(\w+?)(?:\(([\w|]+)\))?\$$`)
	for row := range strings.Lines(rows) {
		fields := strings.Fields(row)
		if len(fields) < 2 {
			t.Fatalf("%q", row)
		}
		files, err := filepath.Glob(filepath.Join("../..", filepath.FromSlash(fields[0]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllSubmatch(data, -1) {
				have = append(have, string(m[1]))
			}
		}
		m := names.FindStringSubmatch(fields[1])
		if m == nil {
			t.Errorf("%s: %s is not of the form ^Benchmark(A|B)$", fields[0], fields[1])
			continue
		}
		for _, end := range strings.Split(m[2], "|") {
			if !slices.Contains(have, m[1]+end) {
				t.Errorf("%s has no %s", fields[0], m[1]+end)
			}
		}
	}
}
