package receipts

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// step is an action at its place.
type step struct {
	record int // in Receipt.Records
	action uint16
}

// touch is a line of a member's history.
type touch struct{ member, entry int }

// index finds, for every action shown, the histories that name it.
func (w *world) index() *verify.Error {
	for i := range w.r.Members {
		m := &w.r.Members[i]
		last := step{-1, 0}
		for j, e := range m.Entries {
			if e.Record == receipt.Genesis {
				continue
			}
			s := step{e.Record, e.Action}
			if s.record < last.record || s.record == last.record && s.action <= last.action && last.record >= 0 {
				return refuse(verify.WordHistory, "%s: entry %d does not follow the one before", m.ID, j)
			}
			last = s
			action, shown := w.r.Records[e.Record].Action(e.Action)
			if !shown {
				return refuse(verify.WordHistory, "%s: entry %d names an action that is not shown", m.ID, j)
			}
			if m.ID.Kind == subject.KindLot && accepts(action) {
				w.settled[m.ID] = j
			}
			w.touches[s] = append(w.touches[s], touch{i, j})
		}
	}
	for i := range w.r.Records {
		for _, a := range w.r.Records[i].Actions {
			if len(w.touches[step{i, a.Number}]) == 0 {
				return refuse(verify.WordHistory, "action %d of the record at leaf %d is in no history", a.Number, w.r.Records[i].Leaf)
			}
		}
	}
	return nil
}

// acceptance is the first byte of an action that accepts a sale: its canonical encoding is the one member of the action, field 11.
const acceptance = 11<<3 | 2

func accepts(action []byte) bool { return len(action) > 0 && action[0] == acceptance }

// root folds a member's history; last is the hash of its newest value.
func (w *world) root(m *receipt.Member, last ledger.Hash) ledger.Hash {
	leaves := make([]ledger.Hash, len(m.Entries))
	for i, e := range m.Entries {
		line := ledger.Entry{Action: ledger.WholeRecord, ActionHash: w.r.Seal.Chain, Time: w.r.Born, Value: e.Value}
		if e.Record != receipt.Genesis {
			rec := &w.r.Records[e.Record]
			action, _ := rec.Action(e.Action)
			line = ledger.Entry{
				Leaf: rec.Leaf, Height: rec.Height, Time: rec.Time, Record: w.ids[e.Record], Action: e.Action,
				ActionHash: merkle.Actions.Leaf(action), Value: e.Value,
			}
		}
		if i == len(m.Entries)-1 {
			line.Value = last
		}
		leaves[i] = line.LeafHash()
	}
	return merkle.History.Root(leaves)
}

// folds checks that values and histories are those of the state under the seal.
func (w *world) folds() *verify.Error {
	leaves := make([]statemap.Leaf, len(w.r.Members))
	keys := make([]ledger.Hash, len(leaves))
	for i := range w.r.Members {
		m := &w.r.Members[i]
		value := subject.ValueHash(m.Value)
		root := w.root(m, value)
		if !m.Untouched() && root != m.Root {
			return refuse(verify.WordHistory, "%s: the entries shown do not fold to its history root", m.ID)
		}
		leaves[i] = statemap.Leaf{Key: m.ID.Key(), Value: value, N: uint64(len(m.Entries)), History: root}
		keys[i] = leaves[i].Key
	}
	return proved(w.r, leaves, keys)
}

// proved checks that the state under the seal has these leaves.
func proved(r *receipt.Receipt, leaves []statemap.Leaf, keys []ledger.Hash) *verify.Error {
	slices.SortFunc(leaves, func(a, b statemap.Leaf) int { return slices.Compare(a.Key[:], b.Key[:]) })
	proof, err := statemap.ParsePaths(r.State, leaves)
	if err == nil {
		_, err = proof.CheckMany(r.Seal.State, keys)
	}
	if err != nil {
		return because(verify.WordState, err, "what is shown is not in the state of block %d", r.Seal.Height)
	}
	return nil
}
