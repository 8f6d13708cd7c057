package cosign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// find finds the point of a size.
func (c *Cosigner) find(size uint64) (i int, ok bool) {
	return slices.BinarySearchFunc(c.heads, size, func(h *head, size uint64) int { return cmp.Compare(h.Tree.Size, size) })
}

// add begins to take cosignatures of a point, and forgets the oldest.
func (c *Cosigner) add(p Point) *head {
	i, ok := c.find(p.Tree.Size)
	if ok {
		return c.heads[i]
	}
	h := &head{
		Point: p, fed: time.Now(), votes: make(map[ledger.AccountID]ident.Cosignature, len(p.Policy.Validators)), witnesses: make(map[string]ident.Cosignature),
	}
	c.heads = slices.Insert(c.heads, i, h)
	if len(c.heads) > maxHeads {
		for i, old := range c.heads {
			if old.certified || !old.Ends { // the end of an epoch is waited for as long as it takes
				c.heads = slices.Delete(c.heads, i, i+1)
				break
			}
		}
	}
	return h
}

// vkey is the key with which a validator signs in a policy epoch.
func vkey(v *ledger.PolicyValidator) ident.VKey {
	return ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}
}

// logKey is the key of the log in a policy epoch.
func logKey(p *ledger.Policy) ident.VKey {
	return ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}
}

// signatures is the head with all lines that are known: validators and witnesses in the policy's order, the log's last.
func (h *head) signatures() *checkpoint.Signed {
	s := &checkpoint.Signed{Tree: h.Tree}
	for i := range h.Policy.Validators {
		v := &h.Policy.Validators[i]
		if vote, ok := h.votes[v.Agency]; ok {
			s.Lines = append(s.Lines, checkpoint.CosignatureLine(vkey(v), vote))
		}
	}
	for i := range h.Policy.Witnesses {
		w := &h.Policy.Witnesses[i]
		if made, ok := h.witnesses[w.Name]; ok {
			s.Lines = append(s.Lines, checkpoint.CosignatureLine(witnessKey(w), made))
		}
	}
	if h.log != nil {
		key := logKey(h.Policy)
		s.Lines = append(s.Lines, checkpoint.Line{Name: key.Name, ID: key.ID(), Signature: h.log[:]})
	}
	return s
}

// certify makes the certified head when a quorum has signed. Every line was verified when it came; checkpoint.Signed.Certify says the same and would verify them
// again.
func (h *head) certify() (*Head, bool) {
	q := int(h.Policy.Quorum)
	if len(h.votes) < q {
		return nil, false
	}
	made := &checkpoint.Certified{Tree: h.Tree, Log: h.log != nil}
	times := make([]uint64, 0, len(h.votes))
	for i := range h.Policy.Validators {
		v := &h.Policy.Validators[i]
		if vote, ok := h.votes[v.Agency]; ok {
			made.Validators = append(made.Validators, checkpoint.Cosigned{Agency: v.Agency, Name: v.CosignerName, Time: vote.Time})
			times = append(times, vote.Time)
		}
	}
	for _, w := range h.attested() {
		made.Witnesses = append(made.Witnesses, checkpoint.Cosigned{Name: w.Name, Time: w.Cosignature.Time})
	}
	slices.Sort(times)
	made.Time = times[len(times)-q]
	return &Head{Point: h.Point, Signed: h.signatures(), Certified: made}, true
}

// settle looks whether a head that has a new signature is certified, and passes it on. The caller holds mu, and calls the function it returns without.
func (c *Cosigner) settle(h *head) (pass func()) {
	made, ok := h.certify()
	if !ok || c.stopped != nil {
		return func() {}
	}
	if !h.certified {
		h.certified, c.delay = true, time.Since(h.fed)
		if c.o.Certified != nil {
			c.o.Certified(c.delay)
		}
	}
	if c.newest == nil || h.Tree.Size >= c.newest.Tree.Size {
		c.newest = made
		close(c.changed)
		c.changed = make(chan struct{})
	}
	return func() { c.pass(made) }
}

func (c *Cosigner) pass(made *Head) {
	if err := c.o.Keep(*made); err != nil {
		c.fault(err)
		return
	}
	if !made.Ends {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := made.Policy.Number + 1; next > c.epoch {
		c.epoch = next
		c.rouse()
	}
}

// Certified is the newest certified head; nil: none yet. It is not to be modified.
func (c *Cosigner) Certified() *Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}

// Changed is closed when there is a newer certified head, or one more signature of it.
func (c *Cosigner) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// Wait waits for a certified head of at least a size. The error is ctx's.
func (c *Cosigner) Wait(ctx context.Context, size uint64) (*Head, error) {
	for {
		c.mu.Lock()
		newest, changed := c.newest, c.changed
		c.mu.Unlock()
		if newest != nil && newest.Tree.Size >= size {
			return newest, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Signed is a point of late with the signatures known of it, certified or not.
func (c *Cosigner) Signed(size uint64) (*checkpoint.Signed, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.find(size)
	if !ok {
		return nil, false
	}
	return c.heads[i].signatures(), true
}

// Adopt takes a head that was certified elsewhere or before: what the node stored, or a handover. Errors: ErrAhead, ErrDiverged when the own log contradicts it, and
// those of checkpoint.Signed.Certify.
func (c *Cosigner) Adopt(p Point, s *checkpoint.Signed) error {
	if s.Tree != p.Tree {
		return fmt.Errorf("head of %d leaves with root %v is not the point of %d with root %v", s.Tree.Size, s.Tree.Root, p.Tree.Size, p.Tree.Root)
	}
	if _, err := s.Certify(p.Policy); err != nil {
		return err
	}
	own, ok, err := c.o.RootAt(p.Tree.Size)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: %d leaves", ErrAhead, p.Tree.Size)
	case own != p.Tree.Root:
		c.diverge(Conflict{Kind: Diverged, Policy: p.Policy, Height: p.Height, One: &checkpoint.Signed{Tree: checkpoint.Tree{Origin: p.Tree.Origin, Size: p.Tree.Size, Root: own}}, Other: s})
		return ErrDiverged
	}
	c.mu.Lock()
	c.remember(p.Policy)
	h := c.add(p)
	for i := range p.Policy.Validators {
		v := &p.Policy.Validators[i]
		if line, ok := s.Line(v.CosignerName, vkey(v).ID()); ok {
			if vote, err := ident.ParseCosignature(line.Signature); err == nil && vote.Time > h.votes[v.Agency].Time {
				c.vote(h, v.Agency, vote)
			}
		}
	}
	h.published(s)
	pass := c.settle(h)
	c.mu.Unlock()
	pass()
	return nil
}

// Epoch is the newest policy epoch whose points may be signed.
func (c *Cosigner) Epoch() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

// EpochEnd takes the head that ended an epoch from another validator, when this one waits for it. Others are of no interest, nor an error.
func (c *Cosigner) EpochEnd(s *checkpoint.Signed) error {
	c.mu.Lock()
	i, ok := c.find(s.Tree.Size)
	if !ok || c.heads[i].certified || !c.heads[i].Ends || c.heads[i].Tree != s.Tree {
		c.mu.Unlock()
		return nil
	}
	p := c.heads[i].Point
	c.mu.Unlock()
	return c.Adopt(p, s)
}

// vote takes a verified cosignature.
func (c *Cosigner) vote(h *head, agency ledger.AccountID, vote ident.Cosignature) {
	h.votes[agency] = vote
	v := c.validator(agency)
	v.taken++
	if v.newest == nil || h.Tree.Size >= v.newest.Size {
		v.newest = &Cosignature{Mark: Mark{h.Tree.Size, h.Tree.Root}, Epoch: h.Policy.Number, Cosignature: vote}
	}
}

func (c *Cosigner) validator(agency ledger.AccountID) *validator {
	v := c.validators[agency]
	if v == nil {
		v = new(validator)
		c.validators[agency] = v
	}
	return v
}
