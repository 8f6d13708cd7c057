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

// TestBenchDoesNotBuild: the compiler names files by their place in a state of the repository, which are the same in both. In which of them it failed is said.
func TestBenchDoesNotBuild(t *testing.T) {
	script, err := os.ReadFile("../bench.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	const source, builds, broken = "ledger/merkle/merkle_test.go", "package merkle\n", "package merkle\n\nvar _ = missing\n"
	write("go.mod", "module example.org/bench\n\ngo 1.26\n")
	write("scripts/bench.sh", string(script))
	git("init", "--quiet")
	for _, state := range []string{broken, builds} {
		write(source, state)
		git("add", ".")
		git("commit", "--quiet", "-m", "a state")
	}
	for _, c := range []struct{ tree, ref, says string }{
		{builds, "HEAD~1", "at HEAD~1 ("},
		{broken, "HEAD", "at the working tree, ledger/merkle does not build: see above"},
	} {
		write(source, c.tree)
		out, err := exec.Command("bash", filepath.Join(dir, "scripts", "bench.sh"), "--count", "1", "--only", "^ledger/merkle$", c.ref).CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 || !strings.Contains(string(out), c.says) || !strings.Contains(string(out), "undefined: missing") {
			t.Errorf("%s: %v\n%s", c.ref, err, out)
		}
	}
}
