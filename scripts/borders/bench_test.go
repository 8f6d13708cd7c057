package borders

import (
	"errors"
	"os"
	"os/exec"
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

// TestBenchArguments: what makes no sense is refused before anything is built. A number of rounds that is none measured nothing, and blamed --only for it.
func TestBenchArguments(t *testing.T) {
	for _, c := range [][2]string{
		{"", "scripts/bench.sh [--count N]"},
		{"--count", "--count needs a value"},
		{"--count x HEAD", "--count x: want 1 to 999"},
		{"--count 0 HEAD", "--count 0: want 1 to 999"},
		{"--time soon HEAD", "--time soon: want a time"},
		{"--only [ HEAD", "--only [ is no regular expression"},
		{"no-such-ref", "git knows no no-such-ref"},
	} {
		out, err := exec.Command("bash", append([]string{"../bench.sh"}, strings.Fields(c[0])...)...).CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 2 || !strings.Contains(string(out), c[1]) {
			t.Errorf("bench.sh %s: %v\n%s", c[0], err, out)
		}
	}
}
