package scrape

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const text = `# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5

ocop_check_ok{check="a } b",vi="có dấu cách"} 1
ocop_raft_term 3 1790000000000
ocop_disk_left_seconds +Inf
process_resident_memory_bytes 1.5e+08
`

func TestParse(t *testing.T) {
	m, err := Parse([]byte(text))
	if err != nil || m[CPUSeconds] != 12.5 || m[RaftTerm] != 3 || m[ResidentBytes] != 1.5e8 || m[`ocop_check_ok{check="a } b",vi="có dấu cách"}`] != 1 || len(m) != 5 {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range []string{"name", "name x", "name 1 2 3", "<html>", `a{b="c"}`} {
		if _, err := Parse([]byte(bad + "\n")); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestFiles: what files take is told by the file's name, and nothing else is taken for one.
func TestFiles(t *testing.T) {
	m, err := Parse([]byte(text + "ocop_file_disk_bytes{file=\"chain.db\"} 1.6777216e+07\nocop_file_disk_bytes{file=\"raft.db\"} 65536\nocop_file_disk_bytes_more{file=\"x\"} 1\n"))
	if files := m.Files(); err != nil || !maps.Equal(files, map[string]uint64{"chain.db": 16 << 20, "raft.db": 65536}) {
		t.Errorf("%v, %v", files, err)
	}
}

func TestGet(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	defer s.Close()
	if m, err := Get(t.Context(), s.Client(), strings.TrimPrefix(s.URL, "http://")); err != nil || m[RaftTerm] != 3 {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := Get(t.Context(), s.Client(), strings.TrimPrefix(s.URL, "http://")+"/other"); err == nil {
		t.Error("an absence was read")
	}
}

func TestSameProcess(t *testing.T) {
	base := Metrics{StartSeconds: 1, CPUSeconds: 10, allocatedBytes: 1e6}
	with := func(change Metrics) Metrics {
		m := maps.Clone(base)
		maps.Copy(m, change)
		return m
	}
	for name, c := range map[string]struct {
		other, after Metrics
		want         bool
	}{
		"one":                     {with(Metrics{CPUSeconds: 10.01}), with(Metrics{CPUSeconds: 10.01}), true},
		"as busy, begun together": {with(Metrics{allocatedBytes: 1e6 + 9}), with(Metrics{allocatedBytes: 1e6 + 8}), false},
		"idle":                    {base, base, true},
		"begun later":             {with(Metrics{StartSeconds: 1.01}), base, false},
		"has worked more":         {with(Metrics{CPUSeconds: 12}), with(Metrics{CPUSeconds: 11}), false},
		"has worked less":         {with(Metrics{CPUSeconds: 9}), with(Metrics{CPUSeconds: 11}), false},
		"says nothing of it":      {Metrics{}, base, false},
	} {
		if SameProcess(base, c.other, c.after) != c.want {
			t.Errorf("%s: not %v", name, c.want)
		}
	}
}
