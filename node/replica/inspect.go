package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ocopledger/ocop/ledger/store"
)

// Inspection is what raft's log says of a node that does not run.
type Inspection struct {
	First, Last, Commit uint64 // indexes; 0: none
	// EndIndex and EndTerm are of the last entry, or of the snapshot mark that stands for all there were; 0: none. Of two logs, the one with the later term, then the greater
	// index, has all that a majority had in either.
	EndIndex, EndTerm uint64
	Term              uint64
	Voters            []string // raft ids in the newest configuration; empty: there is none yet
	Seat              *Seat    // nil: the store belongs to nobody yet
}

// Inspect reads raft's log and changes nothing. Errors: ErrInUse, ErrCorrupt, store.ErrFormat, fs.ErrNotExist, those of the disk.
func Inspect(path string) (i Inspection, err error) {
	info, err := os.Stat(path) // bbolt would make the file
	if err != nil {
		return i, fmt.Errorf("raft log: %w", err)
	}
	if info.Size() < 2*store.PageSize { // bbolt would make a log of an empty file
		return i, fmt.Errorf("raft log %s: %w: it has %d bytes", path, ErrCorrupt, info.Size())
	}
	// bbolt believes the pages it reads: a damaged one ends in a panic, or in an access behind the end of the file.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("raft log %s: %w: %v", path, ErrCorrupt, p)
		}
	}()
	if err := locked(path); err != nil {
		return i, fmt.Errorf("raft log %s: %w", path, err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if err != nil {
		return i, fmt.Errorf("raft log %s: %w", path, inspecting(err))
	}
	defer db.Close()
	if err := db.View(func(tx *bolt.Tx) error { return i.read(tx, JournalPath(path)) }); err != nil {
		return i, fmt.Errorf("raft log %s: %w", path, err)
	}
	return i, nil
}

// locked looks through the pages while nobody can write to them.
func locked(path string) error {
	f, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if err != nil {
		return inspecting(err)
	}
	err = errors.Join(store.CheckPages(path), f.Close())
	if damaged, ok := errors.AsType[*store.DamagedPages](err); ok {
		return fmt.Errorf("%w: %w", ErrCorrupt, damaged)
	}
	return err
}

func inspecting(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

func (i *Inspection) read(tx *bolt.Tx, journal string) error {
	log, stable, members, meta := tx.Bucket(bucketLog), tx.Bucket(bucketStable), tx.Bucket(bucketMembers), tx.Bucket(bucketMeta)
	if log == nil || stable == nil || members == nil || meta == nil {
		return fmt.Errorf("%w: buckets are missing", ErrCorrupt)
	}
	held, commit, err := journalOf(tx, journal)
	if err != nil {
		return err
	}
	i.First = edgeOf(tx, func(c *bolt.Cursor) ([]byte, []byte) { return c.First() })
	if i.Last = lastOf(tx); i.Last > 0 {
		b, err := getEntry(tx.Bucket(bucketLog), i.Last)
		if err != nil {
			return err
		}
		var l raft.Log
		if err := decodeEntry(i.Last, b, &l); err != nil {
			return err
		}
		i.EndIndex, i.EndTerm = l.Index, l.Term
	}
	for _, f := range []struct {
		b   []byte
		key *uint64
	}{{stable.Get([]byte("CurrentTerm")), &i.Term}, {meta.Get(keyCommit), &i.Commit}} {
		if len(f.b) == 8 {
			*f.key = binary.BigEndian.Uint64(f.b)
		}
	}
	if len(held) > 0 {
		last := held[len(held)-1]
		i.Last, i.Commit, i.EndIndex, i.EndTerm = last.Index, commit, last.Index, last.Term
		if i.First == 0 {
			i.First = held[0].Index
		}
	}
	if data := meta.Get(keySeat); data != nil {
		seat, err := parseSeat(data)
		if err != nil {
			return err
		}
		i.Seat = &seat
	}
	key, value := members.Cursor().Last()
	if data := meta.Get(keyBase); data != nil { // the log may begin after the newest configuration
		b, err := parseBase(data)
		if err != nil {
			return err
		}
		if key == nil || b.configurationIndex >= binary.BigEndian.Uint64(key) {
			value = b.configuration
		}
		if i.EndIndex < b.index {
			i.EndIndex, i.EndTerm = b.index, b.term
		}
	}
	if value == nil {
		return nil
	}
	for _, s := range raft.DecodeConfiguration(value).Servers {
		if s.Suffrage == raft.Voter {
			i.Voters = append(i.Voters, string(s.ID))
		}
	}
	return nil
}
