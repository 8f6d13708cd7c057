package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// syscall looks at a thread that is before or after a system call.
func (t *Trace) syscall(tid int, th *thread) error {
	info, err := syscallInfo(tid)
	if err != nil {
		return err
	}
	switch info.op {
	case infoEntry:
		if th.call, err = t.callOf(tid, &info); err != nil || th.call == nil {
			return err
		}
		th.verdict = Verdict{}
		if t.o.Judge != nil {
			th.verdict = t.o.Judge(th.call)
		}
		if th.held = th.verdict.Hold != nil; th.held {
			return nil
		}
		return t.enter(tid, th)
	case infoExit:
		if th.call != nil {
			return t.exit(tid, th, int64(info.word[0]))
		}
	}
	return nil
}

// enter changes a call before it is made.
func (t *Trace) enter(tid int, th *thread) error {
	v := &th.verdict
	if !v.Short {
		return nil
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if th.skipped = th.call.Kind != Write || v.Keep == 0; th.skipped {
		regs.Orig_rax = ^uint64(0)
	} else {
		regs.Rdx = uint64(min(v.Keep, len(th.call.Data)))
	}
	return unix.PtraceSetRegs(tid, &regs)
}

// exit changes a call's answer.
func (t *Trace) exit(tid int, th *thread, answer int64) error {
	call, v, skipped := th.call, th.verdict, th.skipped
	th.call, th.skipped = nil, false
	if v.End {
		return unix.Kill(t.pid, unix.SIGKILL)
	}
	want := answer
	switch {
	case v.Answer != 0:
		want = -int64(v.Answer)
	case v.Short && (skipped || answer >= 0):
		want = int64(len(call.Data))
	}
	if want != answer {
		var regs unix.PtraceRegs
		if err := unix.PtraceGetRegs(tid, &regs); err != nil {
			return err
		}
		regs.Rax = uint64(want)
		if v.Short && !skipped {
			regs.Rdx = uint64(len(call.Data))
		}
		if err := unix.PtraceSetRegs(tid, &regs); err != nil {
			return err
		}
	}
	if t.o.Done != nil {
		var err error
		if want < 0 {
			err = syscall.Errno(-want)
		}
		t.o.Done(call, err)
	}
	return nil
}

// callOf is the call that a thread is about to make; nil when it is none on a watched file.
func (t *Trace) callOf(tid int, info *syscallData) (*Call, error) {
	args := info.word[1:]
	fd, c := args[0], Call{}
	switch info.word[0] {
	case unix.SYS_PWRITE64:
		c.Kind, c.Offset = Write, int64(args[3])
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		c.Kind = Sync
	case unix.SYS_FTRUNCATE:
		c.Kind, c.Size = Resize, int64(args[1])
	case unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_FALLOCATE, unix.SYS_SENDFILE, unix.SYS_COPY_FILE_RANGE:
		c.Kind, c.Name = Other, fmt.Sprintf("system call %d", info.word[0])
		if info.word[0] == unix.SYS_COPY_FILE_RANGE {
			fd = args[2]
		}
	case unix.SYS_MMAP:
		if args[2]&unix.PROT_WRITE == 0 || args[3]&unix.MAP_SHARED == 0 || args[3]&unix.MAP_ANONYMOUS != 0 {
			return nil, nil
		}
		c.Kind, c.Name, fd = Other, "writable mapping", args[4]
	default:
		return nil, nil
	}
	path, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(t.pid), "fd", strconv.Itoa(int(int32(fd)))))
	if err != nil || !t.o.Watch(path) { // what cannot be read is no open file
		return nil, nil
	}
	c.Path = path
	if c.Kind == Write {
		c.Data = make([]byte, args[2])
		if err := readMemory(tid, c.Data, args[1]); err != nil {
			return nil, fmt.Errorf("reading what is written to %s: %w", path, err)
		}
	}
	return &c, nil
}
