package command

import (
	"context"

	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// verifiedReceipt gets a receipt and checks it at once: the node's newest head must continue what is remembered, and the receipt's head that. Only then the
// memory and the receipt are written.
func (a *app) verifiedReceipt(ctx context.Context, q *asking, b *believing, pinned bool, out string, ask asker) error {
	believed, err := a.believe(b, a.env.Now(), true)
	if err != nil {
		return a.refused(err)
	}
	if !pinned {
		q.epoch = believed.trust().Policy.Number
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	f, err := a.follow(ctx, c, believed, a.minHeight) // a record receipt does not show its head's epoch: the head does
	if err != nil {
		return a.unproved(err)
	}
	q.height = max(q.height, f.head.Seal.Height)
	got, err := ask(ctx, c, q)
	if err != nil {
		return err
	}
	checked, err := checkReceipt(ctx, got.GetFile(), receipts.Options{Trust: f.memory.Trust(believed.now), Memory: f.memory})
	if err != nil {
		return a.unproved(err)
	}
	newest, err := step(ctx, c, f.memory, checked.trust, checked.signed)
	if err != nil {
		return a.unproved(err)
	}
	if b.memory != "" {
		if err := keep(b.memory, believed, newest); err != nil {
			return err
		}
	}
	return a.writeReceipt(got, out, "ok", remembering(b.memory, believed.memory, newest.Head.Tree, true))
}
