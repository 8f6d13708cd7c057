package node

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/node/cosign"
)

const (
	// leafExtra is before the leaf in a record receipt's extra data.
	leafExtra = 0x01
	// receiptsAtOnce is how many receipts are made under one view, which is to be short.
	receiptsAtOnce = 32
)

// Receipts waits until a certified head covers outcomes, and makes a record receipt of each that has a leaf: of the record, or of the refusals leaf that names
// it. The others, which were rejected, have none. The errors are ctx's, ErrUnavailable, and those of the ledger.
func (n *Node) Receipts(ctx context.Context, outcomes []chain.Outcome) ([][]byte, error) {
	receipts := make([][]byte, len(outcomes))
	size := uint64(0)
	for i := range outcomes {
		if outcomes[i].Status != chain.Rejected {
			size = max(size, outcomes[i].Leaf+1)
		}
	}
	if size == 0 {
		return receipts, nil
	}
	if !n.enter() {
		return nil, ErrUnavailable
	}
	defer n.calls.Done()
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	defer context.AfterFunc(n.stopping, cancel)()
	head, err := n.heads.Wait(ctx, size)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for from := 0; from < len(outcomes); from += receiptsAtOnce {
		to := min(from+receiptsAtOnce, len(outcomes))
		if err := n.receipts(head, outcomes[from:to], receipts[from:to]); err != nil {
			return nil, err
		}
	}
	n.monitor.metrics.Receipts(len(receipts), time.Since(began))
	return receipts, nil
}

func (n *Node) receipts(head *cosign.Head, outcomes []chain.Outcome, receipts [][]byte) error {
	return n.ledger.View(func(v *chain.View) error {
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		for i := range outcomes {
			if outcomes[i].Status == chain.Rejected {
				continue
			}
			leaf, err := v.Leaf(outcomes[i].Leaf)
			if err != nil {
				return err
			}
			path, err := merkle.Log.ProveInclusion(hashes, head.Tree.Size, outcomes[i].Leaf)
			if err != nil {
				return err
			}
			proof := checkpoint.Proof{Extra: append([]byte{leafExtra}, leaf...), Index: outcomes[i].Leaf, Path: path, Checkpoint: head.Signed}
			receipts[i] = proof.Append(nil)
		}
		return nil
	})
}
