package evidence

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Kind is what a file shows. Numbers and words are part of the format.
type Kind uint8

const (
	KindProposer  Kind = 1 // a proposer signed two drafts for one place
	KindValidator Kind = 2 // a validator cosigned two inconsistent heads
	KindDiverged  Kind = 3 // a node's head contradicts a certified head: it is damaged or lying
	KindBreach    Kind = 4 // an acceptance promise was not kept
)

// String is the word.
func (k Kind) String() string {
	switch k {
	case KindProposer:
		return "proposer"
	case KindValidator:
		return "validator"
	case KindDiverged:
		return "diverged"
	case KindBreach:
		return "breach"
	}
	return fmt.Sprintf("evidence %d", uint8(k))
}

// Evidence is a file. Exactly one of the four pointers is there.
type Evidence struct {
	Handovers []*checkpoint.Handover // to epoch 1, 2, …; the keys spoken of are those of the last, or of genesis
	Proposer  *Proposer
	Validator *Heads
	Diverged  *Heads
	Breach    *Breach
}

// Kind says which pointer is there; 0 if none is.
func (e *Evidence) Kind() Kind {
	switch {
	case e.Proposer != nil:
		return KindProposer
	case e.Validator != nil:
		return KindValidator
	case e.Diverged != nil:
		return KindDiverged
	case e.Breach != nil:
		return KindBreach
	}
	return 0
}

// Proposer is evidence against a proposer: two draft headers of one proposer, term and sequence.
type Proposer struct {
	Drafts [2]SignedDraft // ascending by hash
}

// SignedDraft is a draft header with its proposer's signature, as it stands in drafts and in seals.
type SignedDraft struct {
	Header    ledger.DraftHeader
	Signature ident.NodeSignature
}

// Heads is evidence by two heads. That they contradict each other needs no path when they are of one size. Otherwise the path shows which root the
// larger tree has at the smaller size, and that is another than the smaller head says.
//
// Of a validator both heads have the agency's cosignature; they ascend by size, then by root. Of a diverged node the first has it, and the second is
// certified without it.
type Heads struct {
	Agency ledger.AccountID
	Heads  [2]*checkpoint.Signed
	Root   ledger.Hash   // of the larger head's tree at the smaller head's size; of one size: the second head's
	Path   []ledger.Hash // consistency proof from Root to the larger head
}

// Breach is evidence against the receiver of a record: its promise, and what the author's activity holds at a certified head past the deadline.
type Breach struct {
	Promise ledger.SignedPromise
	Head    *checkpoint.Proof // the head's last leaf, its seal, as extra data
	State   []byte            // state proof of the author's activity
	Before  merkle.Frontier   // of the activity's history, before the entries
	Entries []ledger.Entry    // the history's last ones: all, or beginning with one of a leaf before the promise's size
}
