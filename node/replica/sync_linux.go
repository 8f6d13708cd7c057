package replica

import (
	"os"
	"syscall"
)

// syncData waits for the disk to have the file's bytes. Its length never changes, so that its times may be lost.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
