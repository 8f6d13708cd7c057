package blobs

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/subject"
)

// readHeld reads a file that must be the blob of an id.
func readHeld(path string, id ledger.Hash) ([]byte, *blob.Blob, error) {
	container, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	made, err := blob.ParseNamed(id, container)
	return container, made, err
}

// offered checks an offer, and gives the account that made it.
func (b *Blobs) offered(id ledger.Hash, data []byte) (ledger.AccountID, error) {
	if len(data) == 0 {
		return 0, ErrNotNamed
	}
	o, err := blob.ParseOffer(data)
	if err != nil {
		return 0, err
	}
	if o.Chain != b.o.Ledger.Chain() || o.Blob != id {
		return 0, refuse(ErrNotNamed, "other", "chữ ký gửi kèm là cho sổ cái hoặc dữ liệu khác", "the offer is of another ledger or blob")
	}
	if age := b.o.Now().Sub(time.UnixMilli(int64(min(o.Time, 1<<60)))); age.Abs() > OfferWindow {
		return 0, refuse(ErrNotNamed, "time", "chữ ký gửi kèm lệch đồng hồ của nút %v, tối đa %v", "the offer is %v from the node's clock, at most %v", age.Round(time.Second), OfferWindow)
	}
	return o.Account, b.o.Ledger.View(func(v View) error {
		value, ok := v.Value(subject.Account(o.Account))
		if !ok {
			return refuse(ErrNotNamed, "account", "không có tài khoản %v", "there is no account %v", o.Account)
		}
		account, err := subject.ParseAccount(value)
		if err != nil {
			return err
		}
		return because(ErrNotNamed, o.By(&account))
	})
}

// wait writes a blob that the ledger does not name yet. The caller holds writing.
func (b *Blobs) wait(id ledger.Hash, account ledger.AccountID, container []byte) error {
	w := waiting{account, int64(len(container)), b.o.Now()}
	if err := b.roomFor(w); err != nil {
		return err
	}
	if err := b.mayWrite(); err != nil {
		return err
	}
	if err := write(b.files.waits(id, account), container); err != nil {
		return fmt.Errorf("blob %v: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending[id] = w
	b.pendingBytes += w.size
	return nil
}

func (b *Blobs) roomFor(w waiting) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if uint64(b.pendingBytes+w.size) > b.o.Pending || len(b.pending) >= MaxPending {
		return &RoomError{RoomPending, b.o.Pending}
	}
	blobs, bytes := 1, w.size
	for _, other := range b.pending {
		if other.account == w.account {
			blobs, bytes = blobs+1, bytes+other.size
		}
	}
	if blobs > MaxPendingBlobs || bytes > MaxPendingBytes {
		return &RoomError{RoomAccount, MaxPendingBytes}
	}
	return nil
}

// promote shows a blob that the ledger has come to name. The caller holds writing.
func (b *Blobs) promote(id ledger.Hash, w waiting) error {
	b.mu.Lock()
	full := uint64(b.heldBytes+w.size) > b.o.Quota
	b.mu.Unlock()
	if full {
		return &RoomError{RoomQuota, b.o.Quota}
	}
	if err := move(b.files.waits(id, w.account), b.files.held(id)); err != nil {
		return fmt.Errorf("blob %v: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(id)
	b.held[id] = w.size
	b.heldBytes += w.size
	b.recent.note(id)
	return nil
}

// sort compares what there is with what the ledger names: blobs that were waited for are shown, others go when their time is over, and what is missing is
// noted.
func (b *Blobs) sort() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	now := b.o.Now()
	var errs []error
	for id, w := range b.waitingBlobs() {
		switch named, err := b.names.names(id); {
		case err != nil:
			return err
		case named:
			errs = append(errs, b.promote(id, w))
		case now.Sub(w.since) > PendingTime:
			errs = append(errs, b.discard(id, b.files.waits(id, w.account)))
		}
	}
	for _, id := range b.overdue(now) {
		errs = append(errs, b.discard(id, b.files.held(id)))
	}
	return errors.Join(errs...)
}

func (b *Blobs) discard(id ledger.Hash, path string) error {
	if err := remove(path); err != nil {
		return fmt.Errorf("blob %v: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(id)
	return nil
}

func (b *Blobs) waitingBlobs() map[ledger.Hash]waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make(map[ledger.Hash]waiting, len(b.pending))
	for id, w := range b.pending {
		all[id] = w
	}
	return all
}

// overdue notes which held blobs the ledger names no more and which named ones are missing, and gives those of the former whose time is over.
func (b *Blobs) overdue(now time.Time) (gone []ledger.Hash) {
	named := b.names.all()
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.held {
		since, was := b.unnamed[id]
		switch {
		case named[id] > 0:
			delete(b.unnamed, id)
		case !was:
			b.unnamed[id] = now
		case now.Sub(since) > KeepUnnamed:
			gone = append(gone, id)
		}
	}
	for id := range b.missing {
		if named[id] == 0 {
			delete(b.missing, id)
		}
	}
	for id := range named {
		if _, have := b.held[id]; !have && b.erased[id] == nil && b.missing[id] == nil {
			b.missing[id] = new(wanted)
		}
	}
	return gone
}
