package cosign

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// Kind is what contradicts what.
type Kind uint8

// Kinds of conflicts.
const (
	// Differs: a validator signed another root than this node's at a size. Together with a certified head of the size it shows that the signer has diverged.
	Differs Kind = iota + 1
	// Twice: a validator signed two roots at one size. Nothing but a lie or a copied key makes that.
	Twice
	// Diverged: the own log contradicts a head that this validator signed, or that a quorum signed.
	Diverged
)

func (k Kind) String() string {
	return [...]string{"none", "differs", "twice", "diverged"}[min(k, Diverged)]
}

// Conflict is two heads of one size, with the lines that are known of each, all of which verify under the policy.
type Conflict struct {
	Kind   Kind
	Agency ledger.AccountID // who signed Other, and at Twice One; the own agency for what it signed itself; 0: a quorum
	Policy *ledger.Policy
	Height uint64             // of the own head; 0: not known to be one
	One    *checkpoint.Signed // this node's own, except that at Twice it may be a third one
	Other  *checkpoint.Signed
}

// contradict takes a verified cosignature of another root than the own.
func (c *Cosigner) contradict(from ledger.AccountID, s Cosignature, policy *ledger.Policy, own ledger.Hash) {
	c.mu.Lock()
	v := c.validator(from)
	if slices.ContainsFunc(v.conflicts, func(o Cosignature) bool { return o.Mark == s.Mark }) {
		c.mu.Unlock()
		return
	}
	c.conflicts++
	third := slices.IndexFunc(v.conflicts, func(o Cosignature) bool { return o.Size == s.Size })
	if v.conflicts = append(v.conflicts, s); len(v.conflicts) > maxConflicts {
		v.conflicts = slices.Delete(v.conflicts, 0, 1)
		third--
	}
	one := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: policy.Origin, Size: s.Size, Root: own}}
	conflict := Conflict{Kind: Differs, Agency: from, Policy: policy, One: one, Other: c.contradicting(policy, s.Mark)}
	if i, ok := c.find(s.Size); ok {
		h := c.heads[i]
		conflict.Height, conflict.One = h.Height, h.signatures()
		if _, both := h.votes[from]; both {
			conflict.Kind = Twice
		}
	}
	if conflict.Kind == Differs && third >= 0 {
		conflict.Kind, conflict.One = Twice, c.contradicting(policy, v.conflicts[third].Mark)
	}
	// Keys of an epoch that is over may be anybody's: they stop nobody, except at a point of their own epoch.
	quorum := len(conflict.Other.Lines) >= int(policy.Quorum) && (conflict.Height > 0 || policy == c.policies[len(c.policies)-1])
	v.reported++
	tell := v.reported <= maxConflicts
	c.mu.Unlock()
	if tell {
		c.report(conflict)
	}
	if quorum {
		conflict.Kind, conflict.Agency = Diverged, 0
		c.diverge(conflict)
	}
}

// contradicting is a head that is not the own, with the lines of all who signed it.
func (c *Cosigner) contradicting(policy *ledger.Policy, m Mark) *checkpoint.Signed {
	s := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: policy.Origin, Size: m.Size, Root: m.Root}}
	for i := range policy.Validators {
		p := &policy.Validators[i]
		v := c.validators[p.Agency]
		if v == nil {
			continue
		}
		if j := slices.IndexFunc(v.conflicts, func(o Cosignature) bool { return o.Mark == m }); j >= 0 {
			s.Lines = append(s.Lines, checkpoint.CosignatureLine(vkey(p), v.conflicts[j].Cosignature))
		}
	}
	return s
}

// alsoSigned finds what a validator signed beside this head, which it has signed, too.
func (c *Cosigner) alsoSigned(h *head, from ledger.AccountID) (twice []Conflict) {
	v := c.validator(from)
	for _, o := range v.conflicts {
		if o.Size == h.Tree.Size && v.reported < 2*maxConflicts {
			v.reported++
			twice = append(twice, Conflict{Kind: Twice, Agency: from, Policy: h.Policy, Height: h.Height, One: h.signatures(), Other: c.contradicting(h.Policy, o.Mark)})
		}
	}
	return twice
}

func (c *Cosigner) report(conflict Conflict) {
	c.o.Log.Error("heads contradict each other", "kind", conflict.Kind, "agency", conflict.Agency, "size", conflict.Other.Tree.Size,
		"one", conflict.One.Tree.Root, "other", conflict.Other.Tree.Root)
	c.o.Conflict(conflict)
}

// diverge stops signing.
func (c *Cosigner) diverge(conflict Conflict) {
	c.mu.Lock()
	first := c.stopped == nil
	if first {
		c.stopped = fmt.Errorf("%w: size %d", ErrDiverged, conflict.Other.Tree.Size)
		c.conflicts++
	}
	c.mu.Unlock()
	if first {
		c.report(conflict)
	}
}
