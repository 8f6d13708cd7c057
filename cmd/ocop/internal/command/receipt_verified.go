package command

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// proved is a receipt that was checked at once, and what is to be remembered then.
type proved struct {
	file     file
	checked  *checkedReceipt
	believed *believed
	newest   *verify.Memory
}

// prove gets a receipt and checks it: the node's newest head must continue what is remembered, and the receipt's head that. Nothing is written yet.
func (a *app) prove(ctx context.Context, q *asking, b *believing, pinned bool, ask asker) (*proved, error) {
	believed, err := a.believe(b, a.env.Now(), true)
	if err != nil {
		return nil, a.refused(err)
	}
	if !pinned {
		q.epoch = believed.trust().Policy.Number
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	f, err := a.follow(ctx, c, believed, a.minHeight) // a record receipt does not show its head's epoch: the head does
	if err != nil {
		return nil, a.unproved(err)
	}
	q.height = max(q.height, f.head.Seal.Height)
	got, err := ask(ctx, c, q)
	if err != nil {
		return nil, err
	}
	checked, err := checkReceipt(ctx, got.GetFile(), receipts.Options{
		Trust: f.memory.Trust(believed.now), Memory: f.memory, Want: q.want, MaxAge: uint64((q.maxAge + time.Second - 1) / time.Second),
	})
	if err != nil {
		return nil, a.unproved(err)
	}
	newest, err := step(ctx, c, f.memory, checked.trust, checked.signed)
	if err != nil {
		return nil, a.unproved(err)
	}
	return &proved{got, checked, believed, newest}, nil
}

// keep remembers the head in a file, if there is one to remember it in.
func (p *proved) keep(path string) error {
	if path == "" {
		return nil
	}
	return keep(path, p.believed, p.newest)
}

func (p *proved) remembered(path string) *shownMemory {
	return remembering(path, p.believed.memory, p.newest.Head.Tree, true)
}

// sample tells that the ledger holds sample data, as the files that are believed or the node says.
func (p *proved) sample() bool { return p.believed.sample || p.file.GetAsOf().GetSample() }

// verifiedReceipt writes a receipt that was checked. Only then the memory and the receipt are written.
func (a *app) verifiedReceipt(ctx context.Context, q *asking, b *believing, pinned bool, out string, ask asker) error {
	p, err := a.prove(ctx, q, b, pinned, ask)
	if err != nil {
		return err
	}
	if err := p.keep(b.memory); err != nil {
		return err
	}
	return a.writeReceipt(p.file, out, "ok", p.remembered(b.memory))
}
