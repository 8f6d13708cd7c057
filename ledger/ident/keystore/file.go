package keystore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile writes a secret file that only its owner may read, whole or not at all, and never over another file: a key overwritten is a key lost.
// An existing path is refused with [os.ErrExist].
func WriteFile(path string, data []byte) error { return writeFile(path, data, os.Link) }

// writeFile takes the linking apart, as some file systems (memory sticks) cannot.
func writeFile(path string, data []byte, link func(from, to string) error) error {
	temporary, err := writeTemporary(path, data)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if link(temporary, path) != nil {
		if err := claim(temporary, path); err != nil { // says ErrExist, too, if that was the reason
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// writeTemporary leaves data on disk beside path. CreateTemp gives mode 0600.
func writeTemporary(path string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".keystore-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// claim moves a file to a path that nobody has: an empty file made exclusively holds the place, and the move replaces that one alone.
func claim(from, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; the file itself was
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadFile reads a keystore file of at most MaxFile bytes; a larger one is ErrDamaged.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading keystore: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading keystore: %w", err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrDamaged, path, MaxFile)
	}
	return data, nil
}
