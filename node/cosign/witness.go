package cosign

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// witnessKey is the key with which an outside witness signs.
func witnessKey(w *ledger.PolicyWitness) ident.VKey {
	return ident.VKey{Name: w.Name, Type: ident.NoteCosigner, Key: w.Key}
}

// Witnessed adds outside witnesses' lines to a head, got by this node, which publishes the log, and sends them to the others. Lines by keys that the head's
// policy does not pin are left out. It reports whether one was added: not to a head that is none of late.
func (c *Cosigner) Witnessed(size uint64, lines []checkpoint.Line) bool {
	c.mu.Lock()
	i, ok := c.find(size)
	if !ok {
		c.mu.Unlock()
		return false
	}
	h := c.heads[i]
	good := verifiedWitnesses(h.Policy, h.Tree, h.unknown(witnessesIn(h.Policy, lines)))
	if len(good) == 0 {
		c.mu.Unlock()
		return false
	}
	h.attest(good)
	s := h.told(c.o.Agency)
	pass := c.settle(h)
	c.mu.Unlock()
	c.o.Send(s)
	pass()
	return true
}

// told is a validator's cosignature as it is sent, with what was added to the head.
func (h *head) told(agency ledger.AccountID) Cosignature {
	return Cosignature{Mark: Mark{h.Tree.Size, h.Tree.Root}, Epoch: h.Policy.Number, Cosignature: h.votes[agency], Log: h.log, Witnesses: h.attested()}
}

// attested is what witnesses have signed of the head, in the policy's order.
func (h *head) attested() (all []Witness) {
	for i := range h.Policy.Witnesses {
		name := h.Policy.Witnesses[i].Name
		if made, ok := h.witnesses[name]; ok {
			all = append(all, Witness{name, made})
		}
	}
	return all
}

// unknown are those of pinned witnesses, the first of each, that are newer than what is held. So no more are verified than the policy has witnesses.
func (h *head) unknown(all []Witness) (some []Witness) {
	for i := range h.Policy.Witnesses {
		name := h.Policy.Witnesses[i].Name
		for _, w := range all {
			if w.Name == name {
				if w.Cosignature.Time > h.witnesses[name].Time {
					some = append(some, w)
				}
				break
			}
		}
	}
	return some
}

// attest takes verified cosignatures of witnesses.
func (h *head) attest(all []Witness) {
	for _, w := range all {
		if w.Cosignature.Time > h.witnesses[w.Name].Time {
			h.witnesses[w.Name] = w.Cosignature
		}
	}
}

// published takes over what the log and witnesses have signed of a head, all of which was verified.
func (h *head) published(s *checkpoint.Signed) {
	key := logKey(h.Policy)
	if line, ok := s.Line(key.Name, key.ID()); ok && h.log == nil {
		signature := ident.NodeSignature(line.Signature)
		h.log = &signature
	}
	h.attest(witnessesIn(h.Policy, s.Lines))
}

// witnessesIn finds the lines of pinned witnesses, in the policy's order, and verifies nothing.
func witnessesIn(p *ledger.Policy, lines []checkpoint.Line) (all []Witness) {
	s := checkpoint.Signed{Lines: lines}
	for i := range p.Witnesses {
		w := &p.Witnesses[i]
		line, ok := s.Line(w.Name, witnessKey(w).ID())
		if !ok {
			continue
		}
		if made, err := ident.ParseCosignature(line.Signature); err == nil {
			all = append(all, Witness{w.Name, made})
		}
	}
	return all
}

// verifiedWitnesses are those that verify.
func verifiedWitnesses(p *ledger.Policy, tree checkpoint.Tree, all []Witness) (good []Witness) {
	for i := range p.Witnesses {
		key := witnessKey(&p.Witnesses[i])
		for _, w := range all {
			if w.Name == key.Name && key.Verifier().Verify(tree.Text(), w.Cosignature.Append(nil)) {
				good = append(good, w)
			}
		}
	}
	return good
}
