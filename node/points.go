package node

import (
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/cosign"
)

const (
	// knownEpochs is how many of the newest policy epochs the cosigner is told of at the start.
	knownEpochs = 8
	// lookForKey is how often the directory of keys is looked through for one that the policy names and the node does not hold.
	lookForKey = time.Second
)

// pointAt is a head of this ledger as a cosign point.
func pointAt(head ledger.Head, epoch *ledger.Policy, ends bool) cosign.Point {
	return cosign.Point{Tree: checkpoint.Tree{Origin: epoch.Origin, Size: head.Size, Root: head.Root}, Height: head.Height, Policy: epoch, Ends: ends}
}

// pointsOf are the cosign points among what was applied. The head of an empty draft is that of the block before it, which may have ended an epoch.
func pointsOf(applied []chain.Applied) (points []cosign.Point) {
	for i := range applied {
		if a := &applied[i]; a.Cosign() {
			points = append(points, pointAt(a.Head, a.Policy, a.Ends))
		}
	}
	return points
}

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

// policyOf is the document of a policy epoch; nil: the ledger has not come to it.
func (n *Node) policyOf(epoch uint32) (p *ledger.Policy, err error) {
	if p := n.ledger.Policy(); epoch >= p.Number {
		if epoch > p.Number {
			return nil, nil
		}
		return p, nil
	}
	first := n.ledger.Genesis().Policy()
	keys := make(map[ledger.AccountID]*subject.ValidatorKeysValue)
	err = n.ledger.View(func(v *chain.View) error {
		for i := range first.Validators {
			agency := first.Validators[i].Agency
			value, ok := v.Value(subject.ValidatorKeys(agency))
			if !ok {
				continue
			}
			list, err := subject.ParseValidatorKeys(value)
			if err != nil {
				return fmt.Errorf("validator keys of agency %v: %w", agency, err)
			}
			keys[agency] = &list
		}
		return nil
	})
	return subject.PolicyAt(first, keys, epoch), err
}

// openEnds are the ends of the policy epochs from one on that are over, as cosign points.
func (n *Node) openEnds(epoch uint32) (points []cosign.Point, err error) {
	if epoch >= n.ledger.Epoch().Number {
		return nil, nil
	}
	heights, err := n.endHeights()
	if err != nil {
		return nil, err
	}
	for e := epoch; e < n.ledger.Epoch().Number && int(e) < len(heights); e++ {
		policy, err := n.policyOf(e)
		if err != nil {
			return nil, err
		}
		head := ledger.Head{Height: heights[e]}
		err = n.ledger.View(func(v *chain.View) error {
			b, err := v.Block(heights[e])
			if err != nil {
				return err
			}
			head.Size = b.Seal.SizeBefore + 1
			return nil
		})
		if err == nil {
			head.Root, _, err = n.rootAt(head.Size)
		}
		if err != nil {
			return nil, fmt.Errorf("end of policy epoch %d: %w", e, err)
		}
		points = append(points, pointAt(head, policy, true))
	}
	return points, nil
}

// endHeights are the heights of the blocks that ended epochs 0, 1, …: those in which validators changed their keys.
func (n *Node) endHeights() (heights []uint64, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		for _, validator := range n.ledger.Genesis().Policy().Validators {
			id := subject.ValidatorKeys(validator.Agency)
			count, err := v.HistoryLen(id)
			if err != nil {
				return err
			}
			if count == 0 {
				continue
			}
			entries, err := v.History(id, 0, int(count))
			if err != nil {
				return err
			}
			for i := range entries {
				heights = append(heights, entries[i].Height)
			}
		}
		return nil
	})
	slices.Sort(heights)
	return slices.Compact(heights), err
}

// cosignerKey finds the private key to a cosigner key of the policy. A next key that was made while the node runs is read when the ledger names it.
func (n *Node) cosignerKey(public ident.Ed25519Key) (*ident.Ed25519PrivateKey, bool) {
	if key := n.o.Keys.Cosigners(public); key != nil {
		return key, true
	}
	n.looked.Lock()
	defer n.looked.Unlock()
	if time.Since(n.looked.at) < lookForKey {
		return nil, false
	}
	n.looked.at = time.Now()
	if err := n.o.Keys.LoadNext(n.o.Config.Path(n.o.Config.Keys)); err != nil {
		n.log.Error("reading the next keys", "error", err)
	}
	key := n.o.Keys.Cosigners(public)
	return key, key != nil
}

// rootAt is the root of the log's first leaves. false: it is shorter.
func (n *Node) rootAt(size uint64) (root ledger.Hash, ok bool, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		if size > v.Head().Size {
			return nil
		}
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		frontier, err := merkle.ReadFrontier(hashes, size)
		if err != nil {
			return err
		}
		root, ok = frontier.Root(merkle.Log), true
		return nil
	})
	return root, ok, err
}
