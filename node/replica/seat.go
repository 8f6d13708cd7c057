package replica

import (
	"bytes"
	"fmt"
	"io"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
)

// Seat is who a raft store belongs to. A store that votes must be the only one that ever voted under its raft id: a lost, copied or restored one could vote twice in
// a term. So a store has a number of its own, drawn when it is made, and counts its starts; both are also kept outside of it, and by peers.
type Seat struct {
	ID     string   // raft id: agency and incarnation
	Store  [16]byte // drawn at random
	Starts uint64
	Origin uint64 // entry up to which the ledger was applied when the store was made: by an earlier incarnation, and not from this log
}

var keySeat = []byte("seat")

const seatVersion = 1

func (s *Seat) append(b []byte) []byte {
	b = ledger.AppendText8(append(b, seatVersion), s.ID)
	b = append(b, s.Store[:]...)
	return ledger.AppendU64(ledger.AppendU64(b, s.Starts), s.Origin)
}

func parseSeat(data []byte) (s Seat, err error) {
	r := ledger.NewReader("raft seat", bytes.Clone(data))
	r.Version(seatVersion)
	s.ID = r.Text8()
	r.Copy(s.Store[:])
	s.Starts, s.Origin = r.U64(), r.U64()
	if err := r.Close(); err != nil {
		return s, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return s, nil
}

// Seat is who the store belongs to; false: to nobody yet, and it holds nothing.
func (s *Store) Seat() (seat Seat, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		data := tx.Bucket(bucketMeta).Get(keySeat)
		if data == nil {
			return nil
		}
		ok = true
		seat, err = parseSeat(data)
		return err
	})
	return seat, ok, err
}

// Take gives a store that belongs to nobody to a raft id. applied is how far the ledger has come under earlier incarnations.
func (s *Store) Take(id string, applied uint64, random io.Reader) (Seat, error) {
	seat := Seat{ID: id, Origin: applied}
	if _, err := io.ReadFull(random, seat.Store[:]); err != nil {
		return seat, err
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta.Get(keySeat) != nil {
			return fmt.Errorf("%w: it belongs to somebody already", ErrTaken)
		}
		return meta.Put(keySeat, seat.append(nil))
	})
	return seat, err
}

// CountStart counts one more start of the store, before raft does.
func (s *Store) CountStart() (seat Seat, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if seat, err = parseSeat(meta.Get(keySeat)); err != nil {
			return err
		}
		seat.Starts++
		return meta.Put(keySeat, seat.append(nil))
	})
	return seat, err
}

// SeenTerm is raft's current term in the store.
func (s *Store) SeenTerm() (uint64, error) {
	term, err := s.GetUint64(keyCurrentTerm)
	if err == errNoKey {
		return 0, nil
	}
	return term, err
}

// keyCurrentTerm is raft's own.
var keyCurrentTerm = []byte("CurrentTerm")

// Reset empties a store for the next incarnation. What it knows of others stays.
func (s *Store) Reset() error {
	if err := s.settle(); err != nil {
		return err
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketLog, bucketStable, bucketMembers, bucketSizes} {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		for _, key := range [][]byte{keySeat, keyBase, keyCommit} {
			if err := meta.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.writing.Lock()
		defer s.writing.Unlock()
		s.counted = counted{}
		s.recent.forget(0, math.MaxUint64)
		s.staged.Store(0)
	}
	return err
}
