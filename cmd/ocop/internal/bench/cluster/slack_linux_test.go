package cluster

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestTimerSlack: a node that is measured has the timers of one that the package's unit starts, and the benchmark keeps its own.
func TestTimerSlack(t *testing.T) {
	unit, err := os.ReadFile("../../../../../scripts/packaging/ocopd.service")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^TimerSlackNSec=(.*)$`).FindSubmatch(unit)
	if line == nil {
		t.Fatal("the unit says nothing of timers")
	}
	want, err := time.ParseDuration(string(line[1]))
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Skip("this system tells no timer slack")
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "cat", "/proc/self/timerslack_ns")
	cmd.Stdout = &out
	slack, err := start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if slack == 0 {
		t.Skip("this system gives nobody a timer slack of his own")
	}
	if slack != want {
		t.Errorf("told %v, want %v", slack, want)
	}
	if got, err := strconv.Atoi(strings.TrimSpace(out.String())); err != nil || time.Duration(got) != want {
		t.Errorf("%d ns, %v, want %v", got, err, want)
	}
	if after, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err != nil || after != before {
		t.Errorf("the benchmark's own is %d ns, %v, was %d", after, err, before)
	}
}
