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
	lock *os.File
}

const (
	// placePrefix begins the names of places.
	placePrefix = "ocop-bench-"
	// lockName is the file that is locked. A directory without one is not ours, or just being made.
	lockName = "place.lock"
)

// NewPlace makes a place in a directory, and removes those in it that nobody holds any more. Of those it tells how many.
func NewPlace(temp string) (p *Place, removed int, err error) {
	if removed, err = sweep(temp); err != nil {
		return nil, 0, err
	}
	dir, err := os.MkdirTemp(temp, placePrefix)
	if err != nil {
		return nil, removed, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, removed, errors.Join(err, os.RemoveAll(dir))
	}
	if held, err := hold(lock); err != nil || !held {
		return nil, removed, errors.Join(err, fmt.Errorf("%s is held by somebody else", dir), lock.Close())
	}
	return &Place{Dir: dir, lock: lock}, removed, nil
}

// Close removes the place.
func (p *Place) Close() error { return errors.Join(os.RemoveAll(p.Dir), p.lock.Close()) }

// sweep removes places that nobody holds; where that cannot be told, none.
func sweep(temp string) (removed int, err error) {
	if !holds {
		return 0, nil
	}
	locks, err := filepath.Glob(filepath.Join(temp, placePrefix+"*", lockName))
	if err != nil {
		return 0, err
	}
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // removed by its owner meanwhile, or another user's
			continue
		}
		if err != nil {
			return removed, err
		}
		left, err := hold(lock)
		if err == nil && left {
			removed++
			err = os.RemoveAll(filepath.Dir(path))
		}
		if err = errors.Join(err, lock.Close()); err != nil {
			return removed, err
		}
	}
	return removed, nil
}
