package node

import (
	"context"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/cosign"
)

// policyOf is the document of a policy epoch that has begun.
func (n *Node) policyOf(number uint32) (p *ledger.Policy, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		p, _, err = v.PolicyOf(number)
		return err
	})
	return p, err
}

// knownEpochs is how many of the newest policy epochs the cosigner is told of at the start.
const knownEpochs = 8

// policies are those of the newest epochs, oldest first.
func (n *Node) policies() (list []*ledger.Policy, err error) {
	newest := n.ledger.Policy().Number
	for e := newest - min(newest, knownEpochs-1); e <= newest; e++ {
		p, err := n.policyOf(e)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// firstPoints are the points with which the cosigner begins: the newest head, and before it the heads that ended epochs and are not held certified. Nobody may
// sign in an epoch before the end of the one before is certified, and a network that stopped at the wrong moment would wait for it for ever. held is the
// newest epoch whose points may be signed.
func (n *Node) firstPoints(held uint32) (points []cosign.Point, err error) {
	head, epoch, next := n.ledger.Head(), n.ledger.Epoch(), n.ledger.Policy()
	for e := held; e < epoch.Number; e++ {
		end, err := n.endOf(e)
		if err != nil {
			return nil, err
		}
		points = append(points, end)
	}
	return append(points, n.pointAt(head, epoch, next.Number != epoch.Number)), nil
}

// endOf is the head that ended an epoch that is over.
func (n *Node) endOf(number uint32) (p cosign.Point, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		policy, _, err := v.PolicyOf(number)
		if err != nil {
			return err
		}
		_, height, err := v.PolicyOf(number + 1)
		if err != nil {
			return err
		}
		block, err := v.Block(height)
		if err != nil {
			return err
		}
		size := block.Seal.SizeBefore + 1
		root, err := v.RootAt(size)
		p = n.pointAt(ledger.Head{Height: height, Size: size, Root: root}, policy, true)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("end of policy epoch %d: %w", number, err)
	}
	return p, nil
}

// lookForKey is how often the directory of keys is looked through for a key that the policy names and the node does not hold.
const lookForKey = time.Second

// held looks a private key up in the key set, and in the node's directory when it is a next key that was made while the node runs.
func (n *Node) held(public ident.Ed25519Key, look func(ident.Ed25519Key) *ident.Ed25519PrivateKey) *ident.Ed25519PrivateKey {
	if key := look(public); key != nil {
		return key
	}
	n.looked.Lock()
	defer n.looked.Unlock()
	now := time.Now()
	if n.looked.public == public && now.Sub(n.looked.at) < lookForKey {
		return look(public)
	}
	n.looked.public, n.looked.at = public, now
	if err := n.o.Keys.LoadNext(n.o.Config.Path(n.o.Config.Keys)); err != nil {
		n.log.Error("reading the next keys", "error", err)
	}
	return look(public)
}

// draftKey is the held node key that the policy of the next block names for this agency; nil: none of those held is it.
func (n *Node) draftKey() *ident.Ed25519PrivateKey {
	v, ok := n.ledger.Policy().Validator(n.agency)
	if !ok {
		return nil
	}
	return n.held(v.NodeKey, n.o.Keys.Nodes)
}

// cosignerKey finds the private key to a cosigner key of a policy.
func (n *Node) cosignerKey(public ident.Ed25519Key) (*ident.Ed25519PrivateKey, bool) {
	key := n.held(public, n.o.Keys.Cosigners)
	return key, key != nil
}

// promoteKeys makes next keys the present ones, and destroys those they replace, as soon as nothing can need those any more: a node key when the ledger
// names the next one; a cosigner key when besides the head that ended its last epoch is certified, after which nobody signs in that epoch.
func (n *Node) promoteKeys(ctx context.Context) {
	ticker := time.NewTicker(lookForKey)
	defer ticker.Stop()
	for {
		n.promote()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) promote() {
	dir := n.o.Config.Path(n.o.Config.Keys)
	policy := n.ledger.Policy()
	v, ok := policy.Validator(n.agency)
	if !ok {
		return
	}
	n.promoteTLS(dir)
	// A node that follows signs no drafts, and would not look for the key before it leads.
	n.held(v.NodeKey, n.o.Keys.Nodes)
	n.held(v.CosignerKey, n.o.Keys.Cosigners)
	if n.o.Keys.IsNext(ident.PurposeNode, v.NodeKey) {
		n.replace(dir, ident.PurposeNode)
	}
	if n.o.Keys.IsNext(ident.PurposeCosigner, v.CosignerKey) && n.heads.Epoch() >= policy.Number {
		n.replace(dir, ident.PurposeCosigner)
	}
}

func (n *Node) replace(dir string, purpose ident.Purpose) {
	old, err := n.o.Keys.Promote(dir, purpose)
	if err != nil {
		n.log.Error("a key that was rotated is not replaced on the disk", "purpose", purpose, "error", err)
		return
	}
	n.log.Info("a key was rotated; the one before is destroyed", "purpose", purpose, "retired", old.Public())
}
