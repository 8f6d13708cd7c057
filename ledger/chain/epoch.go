package chain

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// epochs gives the policies of the block at which the index stands, and of the next one: the values that the policy had before and after that block. They
// are believed when they are those that the block's seal names.
func (l *Ledger) epochs(at sealed) (epoch, next *ledger.Policy, err error) {
	now, before, err := l.policyValues(at.head.Height)
	if err != nil {
		return nil, nil, err
	}
	if next, err = policyOf(now, at.leaf, at.seal.NextPolicy); err != nil || !at.seal.EndsEpoch() {
		return next, next, err
	}
	epoch, err = policyOf(before, at.leaf, at.seal.Policy)
	return epoch, next, err
}

// policyValues reads the value of the policy, and the one that it had before the block of a height.
func (l *Ledger) policyValues(height uint64) (now, before []byte, err error) {
	err = l.index.View(func(tx *store.IndexTx) error {
		id := subject.Policy()
		s, present, err := tx.Subject(id)
		if err != nil || !present {
			return err
		}
		now = s.Value
		touches := s.Newest
		for from := s.History.Size - uint64(len(touches)); ; from -= store.EntryChunk {
			for _, t := range slices.Backward(touches) {
				if t.Height < height {
					before = t.Value
					return nil
				}
			}
			if from == 0 {
				return nil
			}
			if touches, err = tx.Touches(id.Key(), from/store.EntryChunk-1); err != nil {
				return err
			}
		}
	})
	return now, before, err
}

// policyOf reads the document that a seal names.
func policyOf(value []byte, seal uint64, want ledger.Hash) (*ledger.Policy, error) {
	f := &Finding{File: store.IndexFile, Bucket: "subjects", Row: subject.Policy().String(), Leaf: seal, Field: "value"}
	v, err := subject.ParsePolicy(value)
	if err != nil {
		f.Cause = err
		return nil, f
	}
	if got := v.Policy.Hash(); got != want {
		f.Field, f.Want, f.Got = "document", want.String(), got.String()
		return nil, f
	}
	return &v.Policy, nil
}
