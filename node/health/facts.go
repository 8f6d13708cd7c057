package health

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// Facts is what is known of a node at one moment. Durations are of a clock that never goes back.
type Facts struct {
	Fault    error // of this machine, which ends the node; nil: none
	Started  bool  // it takes calls
	Stopping bool

	// Patience is how long a write, or applying what is committed, may take before the node is called hung.
	Patience time.Duration
	Writing  time.Duration // of the oldest write to a disk under way; 0: none
	File     string        // that is written
	Applying time.Duration // of the batch of committed drafts under way; 0: none

	Role     string // leader, follower, candidate, …
	Leader   ledger.AccountID
	Term     uint64
	Members  int // validators, this one included
	Size     uint64
	Reported []uint64 // leaves of the other validators that have answered lately, by their own account

	Follows bool     // it has no seat among the validators, and follows by leaves
	Live    bool     // as which it has come to the newest certified head of a source
	Source  string   // that it follows; empty: none
	Place   string   // why it has no seat, in a word
	Why     Sentence // more of it

	Certified     bool // there is a certified head
	CertifiedSize uint64
	Age           time.Duration // of the newest certified head
	Cosigning     string        // the cosigner's state
	Diverged      error         // why the own ledger contradicts what was signed; nil: it does not

	Room Room
}

// Room is how much room the disk of the data directory has.
type Room struct {
	Known       bool
	Free, Total uint64        // bytes
	Left        time.Duration // until it is full, as the ledger has grown of late; 0: not known, or it does not grow
}
