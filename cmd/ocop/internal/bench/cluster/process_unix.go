//go:build unix && !linux

package cluster

import (
	"os"
	"os/exec"
	"syscall"
)

// separate has an interrupt at the terminal reach the benchmark alone, which ends the nodes in order.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// ask asks a process to end in order.
func ask(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
