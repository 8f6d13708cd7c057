package heap

import (
	"os"
	"testing"
)

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
