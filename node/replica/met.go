package replica

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
)

// Acquaintance is what a validator last told of its raft store: its number, how often it was started, what was drawn at the last start, and its term. One that comes
// back with another store under the same raft id, with one that was started as often by somebody else, which is what a copy is, or that starts once more
// in an earlier term, has lost what it promised, and is not listened to before it has a new incarnation.
type Acquaintance struct {
	Store        [16]byte
	Run          [8]byte
	Starts, Term uint64
}

// Meeting is how what a validator tells goes with what it told before.
type Meeting uint8

// Meetings.
const (
	Fits        Meeting = iota // and is remembered, if it is news
	Late                       // of the same store and an earlier start: a word that was long under way, or an older copy of the store
	Contradicts                // what was remembered stays
)

// with tells how a word goes with the one remembered. Words overtake each other, so that within one start an earlier term says nothing.
func (known Acquaintance) with(a Acquaintance) Meeting {
	switch {
	case a.Store != known.Store, a.Starts == known.Starts && a.Run != known.Run, a.Starts > known.Starts && a.Term < known.Term:
		return Contradicts
	case a.Starts < known.Starts:
		return Late
	}
	return Fits
}

const metVersion = 1

// Meet remembers a validator, if what it tells fits what it told before.
func (s *Store) Meet(id string, a Acquaintance) (Meeting, error) {
	known, ok, err := s.Met(id)
	if err != nil {
		return Fits, err
	}
	if ok {
		if m := known.with(a); m != Fits || a.Starts == known.Starts && a.Term <= known.Term {
			return m, nil
		}
	}
	return Fits, s.db.Update(func(tx *bolt.Tx) error {
		b := append(append([]byte{metVersion}, a.Store[:]...), a.Run[:]...)
		return tx.Bucket(bucketMet).Put([]byte(id), ledger.AppendU64(ledger.AppendU64(b, a.Starts), a.Term))
	})
}

// Met is what is remembered of a validator.
func (s *Store) Met(id string) (a Acquaintance, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		data := tx.Bucket(bucketMet).Get([]byte(id))
		if data == nil {
			return nil
		}
		ok = true
		r := ledger.NewReader("acquaintance", append([]byte(nil), data...))
		r.Version(metVersion)
		r.Copy(a.Store[:])
		r.Copy(a.Run[:])
		a.Starts, a.Term = r.U64(), r.U64()
		if err := r.Close(); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil
	})
	return a, ok, err
}
