//go:build linux || darwin

package disk

import (
	"fmt"
	"io/fs"
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

// blockBytes is the unit of Stat_t.Blocks, whatever the file system's own blocks are (stat(2)).
const blockBytes = 512

func taken(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Blocks * blockBytes
	}
	return info.Size()
}
