package blobs

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/flaw"
)

var (
	// ErrNotHeld: the node has no such blob to show.
	ErrNotHeld = errors.New("there is no such blob here")
	// ErrNotNamed: the ledger does not name the blob, and nobody who may offer one has signed that it will.
	ErrNotNamed = errors.New("the ledger does not name this blob, and it comes without an account's offer")
	// ErrNotReady: the node has not looked through its ledger yet, or not asked the others what they have erased. That takes seconds after a start.
	ErrNotReady = errors.New("the node is not ready to take or show blobs yet")
)

// RefusedError says in both languages why an offer or an order is not taken. It wraps ErrNotNamed or ErrMayNot.
type RefusedError struct {
	flaw.Flaw
	is error
}

func refuse(is error, kind, vietnamese, english string, args ...any) error {
	return &RefusedError{flaw.New(kind, vietnamese, english, args...), is}
}

// because is an error about a signer as one about what was signed.
func because(is, err error) error {
	if e, ok := errors.AsType[*blob.Error](err); ok {
		return &RefusedError{e.Flaw, is}
	}
	return err
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%v: %s", e.is, e.English) }

// Unwrap is ErrNotNamed or ErrMayNot.
func (e *RefusedError) Unwrap() error { return e.is }

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

func (e *RoomError) Error() string { return e.Flaw().English }

// Flaw says in both languages what there is no more of.
func (e *RoomError) Flaw() flaw.Flaw {
	mib := e.Most >> 20
	switch e.Room {
	case RoomQuota:
		return flaw.New("quota", "đã đủ %d MiB dữ liệu mà sổ cái nêu", "it has %d MiB of blobs that the ledger names", mib)
	case RoomPending:
		return flaw.New("pending", "đã đủ %d MiB dữ liệu chưa có bản ghi nêu", "it has %d MiB of blobs that no record names yet", mib)
	case RoomAccount:
		return flaw.New("account", "tài khoản này đã gửi %d tệp hoặc %d MiB mà chưa có bản ghi nêu", "this account has brought %d blobs or %d MiB that no record names yet", MaxPendingBlobs, mib)
	}
	return flaw.New("disk", "đĩa còn trống dưới %d MiB", "its disk has less than %d MiB left", mib)
}
