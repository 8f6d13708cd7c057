package devnet

import (
	"context"
	"runtime"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
)

// signersKept is how many signers' keys an audit keeps ready: more than the sample has.
const signersKept = 256

// Audit streams one node's ledger from the first leaf and derives everything anew, with no trust in the node.
func (r *Running) Audit(ctx context.Context, i int) (replay.Result, error) {
	pool, err := ident.NewPool(runtime.NumCPU(), signersKept)
	if err != nil {
		return replay.Result{}, err
	}
	defer pool.Close()
	auditor := replay.NewAuditor(r.Genesis, pool, nil)
	for run, err := range r.clients[i].Leaves(ctx, 0) {
		if err != nil {
			return replay.Result{}, err
		}
		if err := auditor.Feed(ctx, run.Leaves); err != nil {
			return replay.Result{}, err
		}
	}
	return auditor.Finish()
}
