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
// it. The others, which were rejected, have none; nor have those for which there is no room, behind receipts of so many bytes: the refusals leaf of a full block is in the
// receipt of every record that it names, so that of a thousand small records they may have 60 MiB. The errors are ctx's, ErrUnavailable, and those of the ledger.
func (n *Node) Receipts(ctx context.Context, outcomes []chain.Outcome, room int) ([][]byte, error) {
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
	made, err := n.receipts(head, outcomes, room)
	copy(receipts, made)
	return receipts, err
}

// receipts makes those of the first outcomes, as many as have no more than so many bytes together, and the first one in any case.
func (n *Node) receipts(head *cosign.Head, outcomes []chain.Outcome, room int) (receipts [][]byte, err error) {
	began, made := time.Now(), 0
	for full := false; err == nil && !full && len(receipts) < len(outcomes); {
		err = n.ledger.View(func(v *chain.View) error {
			hashes, err := v.Hashes()
			if err != nil {
				return err
			}
			for range min(receiptsAtOnce, len(outcomes)-len(receipts)) {
				o := &outcomes[len(receipts)]
				if o.Status == chain.Rejected {
					receipts = append(receipts, nil)
					continue
				}
				receipt, err := receiptOf(v, hashes, head, o.Leaf)
				if err != nil {
					return err
				}
				if room -= len(receipt); room < 0 && made > 0 {
					full = true
					return nil
				}
				receipts, made = append(receipts, receipt), made+1
			}
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	n.monitor.metrics.Receipts(made, time.Since(began))
	return receipts, nil
}

func receiptOf(v *chain.View, hashes merkle.HashReader, head *cosign.Head, index uint64) ([]byte, error) {
	leaf, err := v.Leaf(index)
	if err != nil {
		return nil, err
	}
	path, err := merkle.Log.ProveInclusion(hashes, head.Tree.Size, index)
	if err != nil {
		return nil, err
	}
	proof := checkpoint.Proof{Extra: append([]byte{leafExtra}, leaf...), Index: index, Path: path, Checkpoint: head.Signed}
	return proof.Append(nil), nil
}
