package node

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/compare"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/keeper"
)

// errNoMore: nothing graver is to be said of a signer that has diverged.
var errNoMore = errors.New("nothing more is to be said of it")

// evidenceOf is the evidence that a contradiction is, with the epoch whose keys it speaks of; nil as long as it is none.
func (s *suspicions) evidenceOf(what *suspicion) (*evidence.Evidence, *ledger.Policy, error) {
	if what.drafts != nil {
		return s.proposer(what.drafts)
	}
	c := what.heads
	if what.kept {
		e, err := s.graver(c)
		return e, c.Policy, err
	}
	switch c.Kind {
	case cosign.Twice:
		return validator(c.Agency, only(c.One, c.Policy, c.Agency), only(c.Other, c.Policy, c.Agency), c.Other.Tree.Root, nil), c.Policy, nil
	case cosign.Differs:
		if time.Since(what.at) < secondThoughts {
			return nil, nil, nil
		}
		e, err := s.differs(c)
		return e, c.Policy, err
	}
	return s.self(c), c.Policy, nil
}

// proposer is two drafts in one place. The epoch is the newest in which the key was the proposer's.
func (s *suspicions) proposer(c *compare.Conflict) (*evidence.Evidence, *ledger.Policy, error) {
	a, b := evidence.SignedDraft(c.A), evidence.SignedDraft(c.B)
	if x, y := a.Header.Hash(), b.Header.Hash(); bytes.Compare(x[:], y[:]) > 0 {
		a, b = b, a
	}
	all, err := s.node.epochs()
	if err != nil {
		return nil, nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if v, ok := all[i].Validator(a.Header.Proposer); ok && v.NodeKey == c.Key {
			return &evidence.Evidence{Proposer: &evidence.Proposer{Drafts: [2]evidence.SignedDraft{a, b}}}, all[i], nil
		}
	}
	return nil, nil, errors.New("the proposer's key is of no epoch of this ledger")
}

// validator is two heads of one signer. Of two of one size root is the second's; otherwise it is what the larger tree has at the smaller size.
func validator(agency ledger.AccountID, one, other *checkpoint.Signed, root ledger.Hash, path []ledger.Hash) *evidence.Evidence {
	if one.Tree.Size == other.Tree.Size {
		if bytes.Compare(one.Tree.Root[:], other.Tree.Root[:]) > 0 {
			one, other = other, one
		}
		root = other.Tree.Root
	}
	return &evidence.Evidence{Validator: &evidence.Heads{Agency: agency, Heads: [2]*checkpoint.Signed{one, other}, Root: root, Path: path}}
}

// differs is a head that contradicts the own log. What it shows depends on what else its signer signed: a head of this log, of that size or larger,
// makes it a liar; otherwise it has diverged from what a quorum without it certifies. Until there is such a head it is nothing.
func (s *suspicions) differs(c *cosign.Conflict) (*evidence.Evidence, error) {
	if e, err := s.signedBoth(c); e != nil || err != nil {
		return e, err
	}
	lie := only(c.Other, c.Policy, c.Agency)
	certified, err := s.certifiedAfter(c)
	if certified == nil || err != nil {
		return nil, err
	}
	root, path, err := s.node.consistency(lie.Tree.Size, certified.Tree.Size)
	if err != nil {
		return nil, err
	}
	return &evidence.Evidence{Diverged: &evidence.Heads{Agency: c.Agency, Heads: [2]*checkpoint.Signed{lie, certified}, Root: root, Path: path}}, nil
}

// graver is what shows that a signer who is known to have diverged is a liar; nil: nothing yet. errNoMore when that was said already, or when its key has been
// retired since: it says nothing of anybody.
func (s *suspicions) graver(c *cosign.Conflict) (*evidence.Evidence, error) {
	then, _ := c.Policy.Validator(c.Agency)
	if now, ok := s.node.ledger.Policy().Validator(c.Agency); !ok || now.CosignerKey != then.CosignerKey {
		return nil, errNoMore
	}
	if slices.ContainsFunc(s.Pieces(), func(p keeper.Piece) bool {
		return p.Finding.Kind == evidence.KindValidator && p.Finding.Agency == c.Agency && p.Finding.Epoch == c.Policy.Number
	}) {
		return nil, errNoMore
	}
	return s.signedBoth(c)
}

// signedBoth is a head that contradicts the own log beside one of the own log, of that size or larger, by the same signer; nil: the second is not known. errNoMore
// when the own log has the first, too, as a diverged node's has.
func (s *suspicions) signedBoth(c *cosign.Conflict) (*evidence.Evidence, error) {
	also := s.alsoSigned(c)
	if also == nil {
		return nil, nil
	}
	lie := only(c.Other, c.Policy, c.Agency)
	root, path, err := s.node.consistency(lie.Tree.Size, also.Tree.Size)
	if err != nil {
		return nil, err
	}
	if root == lie.Tree.Root {
		return nil, errNoMore
	}
	return validator(c.Agency, lie, only(also, c.Policy, c.Agency), root, path), nil
}

// alsoSigned is a head of the own log, not smaller than the one that contradicts it, that its signer signed in the same epoch; nil: none that is known.
func (s *suspicions) alsoSigned(c *cosign.Conflict) *checkpoint.Signed {
	for _, v := range s.node.heads.Status().Validators {
		if v.Agency != c.Agency || v.Newest.Size < c.Other.Tree.Size {
			continue
		}
		if head, ok := s.node.heads.Signed(v.Newest.Size); ok && signedBy(head, c.Policy, c.Agency) {
			return head
		}
	}
	return nil
}

// certifiedAfter is a head, not smaller than the one that contradicts the own log, that a quorum of the same epoch certified without its signer; nil: none
// yet.
func (s *suspicions) certifiedAfter(c *cosign.Conflict) (*checkpoint.Signed, error) {
	if h := s.node.heads.Certified(); h != nil && h.Policy.Number == c.Policy.Number && h.Tree.Size >= c.Other.Tree.Size {
		if without := checkpointWithout(h.Signed, c.Policy, c.Agency); without != nil {
			return without, nil
		}
	}
	row, err := s.node.heads.store.Covering(c.Other.Tree.Size)
	if errors.Is(err, store.ErrNotFound) || err == nil && row.Epoch != c.Policy.Number {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	signed, err := checkpoint.Parse(row.Signed)
	if err != nil {
		return nil, err
	}
	return checkpointWithout(signed, c.Policy, c.Agency), nil
}

// self is what shows that this node has diverged: it signed a head, and a quorum another of the same size. nil: there is nothing to show to others, and
// the alarm of the cosigner is all.
func (s *suspicions) self(c *cosign.Conflict) *evidence.Evidence {
	own := s.node.agency
	if !signedBy(c.One, c.Policy, own) || signedBy(c.Other, c.Policy, own) {
		return nil
	}
	if _, err := c.Other.Certify(c.Policy); err != nil {
		return nil
	}
	return &evidence.Evidence{Diverged: &evidence.Heads{
		Agency: own, Heads: [2]*checkpoint.Signed{only(c.One, c.Policy, own), c.Other}, Root: c.Other.Tree.Root,
	}}
}

// lineOf finds an agency's cosignature.
func lineOf(s *checkpoint.Signed, p *ledger.Policy, agency ledger.AccountID) (checkpoint.Line, bool) {
	v, ok := p.Validator(agency)
	if !ok {
		return checkpoint.Line{}, false
	}
	return s.Line(v.CosignerName, ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}.ID())
}

func signedBy(s *checkpoint.Signed, p *ledger.Policy, agency ledger.AccountID) bool {
	_, ok := lineOf(s, p, agency)
	return ok
}

// only is a head with nothing but an agency's cosignature.
func only(s *checkpoint.Signed, p *ledger.Policy, agency ledger.AccountID) *checkpoint.Signed {
	one := &checkpoint.Signed{Tree: s.Tree}
	if line, ok := lineOf(s, p, agency); ok {
		one.Lines = []checkpoint.Line{line}
	}
	return one
}

// checkpointWithout is a head that a quorum has certified without an agency's cosignature; nil: it is not.
func checkpointWithout(s *checkpoint.Signed, p *ledger.Policy, agency ledger.AccountID) *checkpoint.Signed {
	if signedBy(s, p, agency) {
		return nil
	}
	if _, err := s.Certify(p); err != nil {
		return nil
	}
	return s
}

// consistency is the own log's root at a size, and the proof that a larger head continues it.
func (n *Node) consistency(older, newer uint64) (root ledger.Hash, path []ledger.Hash, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		frontier, err := merkle.ReadFrontier(hashes, older)
		if err != nil {
			return err
		}
		root = frontier.Root(merkle.Log)
		path, err = merkle.Log.ProveConsistency(hashes, older, newer)
		return err
	})
	return root, path, err
}
