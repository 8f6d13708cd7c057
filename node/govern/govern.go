package govern

import (
	"slices"
)

// Server is a member of raft's configuration, or a validator as the ledger has it.
type Server struct {
	ID, Address string
	Votes       bool
}

// Step is the next change of raft's configuration.
type Step struct {
	Server
	Remove bool
	// Yield: the leader itself must go. It hands the office over, and who leads then removes it.
	Yield bool
}

// View is what the leader knows.
type View struct {
	Self          string   // raft id of the leader
	Configuration []Server // of raft
	Validators    []Server // of the ledger; Votes means nothing
	// Near tells whether a server without a vote holds nearly all of the ledger, so that giving it a vote would not hold the others up.
	Near func(id string) bool
	// Shut tells whether a server's raft store is known to be lost: it waits for a new incarnation.
	Shut func(id string) bool
}

// Next is the next step; false: raft's configuration is as the ledger wants it, as far as it can be.
//
// Removals come first. Of an agency with a new incarnation the old one is dead: its messages are refused. As a voter it only makes majorities larger, and
// nothing is gained by letting the new one vote before it goes. A new server gets the log without a vote, so that it can come near; and votes when it is.
func Next(v View) (s Step, ok bool) {
	wanted := func(id string) int { return slices.IndexFunc(v.Validators, func(s Server) bool { return s.ID == id }) }
	voters := 0
	for _, s := range v.Configuration {
		if s.Votes {
			voters++
		}
	}
	for _, s := range v.Configuration {
		if wanted(s.ID) >= 0 || s.ID == v.Self || s.Votes && voters == 1 {
			continue
		}
		return Step{Server: s, Remove: true}, true
	}
	for _, want := range v.Validators {
		i := slices.IndexFunc(v.Configuration, func(s Server) bool { return s.ID == want.ID })
		switch {
		case v.Shut(want.ID):
		case i < 0:
			return Step{Server: Server{ID: want.ID, Address: want.Address}}, true
		case !v.Configuration[i].Votes && v.Near(want.ID):
			return Step{Server: Server{ID: want.ID, Address: want.Address, Votes: true}}, true
		case v.Configuration[i].Address != want.Address:
			return Step{Server: Server{ID: want.ID, Address: want.Address, Votes: v.Configuration[i].Votes}}, true
		}
	}
	if wanted(v.Self) < 0 && voters > 1 {
		return Step{Yield: true}, true
	}
	return s, false
}
