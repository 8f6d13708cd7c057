package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// raft writes a vote as two values, one after the other. A crash between them would leave the old candidate under the new term.
var (
	keyVoteTerm      = []byte("LastVoteTerm")
	keyVoteCandidate = []byte("LastVoteCand")
)

// errNoKey: its text is what raft compares with.
var errNoKey = errors.New("not found")

// pendingVote is the first half of a vote, kept back until the second half comes.
type pendingVote struct {
	sync.Mutex
	term []byte
}

// Set stores a value. A vote's candidate is stored together with its term, which was kept back.
func (s *Store) Set(key, value []byte) error {
	s.vote.Lock()
	defer s.vote.Unlock()
	term := s.vote.term
	if string(key) != string(keyVoteCandidate) {
		term = nil
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketStable)
		if term != nil {
			if err := bucket.Put(keyVoteTerm, term); err != nil {
				return err
			}
		}
		return bucket.Put(key, value)
	})
	if err == nil && term != nil {
		s.vote.term = nil
	}
	return err
}

// Get reads a value.
func (s *Store) Get(key []byte) (value []byte, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketStable).Get(key)
		if b == nil {
			return errNoKey
		}
		value = append([]byte{}, b...)
		return nil
	})
	return value, err
}

// SetUint64 stores a number; the term of a vote is kept back for the candidate.
func (s *Store) SetUint64(key []byte, value uint64) error {
	b := binary.BigEndian.AppendUint64(nil, value)
	if string(key) == string(keyVoteTerm) {
		s.vote.Lock()
		defer s.vote.Unlock()
		s.vote.term = b
		return nil
	}
	return s.Set(key, b)
}

// GetUint64 reads a number.
func (s *Store) GetUint64(key []byte) (uint64, error) {
	b, err := s.Get(key)
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: %q has %d bytes, want 8", ErrCorrupt, key, len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}
