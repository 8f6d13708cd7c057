package examine

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// TestFastCommitInASuperblock reads the feature where mke2fs writes it.
func TestFastCommitInASuperblock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device")
	write := func(magic uint16, compat uint32) {
		b := make([]byte, 4096)
		binary.LittleEndian.PutUint16(b[1024+0x38:], magic)
		binary.LittleEndian.PutUint32(b[1024+0x5c:], compat)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(0xef53, 0x43c)
	if on := fastCommit(path); on == nil || !*on {
		t.Error("the feature is not seen")
	}
	write(0xef53, 0x3c)
	if on := fastCommit(path); on == nil || *on {
		t.Error("a feature that is not there is seen")
	}
	write(0, 0x43c)
	if fastCommit(path) != nil {
		t.Error("a file system that is none of ours is judged")
	}
	if fastCommit(filepath.Join(t.TempDir(), "none")) != nil {
		t.Error("a device that is not there is judged")
	}
}
