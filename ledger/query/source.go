package query

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Source is the ledger at one height. Nothing it gives out is modified. Histories and leaves are believed to belong together: a ledger keeps of an entry only where
// its action stands, so that there is nothing to hold the action against. Errors are those of the storage beneath; what is not there is no error.
type Source interface {
	Head() ledger.Head
	// Value is the value of a subject.
	Value(id subject.ID) (value []byte, ok bool)
	// Subjects lists at most max subjects of a kind in the order of their binary ids, beginning after one; an empty name begins at the start.
	Subjects(kind subject.Kind, after string, max int) ([]subject.ID, error)
	// HistoryLen is how many entries the subject's history has; 0 for unknown subjects.
	HistoryLen(id subject.ID) (uint64, error)
	// Touches reads at most max entries, beginning with number from, as far as they stand in no leaf.
	Touches(id subject.ID, from uint64, max int) ([]ledger.Touch, error)
	// ValueAt is the value that a subject had after an entry of its history, of kinds that are kept (subject.Kind.Kept); false when there is no such entry.
	ValueAt(id subject.ID, entry uint64) (value []byte, ok bool, err error)
	// Peek is a leaf of the log, of index below Size. The bytes are valid until the next call, and are not to be modified.
	Peek(index uint64) ([]byte, error)
	// Intact shows at most max leaves from an index on, one at least when there is one that is not damaged, and tells how many. The bytes are valid until fn returns, and not
	// to be modified; an error of fn's is given back.
	Intact(from uint64, max int, fn func(leaf []byte) error) (n int, err error)
}

// Viewer gives a consistent Source to a function. The function must be short: what blocks replace beside it is kept until it ends.
type Viewer func(func(Source) error) error

// ErrNotFound is wrapped when what is asked for is not on the ledger; by itself it is always a *NotFoundError.
var ErrNotFound = errors.New("not on the ledger")

// NotFoundError says what is not on the ledger.
type NotFoundError struct{ Subject subject.ID }

func (e *NotFoundError) Error() string { return fmt.Sprintf("%s: %v", e.Subject, ErrNotFound) }

// Unwrap gives ErrNotFound.
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// ErrCorrupt is wrapped when what is stored contradicts itself: a subject that does not parse, a history that names an action that is not there.
var ErrCorrupt = errors.New("stored data contradict themselves")

// read finds a subject's value and parses it.
func read[V any](s Source, id subject.ID, parse func([]byte) (V, error)) (v V, err error) {
	data, ok := s.Value(id)
	if !ok {
		return v, &NotFoundError{id}
	}
	if v, err = parse(data); err != nil {
		return v, fmt.Errorf("%s: %w: %w", id, ErrCorrupt, err)
	}
	return v, nil
}

// must turns "not found" into "corrupt", for subjects that another one promises to be there.
func must[V any](v V, err error) (V, error) {
	if errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return v, err
}

func corruptHoldings(lot ledger.LotID) error {
	return fmt.Errorf("lot %s: accounts hold more than was produced: %w", lot, ErrCorrupt)
}
