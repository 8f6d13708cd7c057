package prove

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// ErrPending: the block time of the head has not passed the promise's deadline, or the head is older than the promise.
var ErrPending = errors.New("the promise's deadline has not passed on this ledger")

// KeptError: the promise is kept.
type KeptError struct{ Leaf uint64 } // of the record, or of the refusals leaf that names it

func (e *KeptError) Error() string { return fmt.Sprintf("the promise is kept: leaf %d", e.Leaf) }

// Breach shows that the record of a promise is not on the ledger although the deadline has passed: the author's activity from before the promise to the
// head, without the record. Who signed the promise is not looked at. Errors: *KeptError, ErrPending, ErrTooLarge when the author has written more since than
// evidence holds, and those of the source.
func Breach(src Source, signed *checkpoint.Signed, s *ledger.SignedPromise) (*evidence.Breach, error) {
	p := &s.Promise
	seal, path, err := Seal(src, signed)
	if err != nil {
		return nil, err
	}
	id := subject.Activity(p.Author)
	held, err := heldOf(src, id)
	if err != nil {
		return nil, err
	}
	from, err := src.EntryFrom(id, p.Size)
	if err != nil {
		return nil, err
	}
	from -= min(from, 1) // the last one before the promise
	b := &evidence.Breach{Promise: *s, State: src.Map().Prove(id.Key()).AppendBinary(nil)}
	b.Head = &checkpoint.Proof{Extra: seal.Append(nil), Index: signed.Tree.Size - 1, Path: path, Checkpoint: signed}
	if b.Before, b.Entries, err = since(src, id, from, &held); err != nil {
		return nil, err
	}
	for i := range b.Entries {
		if b.Entries[i].Record == p.Record {
			return nil, &KeptError{b.Entries[i].Leaf}
		}
	}
	if seal.Time <= p.Deadline || signed.Tree.Size < p.Size {
		return nil, ErrPending
	}
	return b, nil
}

// since is the frontier of a history before an entry, and the entries from there on. The frontier is made of hashes that are kept; it is believed when it leads,
// with the entries, to the root in the state map.
func since(src Source, id subject.ID, from uint64, held *statemap.Leaf) (before merkle.Frontier, entries []ledger.Entry, err error) {
	n := held.N
	if n-from > evidence.MaxEntries {
		return before, nil, fmt.Errorf("%w: %d entries since the promise, at most %d", ErrTooLarge, n-from, evidence.MaxEntries)
	}
	if n == 0 {
		return before, nil, nil
	}
	hashes, err := src.HistoryHashes(id)
	if err != nil {
		return before, nil, err
	}
	if before, err = merkle.ReadFrontier(hashes, from); err != nil {
		return before, nil, err
	}
	leaves := make([]ledger.Hash, 0, n-from)
	for at := from; at < n; at = from + uint64(len(entries)) {
		some, err := src.History(id, at, int(min(n-at, chunk)))
		if err != nil {
			return before, nil, err
		}
		if len(some) == 0 {
			return before, nil, fmt.Errorf("%w: %s: %d of %d entries", ErrCorrupt, id, at, n)
		}
		for i := range some {
			leaves = append(leaves, some[i].LeafHash())
		}
		entries = append(entries, some...)
	}
	if err := merkle.History.CheckSuffix(before, leaves, n, held.History); err != nil {
		return before, nil, fmt.Errorf("%w: the last %d entries of %s: %w", ErrCorrupt, n-from, id, err)
	}
	return before, entries, nil
}
