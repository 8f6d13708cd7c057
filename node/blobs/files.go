package blobs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// Endings of file names.
const (
	blobEnding    = ".blob"
	erasureEnding = ".erasure"
	reportEnding  = ".report"
	newPrefix     = "new-" // of a file that is being written
)

// folders of a node's data directory.
type folders struct {
	blobs    string // held ones, in folders by the first byte of their ids
	pending  string
	erasures string // orders and reports
}

func (f *folders) held(id ledger.Hash) string {
	name := id.String()
	return filepath.Join(f.blobs, name[:2], name+blobEnding)
}

func (f *folders) waits(id ledger.Hash, account ledger.AccountID) string {
	return filepath.Join(f.pending, id.String()+"-"+account.String()+blobEnding)
}

func (f *folders) order(id ledger.Hash) string {
	return filepath.Join(f.erasures, id.String()+erasureEnding)
}

func (f *folders) report(id ledger.Hash, agency ledger.AccountID) string {
	return filepath.Join(f.erasures, id.String()+"-"+agency.String()+reportEnding)
}

// write puts a file in place with all its bytes or not at all, and has it on the disk when it returns.
func write(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, newPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// remove deletes a file for good; one that is not there is gone already.
func remove(path string) error {
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func move(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(to)), syncDir(filepath.Dir(from)))
}

// found is a file of ours.
type found struct {
	id     ledger.Hash
	number ledger.AccountID // after the id; 0: none
	path   string
	size   int64
	time   time.Time
}

// each walks the files of a folder with an ending. What was being written when the node stopped is removed; what has no name of ours is left alone.
func each(dir, ending string, do func(found) error) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), newPrefix) {
			return remove(path)
		}
		name, ok := strings.CutSuffix(d.Name(), ending)
		if !ok {
			return nil
		}
		name, number, numbered := strings.Cut(name, "-")
		f := found{path: path}
		if f.id, err = ParseID(name); err != nil {
			return nil
		}
		if numbered {
			n, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				return nil
			}
			f.number = ledger.AccountID(n)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f.size, f.time = info.Size(), info.ModTime()
		return do(f)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ParseID reads the 64 lower-case hexadecimal digits by which people and addresses call a blob.
func ParseID(text string) (id ledger.Hash, err error) {
	if len(text) != 2*len(id) || strings.ToLower(text) != text {
		return id, fmt.Errorf("%q is not 64 lower-case hexadecimal digits", text)
	}
	_, err = hex.Decode(id[:], []byte(text))
	return id, err
}
