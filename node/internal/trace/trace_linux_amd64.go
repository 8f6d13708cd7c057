package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// heldPoll is how often held calls are looked at while there are some: ptrace answers to one thread, which cannot wait for a tracee and a channel at once.
const heldPoll = time.Millisecond

// Trace is a process being traced.
type Trace struct {
	pid     int
	o       Options
	threads map[int]*thread
	leave   atomic.Bool
	ended   chan struct{}
	err     error // why the trace ended; valid after ended is closed
}

// thread is a thread of the process, between its stops.
type thread struct {
	call    *Call // the watched call it is in
	verdict Verdict
	held    bool // it is stopped before its call
	skipped bool // its call is not made
}

// Attach begins to trace a process and all its threads. The process must be a child of this one, the leader of its own process group, and nobody may wait for
// it by wait4 or waitid while it is traced: to its parent's threads its stops would look like ends. Calls that are under way are not seen.
func Attach(pid int, o Options) (*Trace, error) {
	t := &Trace{pid: pid, o: o, threads: make(map[int]*thread), ended: make(chan struct{})}
	attached := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and with it whatever ptrace remembers of it
		defer close(t.ended)
		err := t.seize()
		attached <- err
		if err == nil {
			t.err = t.run()
		}
	}()
	if err := <-attached; err != nil {
		return nil, fmt.Errorf("tracing process %d: %w", pid, err)
	}
	return t, nil
}

// Ended is closed when nothing is traced any more: after Detach, or with the process.
func (t *Trace) Ended() <-chan struct{} { return t.ended }

// Detach lets the process go on by itself. Calls that are held are made. It returns why the trace had ended before, if by an error.
func (t *Trace) Detach() error {
	t.leave.Store(true)
	for {
		select {
		case <-t.ended:
			return t.err
		default:
		}
		// A signal that a Go program ignores stops the leader, and the tracer looks up.
		if err := unix.Tgkill(t.pid, t.pid, unix.SIGURG); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		select {
		case <-t.ended:
			return t.err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// seize takes hold of all threads: until a look finds none that is new.
func (t *Trace) seize() error {
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC
	for found := true; found; {
		found = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.pid))
		if err != nil {
			return err
		}
		for _, e := range tasks {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || t.threads[tid] != nil {
				continue
			}
			switch err := ptrace(unix.PTRACE_SEIZE, tid, 0, options); {
			case errors.Is(err, unix.ESRCH): // it has ended
				continue
			case errors.Is(err, unix.EPERM) && len(t.threads) > 0: // a clone of a thread that is traced comes traced
				continue
			case err != nil:
				return err
			}
			found = true
			t.threads[tid] = new(thread)
			if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	if len(t.threads) == 0 {
		return unix.ESRCH
	}
	return nil
}

func (t *Trace) run() error {
	for leaving := false; len(t.threads) > 0; {
		if t.leave.Load() && !leaving {
			leaving = true
			for tid, th := range t.threads {
				if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil && !errors.Is(err, unix.ESRCH) && !th.held {
					return err
				}
			}
		}
		tid, stopped, err := t.wait()
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return err
		case tid == 0: // nothing has happened
			time.Sleep(heldPoll)
		case !stopped:
			if delete(t.threads, tid); tid == t.pid {
				return nil // the last to be told of; its end is its parent's to see
			}
			continue
		}
		t.release()
	}
	return nil
}

// wait looks at the next event, without taking the end of the process from whoever waits for it.
func (t *Trace) wait() (tid int, stopped bool, err error) {
	flags := unix.WEXITED | unix.WSTOPPED | unix.WALL | unix.WNOTHREAD
	for _, th := range t.threads {
		if th.held {
			flags |= unix.WNOHANG
			break
		}
	}
	var info waitInfo
	for {
		_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_PGID, uintptr(t.pid), uintptr(unsafe.Pointer(&info)), uintptr(flags|unix.WNOWAIT), 0, 0)
		if errno == 0 {
			break
		}
		if errno != unix.EINTR {
			return 0, false, errno
		}
	}
	if info.pid == 0 {
		return 0, false, nil
	}
	tid = int(info.pid)
	if tid == t.pid && (info.code == cldExited || info.code == cldKilled || info.code == cldDumped) {
		return tid, false, nil
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(tid, &status, unix.WALL|unix.WNOTHREAD, nil); err != nil {
		return 0, false, err
	}
	if !status.Stopped() {
		return tid, false, nil
	}
	return tid, true, gone(t.stopped(tid, status))
}

// gone forgives calls to threads that were killed meanwhile: their end is told next.
func gone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// stopped lets a thread go on from a stop.
func (t *Trace) stopped(tid int, status unix.WaitStatus) error {
	th := t.threads[tid]
	if th == nil { // a clone
		th = new(thread)
		t.threads[tid] = th
	}
	signal := status.StopSignal()
	switch event := uint32(status) >> 16; {
	case signal == unix.SIGTRAP|0x80:
		if err := t.syscall(tid, th); err != nil || th.held {
			return err
		}
		signal = 0
	case event == unix.PTRACE_EVENT_STOP && signal != unix.SIGTRAP: // stopped with its group, until it is continued
		if t.leave.Load() {
			return t.detach(tid, 0)
		}
		return ptrace(unix.PTRACE_LISTEN, tid, 0, 0)
	case event != 0:
		signal = 0
	}
	return t.resume(tid, th, signal)
}

func (t *Trace) resume(tid int, th *thread, signal syscall.Signal) error {
	if t.leave.Load() && th.call == nil {
		return t.detach(tid, signal)
	}
	return ptrace(unix.PTRACE_SYSCALL, tid, 0, uintptr(signal))
}

func (t *Trace) detach(tid int, signal syscall.Signal) error {
	delete(t.threads, tid)
	return ptrace(unix.PTRACE_DETACH, tid, 0, uintptr(signal))
}

// release makes held calls whose time has come.
func (t *Trace) release() {
	for tid, th := range t.threads {
		if !th.held {
			continue
		}
		if !t.leave.Load() {
			select {
			case <-th.verdict.Hold:
			default:
				continue
			}
		}
		th.held = false
		if gone(t.enter(tid, th)) == nil {
			_ = t.resume(tid, th, 0) // the thread may be dead: its end is told next
		}
	}
}
