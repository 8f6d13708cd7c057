package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// What one transaction deletes at most: a step must not hold up the next write for long. Of the largest drafts, which have five hundred parts, it is eight.
const (
	deleteStep  = 256   // entries
	deleteParts = 4_096 // and parts of them, the last entry's rest aside: 12 to 30 ms
)

// IsMonotonic tells raft that entries are consecutive, so that it deletes all of them when it installs a snapshot, and cannot be caught by one that
// contradicts it (hashicorp/raft #697).
func (s *Store) IsMonotonic() bool { return true }

// FirstIndex is the lowest index, or 0.
func (s *Store) FirstIndex() (uint64, error) {
	held, _ := s.journal.edges() // asked first: entries go from the journal to raft.db, and never back
	first, err := s.edge(func(c *bolt.Cursor) ([]byte, []byte) { return c.First() })
	if first == 0 {
		first = held
	}
	return first, err
}

// LastIndex is the highest index, or 0.
func (s *Store) LastIndex() (uint64, error) {
	if _, last := s.journal.edges(); last != 0 {
		return last, nil
	}
	return s.edge(func(c *bolt.Cursor) ([]byte, []byte) { return c.Last() })
}

func (s *Store) edge(move func(*bolt.Cursor) ([]byte, []byte)) (index uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		index = edgeOf(tx, move)
		return nil
	})
	return index, err
}

func edgeOf(tx *bolt.Tx, move func(*bolt.Cursor) ([]byte, []byte)) uint64 {
	key, _ := move(tx.Bucket(bucketLog).Cursor())
	if len(key) != keySize {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

func lastOf(tx *bolt.Tx) uint64 {
	return edgeOf(tx, func(c *bolt.Cursor) ([]byte, []byte) { return c.Last() })
}

// GetLog reads an entry: raft.ErrLogNotFound or ErrCorrupt.
func (s *Store) GetLog(index uint64, l *raft.Log) error {
	if s.recent.get(index, l) {
		return nil
	}
	return s.read(index, l)
}

func (s *Store) read(index uint64, l *raft.Log) error {
	if s.journal.get(index, l) {
		return nil
	}
	var b []byte
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		b, err = getEntry(tx.Bucket(bucketLog), index)
		return err
	})
	if err != nil {
		return err
	}
	return decodeEntry(index, b, l)
}

// StoreLog stores one entry.
func (s *Store) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// StoreLogs stores consecutive entries, and the staged commit index with them: in the journal, or with all that is there in one transaction. They are on disk when it returns.
func (s *Store) StoreLogs(logs []*raft.Log) error {
	if len(logs) == 0 {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	last, err := s.LastIndex()
	if err != nil {
		return err
	}
	if err := follow(logs, last); err != nil {
		return err
	}
	commit := min(s.staged.Load(), logs[len(logs)-1].Index)
	switch {
	case s.journal.broken != nil:
		return s.journal.broken
	case s.journal.takes(logs):
		err = s.journal.write(logs, commit)
	default:
		held, _ := s.journal.all()
		err = s.move(slices.Concat(held, logs), commit, storeFormat)
	}
	if err != nil {
		return err
	}
	s.recent.add(logs)
	return nil
}

// follow checks that entries are consecutive, and follow the last one.
func follow(logs []*raft.Log, last uint64) error {
	for _, l := range logs {
		if last != 0 && l.Index != last+1 {
			return fmt.Errorf("%w: %d after %d", ErrGap, l.Index, last)
		}
		last = l.Index
	}
	return nil
}

// move puts entries into raft.db, those of the journal among them, and begins a new generation of it in the same transaction. The caller holds writing.
func (s *Store) move(logs []*raft.Log, commit uint64, format byte) error {
	var generation [8]byte
	if _, err := io.ReadFull(s.random, generation[:]); err != nil {
		return err
	}
	counted, whole := s.counted, false
	err := s.update(func(tx *bolt.Tx) error {
		if err := follow(logs, lastOf(tx)); err != nil {
			return err
		}
		bucket := tx.Bucket(bucketLog)
		bucket.FillPercent = 1 // keys only grow
		for _, l := range logs {
			size, err := putEntry(bucket, l)
			if err != nil {
				return err
			}
			if err := counted.add(tx, l.Index, size); err != nil {
				return err
			}
			if l.Type == raft.LogConfiguration {
				if err := tx.Bucket(bucketMembers).Put(indexKey(l.Index), l.Data); err != nil {
					return err
				}
			}
		}
		meta := tx.Bucket(bucketMeta)
		if len(logs) > 0 {
			if err := meta.Put(keyCommit, indexKey(commit)); err != nil {
				return err
			}
		}
		if err := meta.Put(keyGeneration, generation[:]); err != nil {
			return err
		}
		whole = true
		return meta.Put(keyFormat, []byte{format})
	})
	if err != nil && whole { // the disk may have it all the same, and then what is written under the generation before is nothing
		s.journal.broken = fmt.Errorf("%s: it is not known which generation of the journal the disk has: %w", filepath.Base(s.db.Path()), err)
		return s.journal.broken
	}
	if err != nil {
		return err
	}
	s.counted = counted
	s.journal.begin(binary.BigEndian.Uint64(generation[:]))
	return nil
}

// settle moves what the journal holds.
func (s *Store) settle() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	held, commit := s.journal.all()
	if len(held) == 0 || s.journal.broken != nil {
		return s.journal.broken
	}
	return s.move(held, commit, storeFormat)
}

func indexKey(index uint64) []byte { return binary.BigEndian.AppendUint64(nil, index) }

// StageCommitIndex has the index written with the next entries, never by itself.
func (s *Store) StageCommitIndex(index uint64) error {
	s.staged.Store(index)
	return nil
}

// GetCommitIndex is the commit index written last, at most the last index of the log.
func (s *Store) GetCommitIndex() (index uint64, err error) {
	if held, commit := s.journal.all(); len(held) > 0 {
		return commit, nil
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		if b := tx.Bucket(bucketMeta).Get(keyCommit); len(b) == 8 {
			index = min(binary.BigEndian.Uint64(b), lastOf(tx))
		}
		return nil
	})
	return index, err
}

// DeleteRange deletes entries low to high, both included, in small steps. A suffix goes from its end and a prefix from its beginning, so that a
// crash between steps leaves consecutive entries.
func (s *Store) DeleteRange(low, high uint64) error {
	if err := s.settle(); err != nil {
		return err
	}
	last, err := s.LastIndex()
	if err != nil {
		return err
	}
	first, err := s.FirstIndex()
	if err != nil {
		return err
	}
	low, high = max(low, first, 1), min(high, last)
	s.recent.forget(low, high)
	suffix := high == last
	for low <= high {
		var deleted uint64
		err := s.db.Update(func(tx *bolt.Tx) (err error) {
			deleted, err = deleteEntries(tx, low, high, suffix)
			return err
		})
		if err != nil {
			return err
		}
		if suffix {
			high -= deleted
		} else {
			low += deleted
		}
	}
	// In a transaction of its own: a cursor over pages emptied in the same one may never end.
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.db.View(func(tx *bolt.Tx) (err error) {
		s.counted, err = count(tx)
		return err
	})
}

// deleteEntries deletes the first of some entries, or the last, as many as are a step, and says how many. It goes by key: a cursor over pages emptied in the same
// transaction may never end.
func deleteEntries(tx *bolt.Tx, low, high uint64, suffix bool) (deleted uint64, err error) {
	bucket, members := tx.Bucket(bucketLog), tx.Bucket(bucketMembers)
	for parts := 0; deleted <= high-low && deleted < deleteStep && parts < deleteParts; deleted++ {
		index := low + deleted
		if suffix {
			index = high - deleted
		}
		for part := 0; ; part++ {
			key := partKey(index, part)
			if bucket.Get(key) == nil {
				break
			}
			if err := bucket.Delete(key); err != nil {
				return 0, err
			}
			parts++
		}
		// The configuration in force before the first entry kept must stay known: only those of a deleted suffix are forgotten.
		if suffix {
			if err := members.Delete(indexKey(index)); err != nil {
				return 0, err
			}
		}
	}
	if suffix {
		return deleted, forgetSizes(tx, high-deleted+1)
	}
	return deleted, forgetSizesBefore(tx, low)
}

// errNoConfiguration: the log has entries but no configuration at or before an index, which raft never writes.
var errNoConfiguration = errors.New("no raft configuration")

// Configuration is the raft configuration in force at an index, and where it was written.
func (s *Store) configuration(at uint64) (c raft.Configuration, index uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(bucketMembers).Cursor()
		after, _ := cursor.Seek(indexKey(at + 1))
		key, value := cursor.Prev()
		if after == nil {
			key, value = cursor.Last()
		}
		if key == nil {
			return fmt.Errorf("%w: %w at or before entry %d", ErrCorrupt, errNoConfiguration, at)
		}
		index = binary.BigEndian.Uint64(key)
		c = raft.DecodeConfiguration(append([]byte(nil), value...))
		return nil
	})
	return c, index, err
}
