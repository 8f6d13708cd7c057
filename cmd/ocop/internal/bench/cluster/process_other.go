//go:build !unix || solaris || aix

package cluster

import (
	"os"
	"os/exec"
)

// separate does nothing: an interrupt at the terminal ends the nodes, too.
func separate(*exec.Cmd, *os.File) {}

// ask ends a process: it cannot be asked there.
func ask(p *os.Process) error { return p.Kill() }

// hold does nothing. A file that another process has open cannot be removed there.
func hold(*os.File) (bool, error) { return true, nil }
