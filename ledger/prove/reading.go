package prove

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// reading is how records and histories are had: from the source, or from what is remembered of it.
type reading struct {
	open    func(src Source, leaf uint64) (*opened, error)
	history func(src Source, id subject.ID, n uint64) ([]ledger.Entry, error) // the first n entries, which the caller does not modify
}

// anew reads everything.
var anew = reading{open, history}

// history reads the first n entries of a subject.
func history(src Source, id subject.ID, n uint64) ([]ledger.Entry, error) {
	return readOn(src, id, nil, n)
}

// readOn reads what follows the entries that are known, up to n. What is known stays as it is.
func readOn(src Source, id subject.ID, known []ledger.Entry, n uint64) ([]ledger.Entry, error) {
	all := slices.Clip(known)
	for uint64(len(all)) < n {
		some, err := src.History(id, uint64(len(all)), int(min(chunk, n-uint64(len(all)))))
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			return nil, fmt.Errorf("%w: %d of %d entries", ErrCorrupt, len(all), n)
		}
		all = append(all, some...)
	}
	return all, nil
}
