//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Process is a program that runs, or has ended.
type Process struct {
	Pid   int
	ended chan struct{}
	state syscall.WaitStatus // valid after ended is closed
}

// lookAround is how often the end of a process is looked for. A process that is traced must not be waited for, since to its parent's other threads each stop of
// a thread looks like an end; so it is looked at from outside, in /proc or its like, and reaped when it is a zombie.
const lookAround = 5 * time.Millisecond

// Start runs a program with its output appended to a file. It leads a process group of its own, so that an interrupt from a terminal is not its.
func Start(output, program string, arguments ...string) (*Process, error) {
	log, err := os.OpenFile(output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, arguments...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Pid: cmd.Process.Pid, ended: make(chan struct{})}
	if err := cmd.Process.Release(); err != nil {
		return nil, err
	}
	go p.watch()
	return p, nil
}

// StartStopped is Start, with the program stopped before its first instruction; Continue lets it run.
func StartStopped(output, program string, arguments ...string) (*Process, error) {
	p, err := Start(output, "/bin/sh", append([]string{"-c", `kill -STOP $$; exec "$0" "$@"`, program}, arguments...)...)
	if err != nil {
		return nil, err
	}
	for status(p.Pid) != 'T' {
		select {
		case <-p.ended:
			return nil, fmt.Errorf("%s ended before it ran", program)
		case <-time.After(lookAround):
		}
	}
	return p, nil
}

// status is the letter that Linux has for a process's state; 0 when there is no such process.
func status(pid int) byte {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(data), ") ") // the name before it is the program's own
	if after == "" {
		return 0
	}
	return after[0]
}

func (p *Process) watch() {
	defer close(p.ended)
	for {
		switch status(p.Pid) {
		case 'Z', 'X', 0:
			for {
				_, err := syscall.Wait4(p.Pid, &p.state, 0, nil)
				if !errors.Is(err, syscall.EINTR) {
					return
				}
			}
		}
		time.Sleep(lookAround)
	}
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Code waits for the end and gives the exit code; −1 when a signal ended it.
func (p *Process) Code() int {
	<-p.ended
	if p.state.Exited() {
		return p.state.ExitStatus()
	}
	return -1
}

// Signal sends a signal, unless the process has ended.
func (p *Process) Signal(s syscall.Signal) {
	select {
	case <-p.ended:
	default:
		_ = syscall.Kill(p.Pid, s) // it may be ending
	}
}

// Kill ends the process at once, and waits until it has.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.ended
}
