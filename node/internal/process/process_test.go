//go:build linux

package process

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestEnds(t *testing.T) {
	output := filepath.Join(t.TempDir(), "output")
	p, err := Start(output, "/bin/sh", "-c", "echo one; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	if code := p.Code(); code != 3 {
		t.Errorf("ended with %d, want 3", code)
	}
	if p, err = Start(output, "/bin/sh", "-c", "echo two; exec sleep 60"); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	if code := p.Code(); code != -1 {
		t.Errorf("killed, it ended with %d", code)
	}
	p.Signal(syscall.SIGCONT) // to nobody
	if said, err := os.ReadFile(output); err != nil || string(said[:4]) != "one\n" {
		t.Errorf("%q, %v", said, err)
	}
	if _, err := Start(output, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a program that is not there runs")
	}
}

// TestStopped: nothing of the program has run until it is continued.
func TestStopped(t *testing.T) {
	dir := t.TempDir()
	mark := filepath.Join(dir, "mark")
	p, err := StartStopped(filepath.Join(dir, "output"), "/bin/sh", "-c", `echo "$0" > "$1"`, "a b", mark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	if _, err := os.Stat(mark); err == nil {
		t.Error("it has run already")
	}
	select {
	case <-p.Ended():
		t.Fatal("it has ended")
	case <-time.After(10 * lookAround):
	}
	p.Signal(syscall.SIGCONT)
	if code := p.Code(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if said, err := os.ReadFile(mark); err != nil || string(said) != "a b\n" {
		t.Errorf("%q, %v", said, err)
	}
}
