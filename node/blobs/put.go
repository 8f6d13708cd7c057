package blobs

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

// Put takes a container: of a blob that the ledger names from anybody, otherwise with an offer. It tells whether the ledger names it. A blob that is here
// already is taken again. Errors wrap ledger.ErrMalformed, ErrNotNamed, ErrNotReady, or are *blob.Error, *ErasedError, *RoomError, those of
// ident.PublicKey.Verify, or of the disk.
func (b *Blobs) Put(container, offer []byte) (id ledger.Hash, named bool, err error) {
	named, id, err = b.put(container, offer)
	if err != nil {
		b.count(func(c *Counts) { c.Refused++ })
	}
	return id, named, err
}

func (b *Blobs) put(container, offer []byte) (named bool, id ledger.Hash, err error) {
	made, err := blob.Parse(container)
	if err != nil {
		return false, id, err
	}
	id = made.ID()
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.refusesErased(id); err != nil {
		return false, id, err
	}
	named, err = b.names.catchUp(id, b.o.Ledger)
	if err != nil {
		return false, id, err
	}
	b.mu.Lock()
	_, isHeld := b.held[id]
	before, waits := b.pending[id]
	b.mu.Unlock()
	switch {
	case isHeld:
		return named, id, nil
	case named && waits:
		return true, id, b.promote(id, before)
	case named:
		return true, id, b.hold(id, container)
	case waits:
		return false, id, nil
	}
	account, err := b.offered(id, offer)
	if err != nil {
		return false, id, err
	}
	return false, id, b.wait(id, account, container)
}

// hold writes a blob that the ledger names. The caller holds writing.
func (b *Blobs) hold(id ledger.Hash, container []byte) error {
	size := int64(len(container))
	b.mu.Lock()
	full := uint64(b.heldBytes+size) > b.o.Quota
	b.mu.Unlock()
	if full {
		return &RoomError{RoomQuota, b.o.Quota}
	}
	if err := b.mayWrite(); err != nil {
		return err
	}
	if err := write(b.files.held(id), container); err != nil {
		return fmt.Errorf("blob %v: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[id] = size
	b.heldBytes += size
	b.recent.note(id)
	delete(b.missing, id)
	return nil
}

// mayWrite refuses to fill the disk.
func (b *Blobs) mayWrite() error {
	if free, known := b.o.Free(); known && free < SpareDisk {
		return &RoomError{RoomDisk, SpareDisk}
	}
	return nil
}
