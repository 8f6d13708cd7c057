package cluster

import (
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is what the package's unit gives a node (scripts/packaging/ocopd.service, which says why): what is measured runs as nodes do.
const timerSlack = time.Millisecond

// start starts a process whose timers may be late by timerSlack. A process has the slack of the thread that starts it, and keeps it.
func start(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack.Nanoseconds()), 0, 0, 0)
	}
	if err != nil {
		return fmt.Errorf("timer slack: %w", err)
	}
	err = cmd.Start()
	if back := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(own), 0, 0, 0); back != nil && err == nil {
		err = fmt.Errorf("timer slack: %w", back)
	}
	return err
}
