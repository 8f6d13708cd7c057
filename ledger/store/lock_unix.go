//go:build unix && !solaris && !aix

package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Lock takes the lock under which a file of this package is written, without looking into the file: for whoever puts another one in its place. A file that is
// not there is locked by nobody. Errors: ErrInUse.
func Lock(path string) (io.Closer, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return io.NopCloser(nil), nil
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return nil, errors.Join(err, f.Close())
}
