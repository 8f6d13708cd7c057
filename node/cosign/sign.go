package cosign

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// sign signs what waits and may be signed, and tells whether that was anything. When it is nothing, the newest head may be signed again. Only Run calls it.
func (c *Cosigner) sign(again bool) bool {
	if !c.mayBegin() {
		return false
	}
	points := c.take(again)
	if len(points) == 0 {
		return false
	}
	largest := Mark{points[len(points)-1].Tree.Size, points[len(points)-1].Tree.Root}
	if largest != c.o.Slot.Mark() {
		if err := c.remembers(largest); err != nil {
			c.fault(err)
			return false
		}
	}
	for i := range points {
		c.release(&points[i])
	}
	return true
}

// remembers writes a head into the slot file before its signature is released.
func (c *Cosigner) remembers(m Mark) error {
	if c.o.Writing != nil {
		defer c.o.Writing()()
	}
	return c.o.Slot.write(m)
}

// toSign is a point with the signer for it.
type toSign struct {
	Point
	signer *ident.Cosigner
}

// take takes the points that may be signed now from the queue. Those of an epoch that has not begun stay.
func (c *Cosigner) take(again bool) (points []toSign) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped != nil {
		c.queue = nil
		return nil
	}
	n := 0
	for ; n < len(c.queue) && c.queue[n].Policy.Number <= c.epoch; n++ {
		points = c.signable(points, c.queue[n])
	}
	c.queue = slices.Clone(c.queue[n:])
	if again && len(points) == 0 && len(c.heads) > 0 {
		// The newest head may have waited for a key that has come since.
		if newest := c.heads[len(c.heads)-1]; newest.Policy.Number <= c.epoch && len(c.queue) == 0 {
			points = c.signable(points, newest.Point)
		}
		if i, ok := c.find(c.mark.Size); ok && len(points) == 0 {
			points = c.signable(points, c.heads[i].Point)
		}
	}
	if len(points) > 0 {
		last := &points[len(points)-1].Tree
		c.mark = Mark{last.Size, last.Root}
	}
	return points
}

// signable adds a point unless the rules or the lack of a key forbid to sign it.
func (c *Cosigner) signable(points []toSign, p Point) []toSign {
	if p.Tree.Size < max(c.mark.Size, c.floor) || p.Tree.Size == c.mark.Size && p.Tree.Root != c.mark.Root {
		return points
	}
	signer, err := c.signer(p.Policy)
	if err != nil && c.keyless != p.Policy {
		c.keyless = p.Policy
		c.o.Log.Error("heads are not cosigned", "from", p.Tree.Size, "height", p.Height, "epoch", p.Policy.Number, "error", err)
	}
	if signer == nil {
		return points
	}
	return append(points, toSign{p, signer})
}

// signer is this validator's signer in a policy; nil when it has none there. A key is looked at once: that takes as long as a signature.
func (c *Cosigner) signer(p *ledger.Policy) (*ident.Cosigner, error) {
	v, ok := p.Validator(c.o.Agency)
	if !ok {
		return nil, nil
	}
	key, ok := c.o.Key(v.CosignerKey)
	if !ok {
		return nil, fmt.Errorf("the private key of cosigner key %v is not here", v.CosignerKey)
	}
	if c.own == nil || c.ownKey != key || c.own.VKey().Name != v.CosignerName {
		made, err := ident.NewCosigner(v.CosignerName, key)
		if err != nil {
			return nil, err
		}
		c.own, c.ownKey = made, key
	}
	return c.own, nil
}

// release signs and gives out a head that the slot file remembers.
func (c *Cosigner) release(p *toSign) {
	made, err := p.signer.Cosign(p.Tree.Text(), uint64(c.o.Now().Unix()))
	if err != nil {
		c.fault(fmt.Errorf("cosigning: %w", err))
		return
	}
	c.mu.Lock()
	h := c.add(p.Point)
	c.vote(h, c.o.Agency, made)
	own := h.told(c.o.Agency)
	pass := c.settle(h)
	c.mu.Unlock()
	c.o.Send(own)
	pass()
}

// mayBegin tells whether enough is known of what this validator has signed before, and all of it is in the own log.
func (c *Cosigner) mayBegin() bool {
	c.mu.Lock()
	if c.ready || c.stopped != nil || len(c.heads) == 0 {
		defer c.mu.Unlock()
		return c.ready && c.stopped == nil
	}
	policy := c.heads[len(c.heads)-1].Policy
	answers := 0
	for _, v := range policy.Validators {
		if _, ok := c.learned[v.Agency]; ok && v.Agency != c.o.Agency {
			answers++
		}
	}
	claims := slices.Clone(c.claims)
	c.mu.Unlock()
	for _, claim := range claims {
		if !c.contained(policy, claim) {
			return false
		}
	}
	if answers < answersWanted(policy) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.claims) != len(claims) {
		c.rouse() // one more has come meanwhile
		return false
	}
	for _, claim := range claims {
		if claim.Size >= c.mark.Size {
			c.mark = claim.Mark
		}
	}
	c.claims, c.ready = nil, true
	return true
}

// answersWanted is n − q + 1, or all others if there are fewer.
func answersWanted(p *ledger.Policy) int {
	n := len(p.Validators)
	return min(n-int(p.Quorum)+1, n-1)
}

// contained tells whether the own log contains a head that this validator signed. When it contradicts it, nothing is signed any more.
func (c *Cosigner) contained(policy *ledger.Policy, claim claim) bool {
	own, ok, err := c.o.RootAt(claim.Size)
	if err != nil {
		c.fault(err)
		return false
	}
	if !ok || own == claim.Root {
		return ok
	}
	tree := checkpoint.Tree{Origin: policy.Origin, Size: claim.Size, Root: claim.Root}
	conflict := Conflict{Kind: Diverged, Agency: c.o.Agency, Policy: policy, Other: &checkpoint.Signed{Tree: tree}}
	if claim.line != nil {
		conflict.Other.Lines = []checkpoint.Line{*claim.line}
	}
	tree.Root = own
	conflict.One = &checkpoint.Signed{Tree: tree}
	c.diverge(conflict)
	return false
}

// Learned takes another validator's answer to the question which head of this validator's is the newest it holds; nil: none.
func (c *Cosigner) Learned(from ledger.AccountID, newest *Cosignature) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if newest != nil && newest.Size > 0 && (!c.ready || newest.Size > c.mark.Size) {
		policy := c.policy(newest.Epoch)
		if policy == nil {
			return // an epoch that this node has not come to yet; it will be told again
		}
		line, ok := verified(policy, c.o.Agency, newest)
		if !ok {
			c.validator(from).bad++
			return
		}
		if !slices.ContainsFunc(c.claims, func(known claim) bool { return known.Mark == newest.Mark }) && len(c.claims) < maxEarly {
			c.claims = append(c.claims, claim{newest.Mark, line})
			c.ready = false
		}
	}
	if _, again := c.learned[from]; !again {
		c.learned[from] = struct{}{}
		c.rouse()
	}
}

// verified is the line of a validator's cosignature, if it is one.
func verified(p *ledger.Policy, agency ledger.AccountID, s *Cosignature) (*checkpoint.Line, bool) {
	v, ok := p.Validator(agency)
	if !ok {
		return nil, false
	}
	line := checkpoint.CosignatureLine(vkey(&v), s.Cosignature)
	tree := checkpoint.Tree{Origin: p.Origin, Size: s.Size, Root: s.Root}
	return &line, vkey(&v).Verifier().Verify(tree.Text(), line.Signature)
}

// fault stops signing after an error of the disk.
func (c *Cosigner) fault(err error) {
	c.mu.Lock()
	if c.stopped == nil {
		c.stopped = err
	}
	c.mu.Unlock()
	c.o.Fault(err)
}
