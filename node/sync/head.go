package sync

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
)

// Point is a certified head that the ledger holds.
type Point struct {
	Signed    *checkpoint.Signed
	Certified *checkpoint.Certified
	Height    uint64
	Policy    *ledger.Policy // the epoch that certified it; not to be modified
	Ends      bool           // its block is the last of that epoch
}

// verified is a claim that was taken.
type verified struct {
	*verify.Head
	claim *Claim
}

func (v *verified) size() uint64 { return v.claim.Signed.Tree.Size }

func (v *verified) point() Point {
	return Point{Signed: v.claim.Signed, Certified: v.Certified, Height: v.Seal.Height, Policy: v.Trust.Policy, Ends: v.Seal.EndsEpoch()}
}

// Newest is the trust to begin with among several in one ledger: of those whose period has not passed the one of the newest epoch, last known to be current. It
// is zero when there is none.
func Newest(trusts ...verify.Trust) (newest verify.Trust) {
	for _, t := range trusts {
		if t.Policy != nil && (newest.Policy == nil || newer(t, newest)) {
			newest = t
		}
	}
	return newest
}

func newer(a, b verify.Trust) bool {
	if a.Expired() != b.Expired() {
		return b.Expired()
	}
	if a.Policy.Number != b.Policy.Number {
		return a.Policy.Number > b.Policy.Number
	}
	return a.Since > b.Since
}

// Verify takes a claim for the newest head of the ledger that a trust is in, as far as the trust can tell. The error is a *SourceError, or an *ExpiredError.
func Verify(t verify.Trust, c *Claim) (*verify.Head, error) {
	h, err := t.Head(c.Signed, c.Seal, c.Path, c.Handovers)
	failed := func(words ...verify.Word) bool {
		return slices.ContainsFunc(words, func(w verify.Word) bool { return verify.Failed(err, w) })
	}
	switch {
	case err == nil:
		return h, nil
	case failed(verify.WordTrust):
		return nil, &ExpiredError{Epoch: t.Policy.Number, Since: t.Since, Until: t.Until()}
	case failed(verify.WordHandover):
		return nil, fault(Uncertified, err)
	case failed(verify.WordChain):
		return nil, fault(Foreign, err)
	case failed(verify.WordSeal, verify.WordPath, verify.WordRoot, verify.WordSize):
		return nil, fault(Unproved, err)
	}
	return nil, fault(Uncertified, err)
}

// believed is what this node trusts now: what it is told, or what it has learned since.
func (f *Follower) believed() (verify.Trust, error) {
	t, err := f.o.Trust()
	if err != nil {
		return t, err
	}
	f.mu.Lock()
	learned := f.learned
	f.mu.Unlock()
	now := uint64(max(f.o.Now().Unix(), 0))
	t.Now, learned.Now = now, now
	t = Newest(t, learned)
	if t.Policy == nil {
		return t, errors.New("no policy epoch to believe")
	}
	if t.Expired() && len(t.Policy.Witnesses) == 0 { // nothing that anybody can show would be believed
		return t, &ExpiredError{Epoch: t.Policy.Number, Since: t.Since, Until: t.Until()}
	}
	return t, nil
}

// take verifies a claim of a source, and learns from it.
func (f *Follower) take(s Source, c *Claim) (*verified, error) {
	t, err := f.believed()
	if err != nil {
		return nil, err
	}
	named := func(kind Fault, err error) error { return &SourceError{Source: s.Name(), Fault: kind, Err: err} }
	h, err := Verify(t, c)
	if err != nil {
		if f.holds(c) { // of an epoch that is over
			return nil, named(Stale, err)
		}
		if e, ok := errors.AsType[*SourceError](err); ok {
			return nil, named(e.Fault, e.Err)
		}
		return nil, named(Uncertified, err) // no outside witness has signed this head; another source's may bear its signature
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// A head that is somewhat smaller than one seen is that of a node a little behind. One that was not signed for a while beside is of no use.
	if aged := f.o.Now().Sub(time.Unix(int64(h.Time), 0)) > f.pace.aged; aged && h.Tree.Size < f.target {
		return nil, named(Stale, fmt.Errorf("a head of %d leaves, signed at %s; one of %d was seen", h.Tree.Size, moment(h.Time), f.target))
	}
	f.target = max(f.target, h.Tree.Size)
	f.learned = Newest(f.learned, h.Trust)
	return &verified{h, c}, nil
}

// holds tells whether a tree is a beginning of this ledger.
func (f *Follower) holds(c *Claim) bool {
	root, ok, err := f.rootAt(c.Signed.Tree.Size)
	return err == nil && ok && root == c.Signed.Tree.Root
}

// rootAt is the root of this ledger's first leaves; false: it has fewer.
func (f *Follower) rootAt(size uint64) (root ledger.Hash, ok bool, err error) {
	err = f.o.Ledger.View(func(v *chain.View) error {
		if size > v.Head().Size {
			return nil
		}
		root, err = v.RootAt(size)
		ok = err == nil
		return err
	})
	return root, ok, err
}

// reached tells the node of a head that its ledger holds, and before it of those that ended the policy epochs between.
func (f *Follower) reached(v *verified, source string) error {
	root, ok, err := f.rootAt(v.size())
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: a head of %d leaves is not reached", errMoved, v.size())
	case root != v.Tree.Root:
		return &OffChainError{Size: v.size(), Own: root, Want: v.Tree.Root, Head: v.claim.Signed, Source: source}
	}
	for _, h := range v.claim.Handovers {
		if h.Policy.Number <= f.o.Epoch() || h.Policy.Number > v.Trust.Policy.Number {
			continue
		}
		end, err := f.epochEnd(h)
		if err != nil {
			return &SourceError{Source: source, Fault: Uncertified, Err: fmt.Errorf("the handover to policy epoch %d: %w", h.Policy.Number, err)}
		}
		f.o.Certified(end)
	}
	f.o.Certified(v.point())
	f.note(func(s *standing) {
		s.certified, s.proved = v.Certified, max(s.proved, v.size())
	})
	return nil
}

// epochEnd is a handover's head as a point of this ledger. It is verified against the ledger, which derived the documents of all its epochs: skipping a head
// believes without having seen the handovers before the last one, and old keys sign only what the ledger holds already.
func (f *Follower) epochEnd(h *checkpoint.Handover) (p Point, err error) {
	tree := h.Checkpoint.Tree
	seal, err := verify.Seal(tree, h.Seal, h.Path)
	if err != nil {
		return p, err
	}
	root, ok, err := f.rootAt(tree.Size)
	if err != nil {
		return p, err
	}
	if !ok || root != tree.Root {
		return p, fmt.Errorf("its head of %d leaves is none of this ledger's", tree.Size)
	}
	err = f.o.Ledger.View(func(v *chain.View) error {
		p.Policy, _, err = v.PolicyOf(h.Policy.Number - 1)
		return err
	})
	if err != nil {
		return p, err
	}
	p.Signed, p.Height, p.Ends = h.Checkpoint, seal.Height, true
	p.Certified, err = h.Checkpoint.Certify(p.Policy)
	return p, err
}
