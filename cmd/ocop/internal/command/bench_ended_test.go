package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ends runs a benchmark which must fail because a node of its own ends, and returns what it says. during happens when all nodes are ready.
func (m *machine) ends(base int, during func(), args ...string) string {
	m.t.Helper()
	ended := make(chan error, 1)
	code := exitOK
	go func() {
		code = m.run(append([]string{"bench", "--processes", "3", "--base-port", fmt.Sprint(base), "--clients", "4", "--duration", "1h", "--warmup", "0s", "--producers", "10", "--sign"}, args...)...)
		ended <- nil
	}()
	awaitReady(m.t, base, ended)
	during()
	select {
	case <-ended:
	case <-time.After(3 * time.Minute): // it would measure for an hour
		m.t.Fatal("a node has ended, and the measurement has not")
	}
	if code != exitFailure {
		m.t.Errorf("exit code %d", code)
	}
	if listens(base) {
		m.t.Error("something still listens")
	}
	return m.err
}

// benchEnded has a node of its own end by itself: the measurement ends, and says why with the end of the node's log, which is removed with the node.
func benchEnded(t *testing.T, program string) {
	m := newMachine(t)
	m.now = time.Time{}
	t.Setenv("TMPDIR", t.TempDir())
	base := freePorts(t, 30)
	dir := t.TempDir()
	pids, named := filepath.Join(dir, "pids"), filepath.Join(dir, "ocopd")
	check(t, os.WriteFile(named, fmt.Appendf(nil, "#!/bin/sh\n[ \"$1\" != run ] || echo $$ >>%s\nexec %s \"$@\"\n", pids, program), 0o700))
	killed := func() {
		data, err := os.ReadFile(pids)
		check(t, err)
		var pid int
		_, err = fmt.Sscan(string(data), &pid)
		check(t, err)
		check(t, os.Remove(pids))
		process, err := os.FindProcess(pid)
		check(t, err)
		check(t, process.Signal(syscall.SIGTERM)) // as an administrator does who takes it for another one
	}
	for language, want := range map[string][2]string{"en": {"the node of agency ", " has ended by itself; its log ends with:\n"}, "vi": {"nút của cơ quan ", " đã tự dừng; nhật ký của nó kết thúc bằng:\n"}} {
		said := m.ends(base, killed, "--ocopd", named, "--lang", language)
		if _, log, ok := strings.Cut(said, want[1]); !ok || !strings.Contains(said, want[0]) || !strings.Contains(log, "msg=") {
			t.Errorf("%q", said)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// benchDiskFull measures on a disk that is soon full.
func benchDiskFull(t *testing.T, program string) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: a disk that is full; whoever tests cannot mount one: %v: %s", err, out)
	}
	t.Cleanup(func() { check(t, exec.Command("umount", disk).Run()) })
	m := newMachine(t)
	m.now = time.Time{}
	t.Setenv("TMPDIR", disk)
	said := m.ends(freePorts(t, 30), func() {}, "--ocopd", program, "--lang", "en", "--mode", "stream")
	if !strings.Contains(said, "has ended by itself") || !strings.Contains(said, "no space left on device") {
		t.Errorf("%q", said)
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
