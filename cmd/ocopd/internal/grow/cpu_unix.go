//go:build unix

package grow

import (
	"syscall"
	"time"
)

// cpu is the processor time that this process has taken, user and system, of all threads. Unlike elapsed time it hardly depends on what else runs.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for bad arguments alone
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
