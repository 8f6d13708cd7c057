package heap

import (
	"math"
	"os"
	"runtime/debug"
	"testing"
)

// settings are what the run time has now.
func settings() (percent int, bound int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

func restore(t *testing.T) {
	percent, bound := settings()
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(bound) })
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}

func TestTune(t *testing.T) {
	restore(t)
	Tune(func(string) string { return "" }, 512)
	if got, bound := settings(); got != percent || bound != 512<<20 {
		t.Errorf("%d %%, bound %d", got, bound)
	}
	for memory, want := range map[uint64]int64{8 << 30: 4 << 30, 1 << 30: 512 << 20, 128 << 20: 256 << 20, 0: 0} {
		if got := limit(memory); got != want {
			t.Errorf("of %d bytes: %d, want %d", memory, got, want)
		}
	}
}

func TestAmong(t *testing.T) {
	for _, c := range []struct {
		bound    int64
		programs int
		want     int64
	}{{12 << 30, 3, 4 << 30}, {12 << 30, 1, 12 << 30}, {512 << 20, 7, least}, {0, 3, 0}} {
		if got := among(c.bound, c.programs); got != c.want {
			t.Errorf("%d bytes among %d: %d, want %d", c.bound, c.programs, got, c.want)
		}
	}
}

// What an operator has set stands.
func TestTuneLeavesAlone(t *testing.T) {
	restore(t)
	set := func(variable string) func(string) string {
		return func(name string) string {
			if name == variable {
				return "1"
			}
			return ""
		}
	}
	Tune(set("GOGC"), 512)
	if got, bound := settings(); got != 100 || bound != 512<<20 {
		t.Errorf("GOGC is set: %d %%, bound %d", got, bound)
	}
	debug.SetMemoryLimit(math.MaxInt64)
	Tune(set("GOMEMLIMIT"), 512)
	if got, bound := settings(); got != percent || bound != math.MaxInt64 {
		t.Errorf("GOMEMLIMIT is set: %d %%, bound %d", got, bound)
	}
}

func TestAvailable(t *testing.T) {
	const meminfo = "MemTotal:       16384 kB\nMemFree:          123 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
	}{
		"nothing is known":              {nil, 0},
		"the machine":                   {map[string]string{"/proc/meminfo": meminfo}, 16 << 20},
		"a group without a bound":       {map[string]string{"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n"}, 16 << 20},
		"its own group has less":        {map[string]string{"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "4096\n"}, 4096},
		"a group around it has less":    {map[string]string{"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "9000\n", "/sys/fs/cgroup/a/memory.max": "8192\n"}, 8192},
		"a container of its own root":   {map[string]string{"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "12288\n"}, 12288},
		"a group with more, and no sum": {map[string]string{"/proc/meminfo": "nonsense", "/sys/fs/cgroup/memory.max": "12288\n"}, 12288},
	} {
		t.Run(name, func(t *testing.T) {
			read := func(path string) ([]byte, error) {
				if text, ok := c.files[path]; ok {
					return []byte(text), nil
				}
				return nil, os.ErrNotExist
			}
			if got := available(read); got != c.want {
				t.Errorf("%d bytes, want %d", got, c.want)
			}
		})
	}
}
