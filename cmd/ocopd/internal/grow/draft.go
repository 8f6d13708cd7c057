package grow

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// drafter signs the drafts of one term, one after the other.
type drafter struct {
	chain    ledger.ChainID
	proposer ledger.AccountID
	key      *ident.Ed25519PrivateKey
	term     uint64
	sequence uint64 // of the next draft
	previous ledger.Hash
}

// draft signs the next draft. Its head is a cosign point: the blocks of a year are minutes apart.
func (d *drafter) draft(at uint64, records [][]byte) ([]byte, error) {
	h := ledger.DraftHeader{
		Chain: d.chain, Term: d.term, Proposer: d.proposer, Sequence: d.sequence, Previous: d.previous, Time: at, Flags: ledger.FlagCosign,
		Count: uint32(len(records)), Records: ledger.RecordsHash(records),
	}
	signature, err := d.key.Sign(h.Message())
	if err != nil {
		return nil, err
	}
	d.sequence++
	d.previous = h.Hash()
	made := ledger.Draft{Header: h, Records: records, Signature: signature}
	return made.Append(nil), nil
}

// fits is how many of the records, at least one, fit into a draft.
func fits(records [][]byte) int {
	size := 0
	for i, r := range records {
		if size += len(r) + recordLength; i == ledger.MaxDraftRecords || i > 0 && size > ledger.MaxDraftBytes {
			return i
		}
	}
	return len(records)
}

// recordLength is the length prefix of a record in a draft.
const recordLength = 4
