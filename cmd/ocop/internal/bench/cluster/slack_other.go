//go:build !linux

package cluster

import (
	"os/exec"
	"time"
)

func start(cmd *exec.Cmd) (slack time.Duration, err error) { return 0, cmd.Start() }
