package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// Raft bounds its log by entries, and an entry is anything from a heartbeat's nothing to a mebibyte of records. The store therefore counts bytes: a running total
// is written beside every sizeStep-th entry, from which the bytes after any entry are known without reading the log.
const sizeStep = 64

// counted is the running total of the entries' bytes, as of an entry.
type counted struct {
	last  uint64 // index of the newest entry
	total uint64 // bytes of all entries ever stored up to it
}

// count reads the running total as the log ends now.
func count(tx *bolt.Tx) (c counted, err error) {
	c.last = lastOf(tx)
	from := uint64(0)
	if k, v := tx.Bucket(bucketSizes).Cursor().Last(); k != nil {
		from, c.total = binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(v)
	}
	bucket := tx.Bucket(bucketLog)
	first := edgeOf(tx, func(c *bolt.Cursor) ([]byte, []byte) { return c.First() })
	for index := max(from+1, first); index <= c.last && first > 0; index++ {
		for part := 0; ; part++ {
			v := bucket.Get(partKey(index, part))
			if v == nil {
				break
			}
			c.total += uint64(len(v))
		}
	}
	return c, nil
}

// counts adds entries to the running total and writes it down where a step is passed.
func (c *counted) add(tx *bolt.Tx, index uint64, bytes int) error {
	c.last, c.total = index, c.total+uint64(bytes)
	if index%sizeStep != 0 {
		return nil
	}
	return tx.Bucket(bucketSizes).Put(indexKey(index), binary.BigEndian.AppendUint64(nil, c.total))
}

// forgetSizes drops totals from an index on: of entries that are deleted from the log's end.
func forgetSizes(tx *bolt.Tx, from uint64) error {
	bucket := tx.Bucket(bucketSizes)
	var keys [][]byte
	for k, _ := bucket.Cursor().Seek(indexKey(from)); k != nil && len(keys) < deleteStep; {
		keys = append(keys, append([]byte(nil), k...))
		k, _ = bucket.Cursor().Seek(indexKey(binary.BigEndian.Uint64(k) + 1))
	}
	for _, k := range keys {
		if err := bucket.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// forgetSizesBefore drops totals that are not needed any more to know where the log's beginning is: all but the last before an index.
func forgetSizesBefore(tx *bolt.Tx, index uint64) error {
	bucket := tx.Bucket(bucketSizes)
	cursor := bucket.Cursor()
	k, _ := cursor.Seek(indexKey(index))
	if k == nil {
		cursor.Last()
	} else {
		cursor.Prev()
	}
	var keys [][]byte
	for k, _ := cursor.Prev(); k != nil && len(keys) < deleteStep; k, _ = cursor.Prev() {
		keys = append(keys, append([]byte(nil), k...))
	}
	for _, k := range keys {
		if err := bucket.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// LogBytes is how many bytes of entries the log holds, to the step.
func (s *Store) LogBytes() (n uint64, err error) {
	s.writing.Lock() // nothing goes from the journal to raft.db meanwhile
	defer s.writing.Unlock()
	err = s.db.View(func(tx *bolt.Tx) error {
		first := edgeOf(tx, func(c *bolt.Cursor) ([]byte, []byte) { return c.First() })
		n = s.journal.size()
		if first == 0 {
			return nil
		}
		c, err := count(tx)
		n += c.total - min(c.total, totalBefore(tx, first))
		return err
	})
	return n, err
}

// totalBefore is the running total at the last step before an index.
func totalBefore(tx *bolt.Tx, index uint64) uint64 {
	cursor := tx.Bucket(bucketSizes).Cursor()
	before := cursor.Prev
	if k, _ := cursor.Seek(indexKey(index)); k == nil {
		before = cursor.Last
	}
	k, v := before()
	if k == nil {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

// entriesWithin is how many of the newest entries hold at most so many bytes, to the step, and at least one step.
func (s *Store) entriesWithin(bytes uint64) (n uint64, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.db.View(func(tx *bolt.Tx) error {
		c, err := count(tx)
		if err != nil {
			return err
		}
		if _, last := s.journal.edges(); last != 0 {
			c.last, c.total = last, c.total+s.journal.size()
		}
		cursor := tx.Bucket(bucketSizes).Cursor()
		from := c.last
		for k, v := cursor.Last(); k != nil && c.total-min(c.total, binary.BigEndian.Uint64(v)) <= bytes; k, v = cursor.Prev() {
			from = binary.BigEndian.Uint64(k)
		}
		n = max(c.last-from, sizeStep)
		return nil
	})
	return n, err
}

const (
	// boundEvery is how often the log's bytes are looked at.
	boundEvery = time.Second
	// keptPart of the bound is left when the log is cut: a follower that was away for a short time finds its entries there, and needs no leaves.
	keptPart = 2
)

// bound keeps the log within its bytes: a snapshot is a mark and costs one small write, after which raft deletes what is older.
func (r *Replica[R]) bound(ctx context.Context, store *Store, bytes uint64) {
	ticker := time.NewTicker(boundEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := r.compact(store, bytes); err != nil && ctx.Err() == nil {
			r.log.Warn("the raft log is not cut yet", "error", err)
		}
	}
}

// compact takes a snapshot when the log has more bytes than it may have.
func (r *Replica[R]) compact(store *Store, bytes uint64) error {
	have, err := store.LogBytes()
	if err != nil || have <= bytes {
		return err
	}
	keep, err := store.entriesWithin(bytes / keptPart)
	if err != nil {
		return err
	}
	first, err := store.FirstIndex()
	if err != nil {
		return err
	}
	last, err := store.LastIndex()
	if err != nil || last < first+keep { // nothing would be cut
		return err
	}
	c := r.raft.ReloadableConfig()
	c.TrailingLogs = keep
	if err := r.raft.ReloadConfig(c); err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	err = r.raft.Snapshot().Error()
	if errors.Is(err, raft.ErrNothingNewToSnapshot) { // nothing was applied since the start
		return nil
	}
	return err
}
