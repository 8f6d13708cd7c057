package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ocopledger/ocop/ledger/store"
)

// Buckets of raft.db.
var (
	bucketLog     = []byte("log")           // index u64 ‖ part u16 → part of an entry
	bucketStable  = []byte("stable")        // raft's own keys: current term, vote
	bucketMembers = []byte("configuration") // index u64 → raft configuration written at that index
	bucketSizes   = []byte("sizes")         // index u64 → bytes of all entries ever stored up to it, u64: see sizeStep
	bucketMet     = []byte("met")           // raft id → store and term of that validator, as it told them: see Acquaintance
	bucketMeta    = []byte("meta")
)

// Keys of the meta bucket.
var (
	keyFormat     = []byte("format")
	keyCommit     = []byte("commit")
	keyGeneration = []byte("journal") // generation u64 of the journal; it has entries in storeFormat alone
)

const (
	// storeFormat: the newest entries may be in the journal. So is the log of a node that runs, or was not ended in order.
	storeFormat = 3
	// storeFormatWhole: all is in raft.db, as Close leaves it. Software from before the journal goes on with it.
	storeFormatWhole = 2
	// storeFormatOld has entries in parts of 15 KiB. Such a file is read as it is, and goes on as one of storeFormat.
	storeFormatOld = 1
	// lockTimeout is how long opening waits for another process: long enough for one that is just ending.
	lockTimeout = time.Second
	// mapSize is address space, not memory: growing the map waits for every reader and stalls the writer meanwhile.
	mapSize = 16 << 30
)

// Store is raft's log and raft's own few values, in one bbolt file and the journal beside it. The bbolt file's lock is the lock of the node's directory: one process at a time.
//
// It implements raft's LogStore, MonotonicLogStore, CommitTrackingLogStore and StableStore.
type Store struct {
	db      *bolt.DB
	journal *journal
	random  io.Reader
	update  func(func(*bolt.Tx) error) error // db.Update, of what the journal has to do with
	staged  atomic.Uint64                    // commit index to be written with the next entries
	vote    pendingVote
	recent  recent

	writing sync.Mutex // guards counted and writing to the journal: raft cuts the log beside its main loop
	counted counted    // of what is in raft.db
}

// OpenStore opens or creates the file, and its journal. It fails with ErrInUse when another process has it open, with store.ErrFormat when newer software has written it, and
// with ErrCorrupt and the place when its pages are damaged or the journal has lost entries. The generations of the journal are drawn from random.
func OpenStore(path string, random io.Reader) (*Store, error) {
	switch err := store.Inspect(path); { // bbolt believes its pages, and panics over a damaged one
	case errors.Is(err, store.ErrInUse):
		return nil, fmt.Errorf("raft log %s: %w", path, ErrInUse)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	options := &bolt.Options{Timeout: lockTimeout, PageSize: store.PageSize, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoStatistics: true}
	if runtime.GOOS != "windows" && math.MaxInt > mapSize { // there the file itself would be grown to the size of the map, and 32 bits have no such room
		size := int64(mapSize)
		options.InitialMmapSize = int(size)
	}
	db, err := bolt.Open(path, 0o600, options)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("raft log %s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("raft log %s: %w", path, err)
	}
	s := &Store{db: db, random: random, update: db.Update}
	if err := s.begin(JournalPath(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("raft log %s: %w", path, err), db.Close())
	}
	return s, nil
}

// begin moves what a node that was not ended in order has left in the journal, and begins a new generation of it.
func (s *Store) begin(path string) (err error) {
	var held []*raft.Log
	var commit uint64
	err = s.db.View(func(tx *bolt.Tx) error {
		held, commit, err = journalOf(tx, path)
		return err
	})
	if err != nil {
		return err
	}
	if s.journal, err = openJournal(path); err != nil {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketLog, bucketStable, bucketMembers, bucketSizes, bucketMet, bucketMeta} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		s.counted, err = count(tx)
		return err
	})
	if err == nil {
		err = s.move(held, commit, storeFormat)
	}
	if err != nil {
		return errors.Join(err, s.journal.f.Close())
	}
	return nil
}

// journalOf is what the journal has of a log: nothing, unless the log says so. A format that is not to be read is an error.
func journalOf(tx *bolt.Tx, path string) (held []*raft.Log, commit uint64, err error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil { // new
		return nil, 0, nil
	}
	format, err := formatOf(meta)
	if err != nil || format != storeFormat {
		return nil, 0, err
	}
	generation := meta.Get(keyGeneration)
	if len(generation) != 8 {
		return nil, 0, fmt.Errorf("%w: the journal's generation has %d bytes, want 8", ErrCorrupt, len(generation))
	}
	return readJournal(path, binary.BigEndian.Uint64(generation), lastOf(tx))
}

// formatOf is the format that the file has; 0: it is new. Errors: store.ErrFormat, and ErrCorrupt where no software has written it.
func formatOf(meta *bolt.Bucket) (byte, error) {
	format := meta.Get(keyFormat)
	switch {
	case format == nil:
		return 0, nil
	case len(format) != 1 || format[0] == 0:
		return 0, fmt.Errorf("%w: format %x", ErrCorrupt, format)
	case format[0] > storeFormat:
		return 0, fmt.Errorf("%w: the raft log has format %d, this software writes %d", store.ErrFormat, format[0], storeFormat)
	}
	return format[0], nil
}

// Close has everything in raft.db, and releases the files and the lock. After a write that failed, of the one file or the other, both are left as they are: the next start
// reads what the disk has.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	if s.journal.broken == nil {
		held, commit := s.journal.all()
		err = s.move(held, commit, storeFormatWhole)
	}
	return errors.Join(err, s.journal.f.Close(), s.db.Close())
}
