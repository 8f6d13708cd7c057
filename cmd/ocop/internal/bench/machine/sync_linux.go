package machine

import (
	"os"
	"syscall"
)

// syncData waits until the disk has what was written, as raft's log and the ledger's files do.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
