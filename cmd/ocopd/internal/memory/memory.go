// Package memory decides how much garbage a node lets lie before it is collected.
//
// A ledger's state is in memory, and every collection looks through all of it: at Go's default, which collects when there is as much garbage as there is state,
// that is a sixth of the processor time of a node under load. A node that has its machine for itself can pay with memory instead. What is left of the machine
// holds the files' pages, without which a node reads from its disk: so a node takes at most half, and collects as often as that needs.
package memory

import (
	"runtime/debug"
)

const (
	// garbage is how much may lie before it is collected, in percent of what is live.
	garbage = 300
	// part of the machine's memory that the process keeps to, if what is live lets it.
	part = 2
	// least is what a process keeps to on the smallest machines: less would be collecting all the time.
	least = 256 << 20
)

// Variables with which an operator decides otherwise; the Go runtime has read them already.
const (
	percentVariable = "GOGC"
	limitVariable   = "GOMEMLIMIT"
)

// Tune sets when garbage is collected, for the whole process, unless the environment does. machine is the memory that the process may use in all, in bytes;
// 0: it is not known, and nothing is changed.
func Tune(getenv func(string) string, machine uint64) {
	if machine == 0 || getenv(percentVariable) != "" || getenv(limitVariable) != "" {
		return
	}
	debug.SetMemoryLimit(limit(machine))
	debug.SetGCPercent(garbage)
}

func limit(machine uint64) int64 { return int64(max(machine/part, least)) }
