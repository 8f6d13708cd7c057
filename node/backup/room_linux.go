package backup

import (
	"os"
	"syscall"
)

// freeBytes is the room on a folder's disk for who runs this process.
func freeBytes(dir string) (free uint64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, &os.PathError{Op: "backup", Path: dir, Err: err}
	}
	return s.Bavail * uint64(s.Bsize), true, nil
}
