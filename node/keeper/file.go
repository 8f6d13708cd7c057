package keeper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/ledger/evidence"
)

// suffix ends the names of files in the folder.
const suffix = ".evidence"

// write puts a file in place with all its bytes or not at all, and never over another.
func write(dir, name string, data []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link does not replace what is there: a damaged file under this name is for its operator to look at. A rename would.
	return os.Link(f.Name(), filepath.Join(dir, name))
}

// load judges what is in the folder.
func (k *Keeper) load() error {
	entries, err := os.ReadDir(k.o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), suffix)
		if !ok {
			continue
		}
		if err := k.loadOne(name); err != nil {
			k.o.Log.Warn("a file is no evidence, and stays where it is", "file", filepath.Join(k.o.Dir, entry.Name()), "error", err)
		}
	}
	return nil
}

func (k *Keeper) loadOne(name string) error {
	path := filepath.Join(k.o.Dir, name+suffix)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > MaxFile {
		return fmt.Errorf("%d bytes, at most %d", info.Size(), MaxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	e, err := evidence.Parse(data)
	if err != nil {
		return err
	}
	if Name(e) != name {
		return fmt.Errorf("%w: %s is %s", ErrName, name, Name(e))
	}
	found, err := k.judge(e)
	if err != nil {
		return err
	}
	k.put(Piece{Name: name, Finding: found, Since: info.ModTime()}, e)
	return nil
}

// File is the bytes of a piece that is kept. fs.ErrNotExist when there is none of the name.
func (k *Keeper) File(name string) ([]byte, error) {
	k.mu.Lock()
	_, ok := k.find(name)
	k.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("evidence %q: %w", name, fs.ErrNotExist)
	}
	return os.ReadFile(filepath.Join(k.o.Dir, name+suffix))
}
