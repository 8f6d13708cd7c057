package memory

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// groupLimit is where a container says how much memory it may use.
const groupLimit = "/sys/fs/cgroup/memory.max"

// Machine is how much memory this process may use in all, in bytes: the machine's, or less in a container that has a limit of its own. 0: it is not known.
func Machine() uint64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return 0
	}
	all := uint64(s.Totalram) * uint64(s.Unit)
	text, err := os.ReadFile(groupLimit)
	if err != nil {
		return all
	}
	return within(all, string(text))
}

// within is the smaller of the machine's memory and a group's limit, which is a number of bytes or the word max.
func within(all uint64, group string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(group), 10, 64)
	if err != nil {
		return all
	}
	return min(all, n)
}
