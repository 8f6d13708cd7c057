package blobs

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger/blob"
)

var (
	// ErrNotHeld: the node has no such blob to show.
	ErrNotHeld = errors.New("there is no such blob here")
	// ErrNotNamed: the ledger does not name the blob, and nobody who may offer one has signed that it will.
	ErrNotNamed = errors.New("the ledger does not name this blob, and it comes without an account's offer")
	// ErrNotReady: the node has not looked through its ledger yet.
	ErrNotReady = errors.New("the node is still looking through its ledger")
)

// ErasedError: the blob was erased, and is not taken again.
type ErasedError struct{ Order *blob.SignedErasure }

func (e *ErasedError) Error() string {
	return fmt.Sprintf("blob %v was erased by order of agency %v", e.Order.Blob, e.Order.Agency)
}

// Room is what there is no more of.
type Room uint8

// Kinds of room.
const (
	RoomQuota   Room = 1 // for blobs that the ledger names
	RoomPending Room = 2 // for blobs that it does not name yet
	RoomAccount Room = 3 // for those of one account
	RoomDisk    Room = 4
)

// RoomError: the node has no room for the blob now.
type RoomError struct {
	Room Room
	Most uint64 // bytes; of RoomDisk: what must stay free
}

func (e *RoomError) Error() string {
	switch e.Room {
	case RoomQuota:
		return fmt.Sprintf("no room for another blob: at most %d bytes", e.Most)
	case RoomPending:
		return fmt.Sprintf("no room for another blob that the ledger does not name yet: at most %d bytes", e.Most)
	case RoomAccount:
		return fmt.Sprintf("this account has offered %d blobs, or %d bytes, that the ledger does not name yet", MaxPendingBlobs, e.Most)
	}
	return fmt.Sprintf("the disk has less than %d bytes left", e.Most)
}
