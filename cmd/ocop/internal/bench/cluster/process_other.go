//go:build !unix

package cluster

import (
	"os"
	"os/exec"
)

// separate does nothing: an interrupt at the terminal ends the nodes, too.
func separate(*exec.Cmd) {}

// ask ends a process: it cannot be asked there.
func ask(p *os.Process) error { return p.Kill() }
