package replica

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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
	keyFormat = []byte("format")
	keyCommit = []byte("commit")
)

const (
	storeFormat = 2
	// storeFormatOld has entries in parts of 15 KiB. Such a file is read as it is, and goes on as one of storeFormat.
	storeFormatOld = 1
	// lockTimeout is how long opening waits for another process: long enough for one that is just ending.
	lockTimeout = time.Second
	// mapSize is address space, not memory: growing the map waits for every reader and stalls the writer meanwhile.
	mapSize = 16 << 30
)

// Store is raft's log and raft's own few values, in one bbolt file. Its lock is the lock of the node's directory: one process at a time.
//
// It implements raft's LogStore, MonotonicLogStore, CommitTrackingLogStore and StableStore.
type Store struct {
	db     *bolt.DB
	staged atomic.Uint64 // commit index to be written with the next entries
	vote   pendingVote
	recent recent

	counting sync.Mutex // guards counted: raft cuts the log beside its main loop
	counted  counted
}

// OpenStore opens or creates the file. It fails with ErrInUse when another process has it open, with store.ErrFormat when newer software has written it, and with
// ErrCorrupt and the place when its pages are damaged.
func OpenStore(path string) (*Store, error) {
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
	s := &Store{db: db}
	if err := db.Update(s.prepare); err != nil {
		db.Close()
		return nil, fmt.Errorf("raft log %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) prepare(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketLog, bucketStable, bucketMembers, bucketSizes, bucketMet, bucketMeta} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	var err error
	if s.counted, err = count(tx); err != nil {
		return err
	}
	meta := tx.Bucket(bucketMeta)
	switch format, err := formatOf(meta); {
	case err != nil:
		return err
	case format != storeFormat:
		return meta.Put(keyFormat, []byte{storeFormat})
	}
	return nil
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

// Close releases the file and its lock.
func (s *Store) Close() error { return s.db.Close() }
