//go:build linux || darwin

package disk

import (
	"fmt"
	"syscall"
)

func of(dir string) (Room, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return Room{}, fmt.Errorf("room on the disk of %s: %w", dir, err)
	}
	block := uint64(s.Bsize)
	return Room{Free: uint64(s.Bavail) * block, Total: s.Blocks * block, FreeInodes: s.Ffree}, nil
}
