package prove

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
)

// Record is the record receipt of a leaf, a record or a block's refusals: a C2SP tlog-proof with the leaf as extra data, whose inclusion any verifier of
// such proofs can check.
func Record(src Source, signed *checkpoint.Signed, leaf uint64) (*checkpoint.Proof, error) {
	if _, _, err := Seal(src, signed); err != nil {
		return nil, err
	}
	if leaf >= signed.Tree.Size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrHead, leaf, signed.Tree.Size)
	}
	data, err := src.Leaf(leaf)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || data[0] != ledger.KindRecord && data[0] != ledger.KindRefusals {
		return nil, &NotFoundError{What: fmt.Sprintf("record at leaf %d", leaf)}
	}
	path, err := inclusion(src, signed.Tree.Size, leaf)
	if err != nil {
		return nil, err
	}
	return &checkpoint.Proof{Extra: append([]byte{receipt.RecordExtra}, data...), Index: leaf, Path: path, Checkpoint: signed}, nil
}

// Consistency is the proof that the log of an older size is the beginning of the log of a newer one, both at most the source's.
func Consistency(src Source, older, newer uint64) ([]ledger.Hash, error) {
	if older > newer || newer > src.Head().Size {
		return nil, fmt.Errorf("%w: consistency of %d and %d, the log has %d", ErrHead, older, newer, src.Head().Size)
	}
	hashes, err := src.Hashes()
	if err != nil {
		return nil, err
	}
	return merkle.Log.ProveConsistency(hashes, older, newer)
}
