package receipts

import (
	"slices"

	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// closed checks that exactly the subjects are shown that the verdict depends on. A missing one could change it.
func (w *world) closed() *verify.Error {
	closure := receipt.NewClosure(w.r.ID())
	for id, ok := closure.Next(); ok; id, ok = closure.Next() {
		m := w.member(id)
		if m == nil {
			return refuse(verify.WordClosure, "%s is missing", id)
		}
		values := [][]byte{m.Value}
		if id.Kind == subject.KindAccount {
			values = append(w.had[id], m.Value)
		}
		for _, v := range values {
			if err := closure.Value(id, v); err != nil {
				return because(verify.WordState, err, "%s: its value", id)
			}
		}
		for _, e := range m.Entries {
			if e.Record != receipt.Genesis {
				closure.Author(w.r.Records[e.Record].Header.Author)
			}
		}
	}
	want := closure.Members()
	for i := range w.r.Members {
		if id := w.r.Members[i].ID; i >= len(want) || id != want[i] {
			return refuse(verify.WordClosure, "%s is no part of it", id)
		}
	}
	return nil
}

// member finds what is shown of a subject; nil if nothing is.
func (w *world) member(id subject.ID) *receipt.Member {
	i, ok := slices.BinarySearchFunc(w.r.Members, id, func(m receipt.Member, id subject.ID) int { return receipt.Compare(m.ID, id) })
	if !ok {
		return nil
	}
	return &w.r.Members[i]
}
