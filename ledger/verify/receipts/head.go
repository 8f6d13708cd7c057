package receipts

import (
	"cmp"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
)

// believed takes a receipt's head for the ledger's, by the handovers inside; when they do not lead to it, by those of the options as well.
func believed(r *receipt.Receipt, o *Options) (*verify.Head, error) {
	seal := r.Seal.Append(nil)
	if refusal := goesBack(o, r.Seal.Chain, r.Checkpoint.Tree); refusal != nil {
		return nil, refusal
	}
	inside, err := handovers(r.Handovers, "number %d in the receipt")
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(inside); i++ {
		if inside[i].Policy.Number <= inside[i-1].Policy.Number {
			return nil, because(verify.WordFormat, nil, "handover number %d in the receipt is of epoch %d, after one of epoch %d", i, inside[i].Policy.Number, inside[i-1].Policy.Number)
		}
	}
	head, err := o.Trust.Head(r.Checkpoint, seal, r.Path, inside)
	if err != nil && len(o.Handovers) > 0 {
		given, bad := handovers(o.Handovers, "number %d of those given")
		if bad != nil {
			return nil, bad
		}
		head, err = o.Trust.Head(r.Checkpoint, seal, r.Path, ascending(append(inside, given...)))
	}
	if err != nil {
		return nil, err
	}
	return head, retired(o, head.Trust.Policy, head.Tree)
}

// walked goes to the epoch of a head whose seal is not shown: as far as the given handovers' epochs ended before it. The head that ended an epoch is the
// last of that epoch, so that a smaller one cannot be of a later epoch, nor a larger one of an earlier.
func walked(o *Options, size uint64) (verify.Trust, error) {
	given, err := handovers(o.Handovers, "number %d of those given")
	if err != nil {
		return verify.Trust{}, err
	}
	given = ascending(given)
	n := slices.IndexFunc(given, func(h *checkpoint.Handover) bool { return h.Checkpoint.Tree.Size >= size })
	if n < 0 {
		n = len(given)
	}
	return o.Trust.Walk(given[:n])
}

func handovers(files [][]byte, which string) ([]*checkpoint.Handover, error) {
	all := make([]*checkpoint.Handover, len(files))
	for i, file := range files {
		var err error
		if all[i], err = checkpoint.ParseHandover(file); err != nil {
			return nil, because(verify.WordHandover, err, which, i)
		}
	}
	return all, nil
}

// ascending sorts by epoch; of several to one epoch the first given stays first, and is the one that counts.
func ascending(all []*checkpoint.Handover) []*checkpoint.Handover {
	slices.SortStableFunc(all, func(a, b *checkpoint.Handover) int { return cmp.Compare(a.Policy.Number, b.Policy.Number) })
	return all
}

// goesBack holds a head against the memory before anything else is asked of it.
func goesBack(o *Options, chain ledger.ChainID, tree checkpoint.Tree) error {
	if o.Memory == nil {
		return nil
	}
	if know := o.Memory.Policy.Chain; chain != know {
		return refuse(verify.WordChain, "a receipt of ledger %s, remembered is %s", chain, know)
	}
	err := o.Memory.Against(tree)
	if o.Older && verify.Failed(err, verify.WordMemory) {
		return nil
	}
	return err
}

// retired refuses a head that is no older than the one remembered, and yet of an earlier epoch: whoever believes an epoch that has ended believes its keys,
// and they may be anybody's by now.
func retired(o *Options, p *ledger.Policy, tree checkpoint.Tree) error {
	if m := o.Memory; m != nil && p.Number < m.Policy.Number && tree.Size >= m.Head.Tree.Size {
		return refuse(verify.WordMemory, "a head of %d leaves of epoch %d, remembered is one of %d leaves of epoch %d", tree.Size, p.Number, m.Head.Tree.Size, m.Policy.Number)
	}
	return nil
}
