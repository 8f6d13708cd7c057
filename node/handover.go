package node

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// epochs are the documents of all policy epochs that have begun, by number.
func (n *Node) epochs() ([]*ledger.Policy, error) {
	newest := n.ledger.Policy().Number
	var all []*ledger.Policy
	if known := n.documents.Load(); known != nil {
		all = slices.Clone(*known)
	}
	if len(all) > int(newest) {
		return all, nil
	}
	for number := uint32(len(all)); number <= newest; number++ {
		p, err := n.policyOf(number)
		if err != nil {
			return nil, fmt.Errorf("policy epoch %d: %w", number, err)
		}
		all = append(all, p)
	}
	n.documents.Store(&all)
	return all, nil
}

// epoch is the document of a policy epoch; false: it has not begun by this node's ledger.
func (n *Node) epoch(number uint32) (*ledger.Policy, bool) {
	all, err := n.epochs()
	if err != nil {
		n.fail(err)
		return nil, false
	}
	if int(number) >= len(all) {
		return nil, false
	}
	return all[number], true
}

// nodeKeys are the node keys that an agency has and had, newest first.
func (n *Node) nodeKeys(agency ledger.AccountID) (keys []ident.Ed25519Key) {
	all, err := n.epochs()
	if err != nil {
		n.fail(err)
	}
	for _, p := range slices.Backward(all) {
		if v, ok := p.Validator(agency); ok && !slices.Contains(keys, v.NodeKey) {
			keys = append(keys, v.NodeKey)
		}
	}
	return keys
}

// handovers lead from genesis to an epoch.
func (n *Node) handovers(to uint32) (list []*checkpoint.Handover, err error) {
	for number := uint32(1); number <= to; number++ {
		h, err := n.Handover(number)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}
