package node

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/publish"
)

// run follows certified heads until ctx ends: the publisher signs them, every node takes over what the publisher signed.
func (p *published) run(ctx context.Context) {
	certifiedHeads(ctx, p.node.heads, func(head *cosign.Head, rested bool) (signed bool) {
		if _, ok := logLine(head); ok {
			p.set(head)
			return false
		}
		return (rested || head.Ends) && p.sign(head)
	})
}

// signEvery is how long the log key rests after each head that it has signed, one that ends a policy epoch excepted. Under load heads come no faster. One caller with one record
// after the other makes hundreds a second, and for each of them the log's line would cost every node as much as another validator's cosignature.
const signEvery = 50 * time.Millisecond

// certifiedHeads hands each certified head to take, and the newest again when signEvery is over since one was signed, until ctx ends. rested tells whether it is.
func certifiedHeads(ctx context.Context, heads interface {
	Certified() *cosign.Head
	Changed() <-chan struct{}
}, take func(head *cosign.Head, rested bool) (signed bool)) {
	rest, rested := time.NewTimer(0), false
	defer rest.Stop()
	for {
		changed := heads.Changed()
		if head := heads.Certified(); head != nil && take(head, rested) {
			rest.Reset(signEvery)
			rested = false
		}
		select {
		case <-changed:
		case <-rest.C:
			rested = true
		case <-ctx.Done():
			return
		}
	}
}

// sign has a head signed by the log when this node is the publisher, and reports whether it did.
func (p *published) sign(head *cosign.Head) bool {
	n := p.node
	line, ok, err := publish.Sign(head.Signed, head.Policy, n.agency, n.o.Keys.Log)
	if err != nil {
		n.log.Error("a certified head is not published", "size", head.Tree.Size, "height", head.Height, "error", err)
	}
	return ok && err == nil && n.heads.Publish(head.Tree.Size, ident.NodeSignature(line.Signature))
}

// logLine is the log's line under a head.
func logLine(h *cosign.Head) (checkpoint.Line, bool) {
	key := ident.VKey{Name: h.Policy.Origin, Type: ident.NoteLog, Key: h.Policy.LogKey}
	return h.Signed.Line(key.Name, key.ID())
}
