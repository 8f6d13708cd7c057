package main

import (
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
)

// asProgram makes the test binary be ocopd.
const asProgram = "OCOPD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestSignals: a process ends cleanly on SIGTERM and SIGINT, and its files can be checked and run again.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be sent signals there")
	}
	n := newNetwork(t)
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "run", "--dir", n.node(0))
		cmd.Env = append(os.Environ(), asProgram+"=1")
		log := new(buffer)
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for up := false; !up; {
			if answer, err := http.Get("http://" + n.address(0, 2) + "/healthz"); err == nil {
				answer.Body.Close()
				up = answer.StatusCode == http.StatusOK
			}
			select {
			case err := <-ended:
				t.Fatalf("%v\n%s", err, log)
			case <-time.After(10 * time.Millisecond):
			}
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("%v: %v\n%s", signal, err, log)
		}
		if first, rest, _ := strings.Cut(log.String(), "\n"); !strings.Contains(first, ceremony.SampleNotice) || !strings.Contains(rest, ceremony.SampleNotice+"\n") {
			t.Errorf("log and announcement do not both begin with the notice of a sample:\n%s", log)
		}
		n.must("check", "--dir", n.node(0))
	}
}
