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

// holds: nobody can tell there whether a place is held.
const holds = false

// hold does nothing.
func hold(*os.File) (bool, error) { return true, nil }
