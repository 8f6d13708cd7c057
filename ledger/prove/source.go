package prove

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Source is the ledger at one height. Nothing it gives out is modified.
type Source interface {
	Head() ledger.Head
	// Value is the value of a subject.
	Value(id subject.ID) (value []byte, ok bool)
	// ValueAt is the value a subject had after an entry of its history, counted from 0. It is asked of accounts, and of the first entry of what
	// genesis made.
	ValueAt(id subject.ID, entry uint64) (value []byte, ok bool, err error)
	// HistoryLen is how many entries the subject's history has.
	HistoryLen(id subject.ID) (uint64, error)
	// History reads at most max entries, beginning with number from.
	History(id subject.ID, from uint64, max int) ([]ledger.Entry, error)
	// EntryFrom is the number of the first entry of the subject's history at a leaf or behind it; HistoryLen when there is none.
	EntryFrom(id subject.ID, leaf uint64) (uint64, error)
	// HistoryHashes are those of the history of an activity. They are not believed.
	HistoryHashes(id subject.ID) (merkle.HashReader, error)
	// Leaf is a leaf of the log.
	Leaf(index uint64) ([]byte, error)
	// Map is the state map.
	Map() statemap.Map
	// Hashes are those of the log.
	Hashes() (merkle.HashReader, error)
}

var (
	// ErrNotFound: what a receipt is asked for is not on the ledger at this height; by itself it is always a *NotFoundError.
	ErrNotFound = errors.New("not on the ledger")
	// ErrTooLarge: the histories outgrow the bounds of a receipt.
	ErrTooLarge = errors.New("too large for a receipt")
	// ErrHead: the head is not that of the source, or a height or size lies outside it.
	ErrHead = errors.New("not the head of this ledger's height")
	// ErrCorrupt: what is stored contradicts itself.
	ErrCorrupt = errors.New("stored data contradict themselves")
)

// NotFoundError says what is not on the ledger.
type NotFoundError struct {
	Subject subject.ID      // zero: it is no subject
	Action  ledger.ActionID // zero: it is no action
	What    string          // in English
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("%s: %v", e.What, ErrNotFound) }

// Unwrap gives ErrNotFound.
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// Seal is what speaks for a signed head, and joins it to the state of a source: the seal, which is the last leaf, and its path.
func Seal(src Source, signed *checkpoint.Signed) (*ledger.Seal, []ledger.Hash, error) {
	h := src.Head()
	if signed.Tree.Size != h.Size || signed.Tree.Root != h.Root {
		return nil, nil, fmt.Errorf("%w: signed is size %d, the ledger has %d", ErrHead, signed.Tree.Size, h.Size)
	}
	leaf, err := src.Leaf(h.Size - 1)
	if err != nil {
		return nil, nil, err
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: leaf %d: %w", ErrCorrupt, h.Size-1, err)
	}
	path, err := inclusion(src, h.Size, h.Size-1)
	return seal, path, err
}

func inclusion(src Source, size, index uint64) ([]ledger.Hash, error) {
	hashes, err := src.Hashes()
	if err != nil {
		return nil, err
	}
	return merkle.Log.ProveInclusion(hashes, size, index)
}

// opened is a record with the tree over its actions. It is as immutable as the log.
type opened struct {
	*ledger.Envelope
	tree *merkle.Tree
	size int // in memory, about
}

func open(src Source, leaf uint64) (*opened, error) {
	e, err := envelope(src, leaf)
	if err != nil {
		return nil, err
	}
	o := &opened{Envelope: e, tree: receipt.ActionTree(e.Actions)}
	for _, a := range e.Actions {
		o.size += len(a) + perAction
	}
	return o, nil
}

// perAction is what an action of an opened record takes beside its bytes: a slice, and its hashes in the tree.
const perAction = 24 + 2*merkle.HashSize

// envelope reads a record.
func envelope(src Source, leaf uint64) (*ledger.Envelope, error) {
	data, err := src.Leaf(leaf)
	if err != nil {
		return nil, err
	}
	e, err := ledger.ParseEnvelope(data)
	if err != nil {
		return nil, fmt.Errorf("%w: leaf %d: %w", ErrCorrupt, leaf, err)
	}
	return e, nil
}
