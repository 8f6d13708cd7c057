package verify

import (
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// breach: a promise, a certified head past its deadline, and the author's activity since, without the record.
func (w walked) breach(b *evidence.Breach) (*Finding, error) {
	p := &b.Promise.Promise
	if p.Chain != w.Policy.Chain {
		return nil, fail(WordChain, nil, "the promise is of chain %v", p.Chain)
	}
	if err := w.promised(&b.Promise); err != nil {
		return nil, err
	}
	if b.Head.Index+1 != b.Head.Checkpoint.Tree.Size {
		return nil, fail(WordIndex, nil, "leaf %d is not the last of %d", b.Head.Index, b.Head.Checkpoint.Tree.Size)
	}
	head, err := w.Head(b.Head.Checkpoint, b.Head.Extra, b.Head.Path, nil)
	if err != nil {
		return nil, err
	}
	activity, err := activityLeaf(b.State, head.Seal.State, p.Author)
	if err != nil {
		return nil, err
	}
	if err := since(b, activity); err != nil {
		return nil, err
	}
	if head.Seal.Time <= p.Deadline || head.Tree.Size < p.Size {
		return nil, fail(WordEvidence, nil, "the head, of block time %d and %d leaves, is not past the deadline %d and the %d leaves of the promise",
			head.Seal.Time, head.Tree.Size, p.Deadline, p.Size)
	}
	for i := range b.Entries {
		if b.Entries[i].Record == p.Record {
			return nil, fail(WordEvidence, nil, "the record is on the ledger, in leaf %d", b.Entries[i].Leaf)
		}
	}
	deadline := time.UnixMilli(int64(min(p.Deadline, 1<<53))).In(time.FixedZone("+07:00", ledger.OffsetMillis/1000)).Format("15:04:05 02/01/2006")
	return w.finding(evidence.KindBreach, p.Receiver,
		fmt.Sprintf("Cơ quan %d đã hứa rằng bản ghi %v sẽ có trên sổ cái trước %s (giờ Việt Nam); đầu sổ đã chứng thực sau thời điểm đó (%d lá, khối %d do cơ quan %d đề xuất) cho thấy không có.",
			p.Receiver, p.Record, deadline, head.Tree.Size, head.Seal.Height, head.Seal.Draft.Proposer),
		fmt.Sprintf("Agency %d promised that the record %v would be on the ledger by %s (time of Vietnam); a certified head of a later time (of %d leaves, block %d proposed by agency %d) shows that it is not.",
			p.Receiver, p.Record, deadline, head.Tree.Size, head.Seal.Height, head.Seal.Draft.Proposer)), nil
}

// CheckPromise judges who signed a promise: the node of its receiver, by its key in one of the epochs given, which the caller believes. The word is chain,
// signer or signature. Whether the promise was kept is another question.
func CheckPromise(s *ledger.SignedPromise, epochs ...*ledger.Policy) error {
	for _, p := range epochs {
		if s.Promise.Chain != p.Chain {
			return fail(WordChain, nil, "the promise is of chain %v", s.Promise.Chain)
		}
	}
	return walked{policies: epochs}.promised(s)
}

// promised verifies the promise by the node key that the receiver had when its newest certified head was of the promise's size, or by a later one: it may have
// rotated since. A key of an epoch that had ended by then promises nothing.
func (w walked) promised(s *ledger.SignedPromise) error {
	message := s.Promise.Message()
	signer := false
	for i, policy := range w.policies {
		if i < len(w.ends) && w.ends[i] < s.Promise.Size {
			continue
		}
		v, ok := policy.Validator(s.Promise.Receiver)
		if signer = signer || ok; ok && v.NodeKey.Verify(message, s.Signature) == nil {
			return nil
		}
	}
	if !signer {
		return fail(WordSigner, nil, "agency %d was no validator at %d leaves or later", s.Promise.Receiver, s.Promise.Size)
	}
	return fail(WordSignature, ident.ErrSignature, "the promise is not signed by the node of agency %d", s.Promise.Receiver)
}

// activityLeaf is what the state has of an account's activity: the zero leaf when it has none.
func activityLeaf(proof []byte, root ledger.Hash, author ledger.AccountID) (statemap.Leaf, error) {
	p, err := statemap.ParseProof(proof)
	if err != nil {
		return statemap.Leaf{}, fail(WordState, err, "")
	}
	leaf, _, err := p.Check(root, subject.Activity(author).Key())
	if err != nil {
		return statemap.Leaf{}, fail(WordState, err, "activity of account %d", author)
	}
	return leaf, nil
}

// since checks that the entries are the end of the activity's history, and that nothing of a leaf at or after the promise's size is missing before them:
// either they are all, or the first is of an earlier leaf, and leaves ascend.
func since(b *evidence.Breach, activity statemap.Leaf) error {
	size, root := activity.N, activity.History
	if size == 0 {
		root = merkle.EmptyRoot()
	}
	leaves := make([]ledger.Hash, len(b.Entries))
	for i := range b.Entries {
		leaves[i] = b.Entries[i].LeafHash()
	}
	if err := merkle.History.CheckSuffix(b.Before, leaves, size, root); err != nil {
		return fail(WordHistory, err, "")
	}
	if b.Before.Size > 0 && (len(b.Entries) == 0 || b.Entries[0].Leaf >= b.Promise.Promise.Size) {
		return fail(WordHistory, nil, "the entries do not reach back before the %d leaves of the promise", b.Promise.Promise.Size)
	}
	return nil
}
