//go:build unix

package machine

import (
	"syscall"
	"time"
)

// CPU is the processor time that this process has used so far, of user and system.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
