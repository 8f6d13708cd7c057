package replica

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
)

// Acquaintance is what a validator last told of its raft store. One that comes back with another store under the same raft id, or with an earlier term, has lost
// what it promised, and is not listened to before it has a new incarnation.
type Acquaintance struct {
	Store [16]byte
	Term  uint64
}

const metVersion = 1

// Meet remembers a validator. false: what it tells contradicts what it told before, and is not remembered.
func (s *Store) Meet(id string, a Acquaintance) (ok bool, err error) {
	known, ok, err := s.Met(id)
	if err != nil {
		return false, err
	}
	if ok && (a.Store != known.Store || a.Term < known.Term) {
		return false, nil
	}
	if ok && a == known {
		return true, nil
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		b := append([]byte{metVersion}, a.Store[:]...)
		return tx.Bucket(bucketMet).Put([]byte(id), ledger.AppendU64(b, a.Term))
	})
	return err == nil, err
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
		a.Term = r.U64()
		if err := r.Close(); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil
	})
	return a, ok, err
}
