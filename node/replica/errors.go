package replica

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNotLeader: the draft was not taken. It will not be ordered.
	ErrNotLeader = errors.New("this node does not lead")
	// ErrUnknownOutcome: leadership or the node ended while the draft was under way. It may be ordered yet; submitting its records again is safe.
	ErrUnknownOutcome = errors.New("outcome unknown: the draft may or may not be ordered")
	// ErrStopped: the replica is closed, or a fault of its disk has stopped it.
	ErrStopped = errors.New("replica is stopped")
	// ErrInUse: another process holds the raft log, and with it the node's directory.
	ErrInUse = errors.New("in use by another process")
	// ErrStoreLost: the ledger is ahead of the raft log. A validator that forgot whom it voted for must not vote again under the same identity.
	ErrStoreLost = errors.New("the raft log is older than the ledger: it was lost or restored, and this validator needs a new incarnation")
	// ErrTaken: a raft store that has an owner is given to another.
	ErrTaken = errors.New("the raft store is somebody's")
	// ErrAppliedCut: raft is told to replace entries that the ledger has applied. A majority has forgotten what it had acknowledged.
	ErrAppliedCut = errors.New("the leader's raft log contradicts entries that are on this ledger")
	// ErrGap: entries are not consecutive.
	ErrGap = errors.New("raft log entries are not consecutive")
	// ErrCorrupt: stored bytes are not what was written.
	ErrCorrupt = errors.New("raft log is damaged")
)

// StorageError is a local fault that ends the node. Going on without the entry would fork it from the others.
type StorageError struct {
	Op  string // what was being done
	Err error
}

func (e *StorageError) Error() string { return fmt.Sprintf("local storage: %s: %v", e.Op, e.Err) }
func (e *StorageError) Unwrap() error { return e.Err }

// SlowError is a write that took longer than a healthy disk ever takes.
type SlowError struct{ Limit time.Duration }

func (e *SlowError) Error() string { return fmt.Sprintf("write not finished after %v", e.Limit) }

// RefusedError is a raft message that was not let through to raft. It is what the sender is told.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "refused: " + e.Reason }
