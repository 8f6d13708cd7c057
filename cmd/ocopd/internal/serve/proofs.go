package serve

import (
	"context"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/node"
)

// proofs is a node as receipts are made from it.
type proofs struct{ node *node.Node }

// Certified implements api.Proofs.
func (p proofs) Certified() (signed *checkpoint.Signed, height uint64, policy *ledger.Policy, ok bool) {
	height, policy, signed, _ = p.node.Certified()
	return signed, height, policy, signed != nil
}

// WaitCertified implements api.Proofs.
func (p proofs) WaitCertified(ctx context.Context, height uint64) error {
	return p.node.WaitCertified(ctx, height)
}

// Handovers implements api.Proofs.
func (p proofs) Handovers(from uint32) (files [][]byte, err error) {
	handovers, err := p.node.Handovers(from)
	for _, h := range handovers {
		files = append(files, h.Append(nil))
	}
	return files, err
}
