package chain

import (
	"bytes"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// epochs collects what a state says of policies. The document of the epoch in force is a value; of one that the newest block ended only keys are left,
// and it is made of them once more. Documents are believed when they are those that the seal names.
type epochs struct {
	policy []byte
	keys   map[ledger.AccountID][]byte
}

func newEpochs() *epochs { return &epochs{keys: make(map[ledger.AccountID][]byte)} }

// see notes a subject of the state; the value may be changed afterwards.
func (e *epochs) see(id subject.ID, value []byte) {
	switch id.Kind {
	case subject.KindPolicy:
		e.policy = bytes.Clone(value)
	case subject.KindValidatorKeys:
		if agency, err := id.AccountID(); err == nil {
			e.keys[agency] = bytes.Clone(value)
		}
	}
}

// around gives the policies of the block of a height, after which the state stands, and of the next one.
func (e *epochs) around(tx *store.ChainTx, first *ledger.Policy, height uint64) (epoch, next *ledger.Policy, err error) {
	leaf, err := tx.SealLeaf(height)
	if err != nil {
		return nil, nil, err
	}
	data, err := tx.Leaf(leaf)
	if err != nil {
		return nil, nil, err
	}
	seal, err := ledger.ParseSeal(data)
	if err != nil {
		return nil, nil, &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: leaf, Field: "seal", Cause: err}
	}
	v, err := subject.ParsePolicy(e.policy)
	if err != nil {
		return nil, nil, &Finding{File: store.IndexFile, Bucket: "subjects", Row: "policy", NoLeaf: true, Field: "value", Cause: err}
	}
	next = &v.Policy
	if err := names(leaf, seal.NextPolicy, next); err != nil || !seal.EndsEpoch() {
		return next, next, err
	}
	if epoch, err = e.before(first, next); err != nil {
		return nil, nil, err
	}
	return epoch, next, names(leaf, seal.Policy, epoch)
}

// names checks that a seal names a document.
func names(leaf uint64, want ledger.Hash, document *ledger.Policy) error {
	if got := document.Hash(); got != want {
		return &Finding{File: store.IndexFile, Bucket: "subjects", Row: "policy", Leaf: leaf, Field: "document", Want: want.String(), Got: got.String()}
	}
	return nil
}

// before is the document of the epoch before another one.
func (e *epochs) before(first, next *ledger.Policy) (*ledger.Policy, error) {
	keys := make(map[ledger.AccountID]*subject.ValidatorKeysValue, len(e.keys))
	for agency, value := range e.keys {
		v, err := subject.ParseValidatorKeys(value)
		if err != nil {
			return nil, &Finding{File: store.IndexFile, Bucket: "subjects", Row: "validator keys " + agency.String(), NoLeaf: true, Field: "value", Cause: err}
		}
		keys[agency] = &v
	}
	return subject.PolicyAt(first, keys, max(next.Number, 1)-1), nil
}
