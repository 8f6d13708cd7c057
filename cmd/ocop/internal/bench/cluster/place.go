package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Place is a directory of its own for a network, below that for temporary files. It is held by a lock on a file in it, by the process that made it and by the nodes that
// run there. Whoever is killed leaves the directory behind, and the lock to nobody: the next who makes a place removes it.
type Place struct {
	Dir  string
	lock *os.File // nil where nobody can tell whether a place is held
}

const (
	// placePrefix begins the names of places.
	placePrefix = "ocop-bench-"
	// lockName is the file that is locked. A directory without one is not ours, or just being made.
	lockName = "place.lock"
)

// Swept is what was done about places that nobody holds.
type Swept struct {
	Removed int
	Left    error // why some are still there; nil: none is
}

// NewPlace makes a place in a directory, and removes those in it that nobody holds any more. One that cannot be removed is in nobody's way.
func NewPlace(temp string) (*Place, Swept, error) {
	swept := sweep(temp)
	dir, err := os.MkdirTemp(temp, placePrefix)
	if err != nil {
		return nil, swept, err
	}
	p := &Place{Dir: dir}
	if holds {
		if p.lock, err = lock(dir); err != nil {
			return nil, swept, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return p, swept, nil
}

// lock makes the lock of a place. It has its name when it is held, and not before: whoever looks for places that nobody holds finds none that is being made.
func lock(dir string) (f *os.File, err error) {
	if f, err = os.CreateTemp(dir, lockName); err != nil {
		return nil, err
	}
	held, err := hold(f)
	if err == nil && !held {
		err = fmt.Errorf("%s is held by somebody else", f.Name())
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, lockName))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close removes the place.
func (p *Place) Close() error {
	err := remove(p.Dir)
	if p.lock != nil {
		err = errors.Join(err, p.lock.Close())
	}
	return err
}

// remove removes a place that is held, the lock last: what is not done now is done by the next who finds it.
func remove(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// sweep removes places that nobody holds; where that cannot be told, none.
func sweep(temp string) (s Swept) {
	if !holds {
		return s
	}
	locks, err := filepath.Glob(filepath.Join(temp, placePrefix+"*", lockName))
	if err != nil {
		return Swept{Left: err}
	}
	for _, path := range locks {
		removed, err := removeLeft(path)
		if removed {
			s.Removed++
		}
		s.Left = errors.Join(s.Left, err)
	}
	return s
}

// removeLeft removes the place of a lock if nobody holds it.
func removeLeft(path string) (removed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // removed by its owner meanwhile, or another user's
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	left, err := hold(f)
	if err != nil || !left || !stands(f, path) {
		return false, err
	}
	err = remove(filepath.Dir(path))
	return err == nil, err
}

// stands tells whether a file still has its name: whoever held it may have removed it before it could be held here.
func stands(f *os.File, path string) bool {
	own, err := f.Stat()
	named, gone := os.Lstat(path)
	return err == nil && gone == nil && os.SameFile(own, named)
}
