package replay

import "github.com/ocopledger/ocop/ledger"

// window remembers ids of records while they could be ordered once more. Ids begin with the issue time, so they are kept by the day of it and forgotten
// whole days at a time: never more days than records may live, however long the ledger is.
type window map[uint64]map[ledger.RecordID]struct{}

// add notes an id; false says that it was noted before.
func (w window) add(id ledger.RecordID) bool {
	day := id.IssuedAt() / ledger.DayMillis
	ids := w[day]
	if ids == nil {
		ids = make(map[ledger.RecordID]struct{})
		w[day] = ids
	}
	n := len(ids)
	ids[id] = struct{}{}
	return len(ids) > n
}

// forget drops ids of records issued before a time in Unix milliseconds, those of its own day not yet.
func (w window) forget(before uint64) {
	for day := range w {
		if day < before/ledger.DayMillis {
			delete(w, day)
		}
	}
}
