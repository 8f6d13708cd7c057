// Package machine says what a benchmark ran on: the machine, its disk, and what it can do at best.
//
// A rate says little without them. Signatures are what the ledger's speed is bounded by, so that they are measured beside it, on the same machine in the
// same run, by the same code that a node verifies with.
package machine

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Facts are what a reader must know of a machine. What cannot be learnt is empty.
type Facts struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"` // that Go may use
	System string `json:"system"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	// Load is the load average of the last minute before the run: what neighbours take. Absent where the system does not say.
	Load *float64 `json:"load,omitempty"`
}

// Look learns the facts.
func Look() Facts {
	f := Facts{
		CPU: field("/proc/cpuinfo", "model name"), Cores: runtime.GOMAXPROCS(0),
		System: runtime.GOOS + "/" + runtime.GOARCH, Kernel: line("/proc/sys/kernel/osrelease"), Go: runtime.Version(),
	}
	first, _, _ := strings.Cut(line("/proc/loadavg"), " ")
	if load, err := strconv.ParseFloat(first, 64); err == nil {
		f.Load = &load
	}
	return f
}

// line is the first line of a small file of the system; empty when there is none.
func line(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(first)
}

// field is the first value of a name in a file of lines name: value.
func field(path, name string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
