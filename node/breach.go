package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/node/keeper"
)

// ErrNoPromise: the promise is not of this ledger, or not signed by whom it names.
var ErrNoPromise = errors.New("not an acceptance promise of this ledger")

// CheckPromise tells whether a promise, of whichever validator, is kept: the outcome of its record; or evidence that it is broken, which is kept here, too; or,
// with neither, that nothing can be said before a head past the deadline is certified. at is what the answer speaks of. Errors: ErrNoPromise,
// prove.ErrTooLarge, ErrUnavailable before anything is certified, and those of the ledger.
func (n *Node) CheckPromise(ctx context.Context, s *ledger.SignedPromise) (kept *chain.Outcome, broken []byte, at ledger.Head, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, at, err
	}
	if err := n.signedPromise(s); err != nil {
		return nil, nil, at, err
	}
	head := n.heads.Certified()
	if head == nil {
		return nil, nil, at, ErrUnavailable
	}
	var breach *evidence.Breach
	err = n.ledger.ViewAt(head.Height, func(v *chain.View) error {
		at = v.Head()
		o, ok, err := v.Record(s.Promise.Record)
		if err != nil {
			return err
		}
		if ok && o.Leaf < at.Size {
			kept = &o
			return nil
		}
		breach, err = prove.Breach(v, head.Signed, s)
		return err
	})
	switch {
	case errors.Is(err, prove.ErrPending):
		return nil, nil, at, nil
	case err != nil || kept != nil:
		return kept, nil, at, err
	}
	e := &evidence.Evidence{Breach: breach}
	if e.Handovers, err = n.handovers(head.Policy.Number); err != nil {
		return nil, nil, at, err
	}
	if _, err := n.evidence.Add(e); err != nil && !errors.Is(err, keeper.ErrFull) {
		return nil, nil, at, err
	}
	return nil, e.Append(nil), at, nil
}

// signedPromise verifies a promise by a key that its receiver has, or had.
func (n *Node) signedPromise(s *ledger.SignedPromise) error {
	if s.Promise.Chain != n.ledger.Chain() {
		return fmt.Errorf("%w: it is of ledger %v", ErrNoPromise, s.Promise.Chain)
	}
	message := s.Promise.Message()
	for _, key := range n.nodeKeys(s.Promise.Receiver) {
		if key.Verify(message, s.Signature) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: no key of agency %v has signed it", ErrNoPromise, s.Promise.Receiver)
}
