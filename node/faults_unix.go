//go:build unix

package node

import "syscall"

// pageFaults is how many pages of memory the system has had to find for this process, without reading them from a disk; false: it does not say.
func pageFaults() (uint64, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return uint64(u.Minflt), true
}
