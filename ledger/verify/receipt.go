package verify

import (
	"context"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Options say what is believed and what is asked.
type Options struct {
	Heads      Heads
	Signatures ident.Verifier // checks the records' signatures; nil: one after the other
	Want       subject.ID     // the subject asked for; zero: any
	Now        uint64         // the caller's clock, Unix seconds
	MaxAge     uint64         // oldest head accepted, in seconds before Now; 0: any
	Date       ledger.Date    // of the verdict; 0: that of Now
	AsOf       *uint64        // height of the verdict, at most the head's; nil: what the receipt says
}

// maxAhead is how far a head's time may lie ahead of the caller's clock, in seconds. A head from the future would stay fresh for ever.
const maxAhead = 300

// Subject checks the receipt of a product, certificate or lot. Refusals are *Error; an error of Heads or Signatures comes as it is.
func Subject(ctx context.Context, file []byte, o Options) (*Result, error) {
	r, err := parse(file)
	if err != nil {
		return nil, err
	}
	if r.Kind == receipt.KindAction {
		return nil, refuse(ReasonSubject, "a receipt of an action, not of a subject")
	}
	head, err := frame(r, &o)
	if err != nil {
		return nil, err
	}
	if err := signatures(ctx, r, o.Signatures); err != nil {
		return nil, err
	}
	w := newWorld(r)
	if refusal := w.replay(asOf(r, &o)); refusal != nil {
		return nil, refusal
	}
	if refusal := w.closed(); refusal != nil {
		return nil, refusal
	}
	if refusal := w.folds(); refusal != nil {
		return nil, refusal
	}
	return w.result(head, &o), nil
}

func parse(file []byte) (*receipt.Receipt, error) {
	r, err := receipt.Parse(file)
	if err != nil {
		return nil, refuse(ReasonReceipt, "not a receipt as one is written").because(err)
	}
	return r, nil
}

func asOf(r *receipt.Receipt, o *Options) uint64 {
	if o.AsOf != nil {
		return *o.AsOf
	}
	return r.AsOf
}

// frame checks what the receipt is about, its head, and that its seal speaks for the head.
func frame(r *receipt.Receipt, o *Options) (*Head, error) {
	if want := o.Want; want != (subject.ID{}) && want != r.ID() {
		return nil, refuse(ReasonSubject, "the receipt is about %s, asked for was %s", r.ID(), want)
	}
	if asOf(r, o) > r.Seal.Height {
		return nil, refuse(ReasonSubject, "asked for height %d, the receipt's head is at %d", asOf(r, o), r.Seal.Height)
	}
	head, err := o.Heads.Head(r.Checkpoint, r.Handovers)
	if err != nil {
		return nil, err
	}
	if refusal := fresh(head, o); refusal != nil {
		return nil, refusal
	}
	return head, seals(r, head)
}

func fresh(head *Head, o *Options) *Error {
	switch {
	case o.MaxAge == 0:
		return nil
	case o.Now > head.Time && o.Now-head.Time > o.MaxAge:
		return refuse(ReasonStale, "the head is %d seconds old, at most %d are allowed", o.Now-head.Time, o.MaxAge)
	case head.Time > o.Now && head.Time-o.Now > maxAhead:
		return refuse(ReasonStale, "the head's time is %d seconds ahead of this clock", head.Time-o.Now)
	}
	return nil
}

// seals checks that the seal is the last leaf of the head. An earlier one could hide a revocation.
func seals(r *receipt.Receipt, head *Head) error {
	size, s := head.Tree.Size, r.Seal
	switch {
	case s.Chain != head.Policy.Chain:
		return refuse(ReasonChain, "seal of ledger %s, the policy is of %s", s.Chain, head.Policy.Chain)
	case size == 0 || s.SizeBefore != size-1:
		return refuse(ReasonSeal, "seal at index %d of a log of %d leaves, not the last", s.SizeBefore, size)
	}
	if err := merkle.Log.CheckInclusion(r.Path, size, head.Tree.Root, size-1, s.Leaf()); err != nil {
		return refuse(ReasonPath, "of the seal").because(err)
	}
	if before, err := merkle.Log.RootBefore(r.Path, size); err != nil || before != s.RootBefore {
		return refuse(ReasonSeal, "the seal names another root before it than its path").because(err)
	}
	if !head.Ahead && s.Policy != head.Policy.Hash() {
		return refuse(ReasonPolicy, "a block of policy %s, certified under %s", s.Policy, head.Policy.Hash())
	}
	return nil
}
