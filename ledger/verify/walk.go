package verify

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// Advance goes to the epoch that a handover begins: checks h) to j) of the package. Whatever fails, the error's word is handover, and the words of the
// checks stand in what it wraps; see [Failed].
func (t Trust) Advance(h *checkpoint.Handover) (Trust, error) {
	next, err := t.advance(h)
	if err != nil {
		return Trust{}, fail(WordHandover, err, "from epoch %d to %d", t.Policy.Number, h.Policy.Number)
	}
	return next, nil
}

func (t Trust) advance(h *checkpoint.Handover) (Trust, error) {
	believed, begun := t.Policy.Hash(), h.Policy.Hash()
	switch {
	case t.Policy.Number+1 == 0 || h.Policy.Number != t.Policy.Number+1:
		return Trust{}, fail(WordPolicy, nil, "epoch %d does not follow %d", h.Policy.Number, t.Policy.Number)
	case h.Policy.Chain != t.Policy.Chain || h.Policy.Origin != t.Policy.Origin:
		return Trust{}, fail(WordChain, nil, "the document is of %s, chain %v", h.Policy.Origin, h.Policy.Chain)
	case h.Policy.Previous != believed:
		return Trust{}, fail(WordPolicy, nil, "the document follows %v, not %v", h.Policy.Previous, believed)
	}
	if err := checkpoint.CheckPolicy(h.Policy); err != nil {
		return Trust{}, fail(WordPolicy, err, "")
	}
	seal, err := Seal(h.Checkpoint.Tree, h.Seal, h.Path)
	switch {
	case err != nil:
		return Trust{}, err
	case seal.Chain != t.Policy.Chain:
		return Trust{}, fail(WordChain, nil, "the seal is of chain %v", seal.Chain)
	case seal.Policy != believed:
		return Trust{}, fail(WordPolicy, nil, "the seal is of epoch %v, not %v", seal.Policy, believed)
	case seal.NextPolicy != begun:
		return Trust{}, fail(WordPolicy, nil, "the seal begins epoch %v, not that of the document, %v", seal.NextPolicy, begun)
	}
	c, err := t.Certify(h.Checkpoint)
	if err != nil {
		return Trust{}, err
	}
	next := t.knows(c.Time)
	next.Policy = h.Policy
	return next, nil
}

// Walk goes through handovers in the order of their epochs, without a gap from the epoch believed on. Those that lead to it, or to earlier ones, are
// passed over unread.
func (t Trust) Walk(handovers []*checkpoint.Handover) (Trust, error) {
	for _, h := range handovers {
		if h.Policy.Number <= t.Policy.Number {
			continue
		}
		next, err := t.Advance(h)
		if err != nil {
			return Trust{}, err
		}
		t = next
	}
	return t, nil
}

// Head is a certified head and the seal that speaks for it.
type Head struct {
	*checkpoint.Certified
	Seal    *ledger.Seal
	Trust   Trust // the head's own epoch, now known to be current at the head's time
	Skipped bool  // the epochs between were skipped
}

// Head takes a head for the ledger's: checks k) to m) of the package. seal is the head's last leaf, path that leaf's. Handovers need be given only when the
// head's epoch may be a later one than that believed: either all between, in order, or the one to the head's epoch, for skipping. Every failure is an
// *Error.
func (t Trust) Head(s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) (*Head, error) {
	spoken, err := Seal(s.Tree, seal, path)
	if err != nil {
		return nil, err
	}
	if spoken.Chain != t.Policy.Chain {
		return nil, fail(WordChain, nil, "the seal is of chain %v", spoken.Chain)
	}
	h := &Head{Seal: spoken, Trust: t}
	if spoken.Policy != t.Policy.Hash() {
		if h.Trust, h.Skipped, err = t.reach(s, spoken.Policy, handovers); err != nil {
			return nil, err
		}
	}
	if h.Certified, err = h.Trust.Certify(s); err != nil {
		return nil, err
	}
	h.Trust = h.Trust.knows(h.Time)
	return h, nil
}

// reach finds the epoch of a head that is not of the epoch believed.
//
// Skipping is sound for the reason that walking is: a quorum of the epoch believed vouches for the tree, whose last leaf names the head's epoch by the
// hash of its document. That the head is certified under that epoch, too, is checked afterwards in either case.
func (t Trust) reach(s *checkpoint.Signed, epoch ledger.Hash, handovers []*checkpoint.Handover) (next Trust, skipped bool, err error) {
	last := -1
	for i, h := range handovers {
		if h.Policy.Number > t.Policy.Number && h.Policy.Hash() == epoch {
			last = i
		}
	}
	if last < 0 {
		return t, false, fail(WordPolicy, nil, "the head is of epoch %v, which is neither the one believed (%d, %v) nor one that the handovers lead to",
			epoch, t.Policy.Number, t.Policy.Hash())
	}
	document := handovers[last].Policy
	if document.Chain == t.Policy.Chain && document.Origin == t.Policy.Origin {
		if c, err := t.Certify(s); err == nil {
			if err := checkpoint.CheckPolicy(document); err != nil {
				return t, false, fail(WordPolicy, err, "")
			}
			next = t.knows(c.Time)
			next.Policy = document
			return next, true, nil
		}
	}
	next, err = t.Walk(handovers[:last+1])
	return next, false, err
}
