// Package heap tells the Go run time how much memory a program of ours may take before it collects garbage.
//
// A ledger's state is in memory, and every collection looks through all of it. With Go's own setting, which collects when there is as much garbage as state, that is
// a tenth to a sixth of a loaded node's processor time. A node that has its machine for itself can pay with memory instead. What is left of the machine holds the
// files' pages, without which a node reads from its disk: so a node takes at most half, and collects as often as that needs.
package heap

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// percent is how much may be allocated between collections, in hundredths of what is in use. Go's own setting is 100.
	percent = 300
	// part of the machine's memory is what a program may take before it collects more often.
	part = 2
	// least is what a program keeps to on the smallest machines: less would be collecting all the time.
	least = 256 << 20
)

// Tune sets the collector's percent and bound, unless the environment does (GOGC, GOMEMLIMIT), and returns the bound, bytes; 0: none. mib is the
// operator's bound in MiB; 0: half of what the machine, or the control group of the process, has.
func Tune(getenv func(string) string, mib int) (bound int64) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if getenv("GOMEMLIMIT") != "" {
		return debug.SetMemoryLimit(-1)
	}
	if bound = int64(mib) << 20; bound == 0 {
		bound = limit(available(os.ReadFile))
	}
	if bound > 0 {
		debug.SetMemoryLimit(bound)
	}
	return bound
}

// Among is what each of so many programs of ours on one machine may take, so that together they take what one alone would, bytes; 0: it is not known how much there is.
func Among(programs int) int64 { return among(limit(available(os.ReadFile)), programs) }

func among(bound int64, programs int) int64 {
	if bound == 0 {
		return 0
	}
	return max(bound/int64(programs), least)
}

// limit is a program's share of so much memory; 0: it is not known how much there is.
func limit(memory uint64) int64 {
	if memory == 0 {
		return 0
	}
	return int64(max(memory/part, least))
}

// available is the memory of this machine or of the process's control group, whichever has less; 0: not known.
func available(read func(string) ([]byte, error)) uint64 {
	least := uint64(math.MaxUint64)
	if text, err := read("/proc/meminfo"); err == nil {
		if kib, ok := total(string(text)); ok {
			least = kib << 10
		}
	}
	for _, file := range groupFiles(read) {
		text, err := read(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is no number
			least = min(least, n)
		}
	}
	if least == math.MaxUint64 {
		return 0
	}
	return least
}

// total is MemTotal of /proc/meminfo, KiB.
func total(meminfo string) (kib uint64, ok bool) {
	for line := range strings.Lines(meminfo) {
		if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
			n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// groupFiles are the files with the bounds of the process's control group and of those around it (cgroup v2), inside a container of its own root too.
func groupFiles(read func(string) ([]byte, error)) []string {
	const root = "/sys/fs/cgroup"
	files := []string{root + "/memory.max"}
	text, err := read("/proc/self/cgroup")
	if err != nil {
		return files
	}
	for line := range strings.Lines(string(text)) {
		path, found := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for found && path != "" && path != "/" {
			files = append(files, root+path+"/memory.max")
			path = path[:strings.LastIndexByte(path, '/')]
		}
	}
	return files
}
