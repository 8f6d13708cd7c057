package peer

import (
	"fmt"

	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
)

// maxSeatID bounds a raft id, in bytes: two numbers and a hyphen.
const maxSeatID = 64

// Seat is a raft store as its owner tells of it.
type Seat struct {
	ID    string
	Store [16]byte
	Term  uint64
	// Starts is how often the store was started.
	Starts uint64
	// Run is drawn at each start: a copy of the store that was started as often has another one.
	Run [8]byte
}

func seatTo(s *Seat) *peerv1.Seat {
	if s == nil {
		return nil
	}
	return &peerv1.Seat{Id: s.ID, Store: s.Store[:], Term: s.Term, Starts: s.Starts, Run: s.Run[:]}
}

func seatFrom(m *peerv1.Seat) (*Seat, error) {
	if m == nil {
		return nil, nil
	}
	s := &Seat{ID: m.Id, Term: m.Term, Starts: m.Starts}
	if len(m.Id) == 0 || len(m.Id) > maxSeatID || copy(s.Store[:], m.Store) != len(m.Store) || len(m.Store) != len(s.Store) {
		return nil, fmt.Errorf("a seat with an id of %d bytes and a store of %d, want 1 to %d and %d", len(m.Id), len(m.Store), maxSeatID, len(s.Store))
	}
	if copy(s.Run[:], m.Run) != len(m.Run) || len(m.Run) != 0 && len(m.Run) != len(s.Run) {
		return nil, fmt.Errorf("a seat with a run of %d bytes, want %d", len(m.Run), len(s.Run))
	}
	return s, nil
}
