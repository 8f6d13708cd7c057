//go:build unix

package audit

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// pipe puts a pipe into a file's place.
func pipe(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o644); err != nil {
		t.Fatal(err)
	}
}
