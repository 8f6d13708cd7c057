package verify

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
)

// Finding is what a piece of evidence shows.
type Finding struct {
	Kind       evidence.Kind
	Agency     ledger.AccountID // the one it is against
	Epoch      uint32           // of the key that signed
	Vietnamese string
	English    string
}

// CheckEvidence judges evidence, walking its handovers from t on; t is usually the trust of a genesis file. Every failure is an *Error. The word is
// evidence when all signatures hold and yet nothing is shown: the same draft twice, two heads of which one continues the other, a promise kept.
//
// Beyond the trust period of the epoch spoken of, evidence shows nothing, witness or not: a retired key that was found could frame its owner. Whoever
// keeps a file keeps the day on which it was checked beside it, and passes that day as Now.
func CheckEvidence(t Trust, e *evidence.Evidence) (*Finding, error) {
	w := walked{policies: []*ledger.Policy{t.Policy}, ends: []uint64{}}
	for _, h := range e.Handovers {
		if h.Policy.Number <= t.Policy.Number {
			continue
		}
		next, err := t.Advance(h)
		if err != nil {
			return nil, err
		}
		t = next
		w.policies = append(w.policies, t.Policy)
		w.ends = append(w.ends, h.Checkpoint.Tree.Size)
	}
	w.Trust = t
	if t.Expired() {
		return nil, fail(WordTrust, nil, "epoch %d was to be trusted until %d: whoever has found its keys since can sign what he likes", t.Policy.Number, t.Until())
	}
	switch e.Kind() {
	case evidence.KindProposer:
		return w.proposer(e.Proposer)
	case evidence.KindValidator:
		return w.validator(e.Validator)
	case evidence.KindDiverged:
		return w.diverged(e.Diverged)
	case evidence.KindBreach:
		return w.breach(e.Breach)
	}
	return nil, fail(WordFormat, nil, "evidence of no kind")
}

// walked is the trust that the handovers lead to, and the epochs on the way.
type walked struct {
	Trust
	policies []*ledger.Policy
	ends     []uint64 // size of the last head of each epoch but the last
}

func (w walked) finding(k evidence.Kind, a ledger.AccountID, vietnamese, english string) *Finding {
	return &Finding{Kind: k, Agency: a, Epoch: w.Policy.Number, Vietnamese: vietnamese, English: english}
}

// proposer: two drafts of one place, both signed by the proposer's node key.
func (w walked) proposer(p *evidence.Proposer) (*Finding, error) {
	a, b := &p.Drafts[0].Header, &p.Drafts[1].Header
	if a.Chain != w.Policy.Chain || b.Chain != w.Policy.Chain {
		return nil, fail(WordChain, nil, "a draft is of chain %v, another of %v", a.Chain, b.Chain)
	}
	if a.Proposer != b.Proposer {
		return nil, fail(WordEvidence, nil, "the drafts are of two proposers, %d and %d", a.Proposer, b.Proposer)
	}
	v, ok := w.Policy.Validator(a.Proposer)
	if !ok {
		return nil, fail(WordSigner, nil, "agency %d is no validator of epoch %d", a.Proposer, w.Policy.Number)
	}
	for i := range p.Drafts {
		if err := v.NodeKey.Verify(p.Drafts[i].Header.Message(), p.Drafts[i].Signature); err != nil {
			return nil, fail(WordSignature, err, "draft %d is not signed by the node of agency %d", i+1, v.Agency)
		}
	}
	if a.Term != b.Term || a.Sequence != b.Sequence {
		return nil, fail(WordEvidence, nil, "the drafts are of two places: term %d, sequence %d, and term %d, sequence %d", a.Term, a.Sequence, b.Term, b.Sequence)
	}
	first, second := a.Hash(), b.Hash()
	if first == second {
		return nil, fail(WordEvidence, nil, "the two drafts are one")
	}
	if bytes.Compare(first[:], second[:]) > 0 {
		return nil, fail(WordFormat, nil, "the drafts are not in the order of their hashes")
	}
	return w.finding(evidence.KindProposer, v.Agency,
		fmt.Sprintf("Cơ quan %d, khi là bên đề xuất, đã ký hai bản thảo khác nhau cho cùng một chỗ: nhiệm kỳ %d, thứ tự %d.", v.Agency, a.Term, a.Sequence),
		fmt.Sprintf("Agency %d, as a proposer, signed two different drafts for one place: term %d, sequence %d.", v.Agency, a.Term, a.Sequence)), nil
}

// validator: two heads that one key cosigned, and that contradict each other.
func (w walked) validator(h *evidence.Heads) (*Finding, error) {
	for i, s := range h.Heads {
		if _, err := w.cosigned(s, h.Agency); err != nil {
			return nil, fail(WordSigner, err, "head %d", i+1)
		}
	}
	a, b := h.Heads[0].Tree, h.Heads[1].Tree
	if a.Size > b.Size || a.Size == b.Size && bytes.Compare(a.Root[:], b.Root[:]) > 0 {
		return nil, fail(WordFormat, nil, "the heads are not in the order of size and root")
	}
	if err := contradict(a, b, h); err != nil {
		return nil, err
	}
	return w.finding(evidence.KindValidator, h.Agency,
		fmt.Sprintf("Cơ quan %d, là bên xác nhận, đã đồng ký hai đầu sổ mâu thuẫn nhau (%d lá và %d lá).", h.Agency, a.Size, b.Size),
		fmt.Sprintf("Agency %d, a validator, cosigned two inconsistent heads (of %d and of %d leaves).", h.Agency, a.Size, b.Size)), nil
}

// diverged: a head that an agency cosigned, and one that a quorum without it certified, that contradict each other.
func (w walked) diverged(h *evidence.Heads) (*Finding, error) {
	if _, err := w.cosigned(h.Heads[0], h.Agency); err != nil {
		return nil, fail(WordSigner, err, "head 1")
	}
	c, err := w.Certify(h.Heads[1])
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.Validators, func(s checkpoint.Cosigned) bool { return s.Agency == h.Agency }) {
		return nil, fail(WordSigner, nil, "agency %d cosigned the certified head as well; that would be evidence of the kind %v", h.Agency, evidence.KindValidator)
	}
	a, b := h.Heads[0].Tree, h.Heads[1].Tree
	older, newer := a, b
	if a.Size > b.Size {
		older, newer = b, a
	}
	if err := contradict(older, newer, h); err != nil {
		return nil, err
	}
	return w.finding(evidence.KindDiverged, h.Agency,
		fmt.Sprintf("Nút của cơ quan %d đã lệch: đầu sổ nó ký (%d lá) mâu thuẫn với đầu sổ đã chứng thực (%d lá). Nút này bị hỏng hoặc nói dối.", h.Agency, a.Size, b.Size),
		fmt.Sprintf("The node of agency %d has diverged: the head it cosigned (of %d leaves) contradicts a certified one (of %d leaves). It is damaged or lying.",
			h.Agency, a.Size, b.Size)), nil
}

// cosigned verifies a head and finds an agency's cosignature on it.
func (w walked) cosigned(s *checkpoint.Signed, a ledger.AccountID) (at uint64, err error) {
	c, err := s.Verify(w.Policy)
	if err != nil {
		return 0, err
	}
	for _, v := range c.Validators {
		if v.Agency == a {
			return v.Time, nil
		}
	}
	return 0, fmt.Errorf("not cosigned by agency %d with its key of epoch %d", a, w.Policy.Number)
}

// contradict checks that the newer tree has, at the older head's size, another root than the older head says.
func contradict(older, newer checkpoint.Tree, h *evidence.Heads) error {
	prefix := checkpoint.Tree{Origin: newer.Origin, Size: older.Size, Root: h.Root}
	if err := Consistent(prefix, newer, h.Path); err != nil {
		return err
	}
	if h.Root == older.Root {
		return fail(WordEvidence, nil, "the head of %d leaves is the beginning of that of %d", older.Size, newer.Size)
	}
	return nil
}
