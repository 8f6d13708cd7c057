package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ocopledger/ocop/ledger/flaw"
)

// Names of the files in a ledger's directory.
const (
	ChainFile = "chain.db"
	IndexFile = "index.db"
)

// Options of both files.
type Options struct {
	ReadOnly bool
	// Inspect opens a file whose meta rows are damaged, to look at the rest. It goes with ReadOnly.
	Inspect bool
	// NoSync writes without waiting for the disk. A crash of the machine may then leave a file that cannot be opened: for tests, and for
	// ledgers that are thrown away.
	NoSync bool
}

const (
	// lockTimeout: bbolt's own default waits for ever on a file that another process holds.
	lockTimeout = time.Second
	// mapSize is address space, not memory. A file that outgrows it is mapped anew, for which the writer waits until every reader is done.
	mapSize = 16 << 30
)

// open opens a file after looking through its pages, under a lock: bbolt believes them, and a damaged one ends the process.
func open(path string, o Options) (*bolt.DB, error) {
	if err := Inspect(path); err != nil {
		return nil, err
	}
	return openFile(path, o)
}

// Inspect looks through the pages of a bbolt file of this page size that is no ledger's, such as raft's log, for the same reason. A file that is not there, or
// is empty, is for bbolt to make. Errors: ErrInUse, *Damage, *DamagedPages.
func Inspect(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil
	}
	return precheck(path)
}

func precheck(path string) error {
	db, err := openFile(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	found, err := checkPages(path)
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(found) > 0 {
		return &DamagedPages{found}
	}
	return nil
}

func openFile(path string, o Options) (*bolt.DB, error) {
	options := bolt.Options{
		Timeout: lockTimeout, ReadOnly: o.ReadOnly, NoSync: o.NoSync, PageSize: pageSize,
		NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoStatistics: true,
		InitialMmapSize: initialMapSize(),
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && o.ReadOnly: // bbolt creates what it cannot find
		return nil, err
	case err == nil && info.Size() < headPages*pageSize && (info.Size() > 0 || o.ReadOnly): // bbolt makes a ledger's file of an empty one
		return nil, truncated(filepath.Base(path),
			flaw.New("size", "có %d byte, riêng phần đầu đã dài %d", "it has %d bytes, its heads alone have %d", info.Size(), headPages*pageSize))
	}
	db, err := bolt.Open(path, 0o600, &options)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, &Damage{File: filepath.Base(path), Detail: flaw.New("file_head", "phần đầu của tệp bị hỏng: %v", "head of the file is damaged: %v", err)}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return db, nil
}

// PageSize is that of all our bbolt files, whatever the machine's.
const PageSize = pageSize

const (
	pageSize  = 4096
	headPages = 2 // of which the newer good one counts
)

// On Windows a file grows to the size of its mapping at once, and 32-bit address spaces are too small.
func initialMapSize() int {
	if runtime.GOOS == "windows" || ^uint(0)>>32 == 0 {
		return 0
	}
	size := uint64(mapSize)
	return int(size)
}
