package cosign

import (
	"cmp"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Receive takes a cosignature that a validator sent as its own. Who sent it must be known: from the key of the connection. It may be sent again at will.
func (c *Cosigner) Receive(from ledger.AccountID, s Cosignature) {
	c.mu.Lock()
	v, known := c.validators[from], c.member(from)
	switch {
	case from == c.o.Agency || !known && v == nil:
		c.mu.Unlock()
		return
	case s.Size > c.applied:
		c.validator(from).expect(s)
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	c.compare(from, s)
}

func (c *Cosigner) member(agency ledger.AccountID) bool {
	for _, p := range c.policies {
		if _, ok := p.Validator(agency); ok {
			return true
		}
	}
	return false
}

// expect keeps a cosignature of a size that is not applied yet. The smallest goes when there are too many: its sender loses nothing but its own voice.
func (v *validator) expect(s Cosignature) {
	i, ok := slices.BinarySearchFunc(v.early, s, func(a, b Cosignature) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), slices.Compare(a.Root[:], b.Root[:]))
	})
	if ok {
		if s.Cosignature.Time >= v.early[i].Cosignature.Time {
			v.early[i] = s
		}
		return
	}
	if v.early = slices.Insert(v.early, i, s); len(v.early) > maxEarly {
		v.early = slices.Delete(v.early, 0, 1)
	}
}

// takeLate compares what came before its point.
func (c *Cosigner) takeLate() {
	c.mu.Lock()
	late := c.late
	c.late = nil
	c.mu.Unlock()
	for _, r := range late {
		c.compare(r.from, r.Cosignature)
	}
}

// compare compares a cosignature with the own log, which contains its size.
func (c *Cosigner) compare(from ledger.AccountID, s Cosignature) {
	c.mu.Lock()
	i, ok := c.find(s.Size)
	if ok && c.heads[i].Tree.Root == s.Root {
		c.agree(c.heads[i], from, s) // unlocks
		return
	}
	policy := c.policy(s.Epoch)
	var own ledger.Hash
	if ok {
		own, policy = c.heads[i].Tree.Root, c.heads[i].Policy
	}
	c.mu.Unlock()
	if !ok {
		var err error
		if own, _, err = c.o.RootAt(s.Size); err != nil {
			c.fault(err)
			return
		}
		if own == s.Root {
			return // of a point that was long ago, or is none here: it agrees, and is of no use
		}
	}
	if policy == nil {
		return
	}
	if _, ok := verified(policy, from, &s); !ok {
		c.refuse(from)
		return
	}
	c.contradict(from, s, policy, own)
}

func (c *Cosigner) refuse(from ledger.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.validator(from).bad++
}

// agree takes a cosignature of the own root. The caller holds mu, which is released.
func (c *Cosigner) agree(h *head, from ledger.AccountID, s Cosignature) {
	old, have := h.votes[from]
	newer := s.Cosignature.Time > 0 && (!have || s.Cosignature.Time > old.Time)
	newLog := s.Log != nil && h.log == nil && from == h.Policy.Publisher
	var attested []Witness
	if from == h.Policy.Publisher {
		attested = h.unknown(s.Witnesses)
	}
	c.mu.Unlock()
	if !newer && !newLog && len(attested) == 0 {
		return
	}
	if newer && s.Epoch != h.Policy.Number {
		c.refuse(from)
		return
	}
	if newer {
		if _, ok := verified(h.Policy, from, &s); !ok {
			c.refuse(from)
			return
		}
	}
	if newLog && !logSigned(h.Policy, h.Tree, s.Log) {
		c.refuse(from)
		newLog = false
	}
	good := verifiedWitnesses(h.Policy, h.Tree, attested)
	if len(good) < len(attested) {
		c.refuse(from)
	}
	c.mu.Lock()
	if newLog {
		h.log = s.Log
	}
	h.attest(good)
	if old, have := h.votes[from]; newer && (!have || s.Cosignature.Time > old.Time) {
		c.vote(h, from, s.Cosignature)
	}
	var twice []Conflict
	if newer && !have {
		twice = c.alsoSigned(h, from)
	}
	pass := c.settle(h)
	c.mu.Unlock()
	pass()
	for _, conflict := range twice {
		c.report(conflict)
	}
}

func logSigned(p *ledger.Policy, tree checkpoint.Tree, s *ident.NodeSignature) bool {
	return logKey(p).Verifier().Verify(tree.Text(), s[:])
}

// Publish adds the log key's signature of a certified head, made by this node, and sends it to the others. It reports whether it fits a head of late.
func (c *Cosigner) Publish(size uint64, signature ident.NodeSignature) bool {
	c.mu.Lock()
	i, ok := c.find(size)
	if !ok || !logSigned(c.heads[i].Policy, c.heads[i].Tree, &signature) {
		c.mu.Unlock()
		return false
	}
	h := c.heads[i]
	h.log = &signature
	s := h.told(c.o.Agency)
	pass := c.settle(h)
	c.mu.Unlock()
	c.o.Send(s)
	pass()
	return true
}

// Own is this validator's newest cosignature, for whoever asks; nil: none.
func (c *Cosigner) Own() *Cosignature {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.validators[c.o.Agency]
	if v == nil || v.newest == nil {
		return nil
	}
	s := *v.newest
	if i, ok := c.find(s.Size); ok {
		s.Log, s.Witnesses = c.heads[i].log, c.heads[i].attested()
	}
	return &s
}

// Of is the newest cosignature of another validator that is held here, for that validator to learn from; nil: none. It may not have been verified.
func (c *Cosigner) Of(agency ledger.AccountID) *Cosignature {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.validators[agency]
	if v == nil {
		return nil
	}
	newest := v.newest
	for _, more := range [][]Cosignature{v.early, v.conflicts} {
		for i := range more {
			if newest == nil || more[i].Size > newest.Size {
				newest = &more[i]
			}
		}
	}
	if newest == nil {
		return nil
	}
	s := *newest
	return &s
}
