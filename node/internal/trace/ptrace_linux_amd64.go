package trace

import (
	"io"
	"unsafe"

	"golang.org/x/sys/unix"
)

// waitInfo is the beginning of siginfo_t as waitid fills it in.
type waitInfo struct {
	signal, errno, code, _ int32
	pid                    int32
	_                      [128 - 5*4]byte
}

// Codes of waitInfo: how a child has ended.
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

const ptraceGetSyscallInfo = 0x420e

// Values of syscallData.op.
const (
	infoEntry = 1
	infoExit  = 2
)

// syscallData is struct ptrace_syscall_info: at entry the call's number and six arguments, at exit its answer.
type syscallData struct {
	op     uint8
	_      [3]byte
	arch   uint32
	ip, sp uint64
	word   [7]uint64
}

func ptrace(request, tid int, address, data uintptr) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), address, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func syscallInfo(tid int) (d syscallData, err error) {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), unsafe.Sizeof(d), uintptr(unsafe.Pointer(&d)), 0, 0)
	if errno != 0 {
		err = errno
	}
	return d, err
}

// readMemory reads from the memory of a process.
func readMemory(tid int, into []byte, from uint64) error {
	if len(into) == 0 {
		return nil
	}
	n, err := unix.ProcessVMReadv(tid, []unix.Iovec{{Base: &into[0], Len: uint64(len(into))}}, []unix.RemoteIovec{{Base: uintptr(from), Len: len(into)}}, 0)
	if err == nil && n < len(into) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
