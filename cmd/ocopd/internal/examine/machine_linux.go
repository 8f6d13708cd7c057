package examine

import (
	"encoding/binary"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
)

func room(path string) *doctor.Disk {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return nil
	}
	block := uint64(s.Bsize)
	return &doctor.Disk{
		Free: s.Bavail * block, Total: s.Blocks * block, Inodes: s.Ffree, AllNode: s.Files, ReadOnly: s.Flags&unix.ST_RDONLY != 0,
	}
}

func fileSystem(path string) *doctor.FileSystem {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	m, ok := mountOf(parseMounts(string(text)), path)
	if !ok {
		return nil
	}
	f := &doctor.FileSystem{Mount: m.at, Device: m.device, Type: m.kind, Options: m.options}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		f.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	if m.kind == "ext4" {
		f.FastCommit = fastCommit(m.device)
	}
	return f
}

// Places in the superblock of ext4, which begins 1,024 bytes into the device.
const (
	superblock  = 1024
	superMagic  = 0x38 // u16, little-endian
	superCompat = 0x5c // u32: features that old kernels may ignore
	ext4Magic   = 0xef53

	featureFastCommit = 0x0400
)

// fastCommit looks into the superblock, as dumpe2fs does; nil: that takes root.
func fastCommit(device string) *bool {
	f, err := os.OpenFile(device, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	var b [256]byte
	if _, err := f.ReadAt(b[:], superblock); err != nil || binary.LittleEndian.Uint16(b[superMagic:]) != ext4Magic {
		return nil
	}
	on := binary.LittleEndian.Uint32(b[superCompat:])&featureFastCommit != 0
	return &on
}

func sameDisk(a, b string) bool {
	var x, y unix.Stat_t
	return unix.Stat(existing(a), &x) == nil && unix.Stat(existing(b), &y) == nil && x.Dev == y.Dev
}
