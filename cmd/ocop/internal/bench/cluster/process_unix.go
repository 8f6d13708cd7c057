//go:build unix && !solaris && !aix

package cluster

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// separate has an interrupt at the terminal reach the benchmark alone, which ends the nodes in order; and the node hold the place that it runs in for as long as it
// lives, should the benchmark end before it.
func separate(cmd *exec.Cmd, place *os.File) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if place != nil {
		cmd.ExtraFiles = []*os.File{place}
	}
}

// ask asks a process to end in order.
func ask(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// holds: a place that is left is known by its lock.
const holds = true

// hold locks a file for this process and those it hands it to, until all have closed it or ended. It tells whether nobody else has it.
func hold(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
