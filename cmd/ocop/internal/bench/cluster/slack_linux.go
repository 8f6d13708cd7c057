package cluster

import (
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is what the package's unit gives a node (scripts/packaging/ocopd.service, which says why): what is measured runs as nodes do.
const timerSlack = time.Millisecond

// start starts a process whose timers may be late by timerSlack, and tells by how much: 0 where the system, as that of a sandbox, does not let it. A process has the
// slack of the thread that starts it, and keeps it.
func start(cmd *exec.Cmd) (slack time.Duration, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if own, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err == nil {
		if err := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack.Nanoseconds()), 0, 0, 0); err == nil {
			slack = timerSlack
			defer func() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(own), 0, 0, 0) }() // it was let a moment ago
		}
	}
	return slack, cmd.Start()
}
