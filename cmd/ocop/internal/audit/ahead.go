package audit

import (
	"context"
	"iter"

	"github.com/ocopledger/ocop/node/client"
)

// runsAhead is how many runs of leaves are fetched before they are asked for: enough for one to be there, few enough to be small in memory.
const runsAhead = 4

// ahead fetches the source's leaves while those before them are verified: a core that waits for a disk or a node verifies nothing. What comes is what the
// source gives, in its order. The source is left alone when the sequence ends.
func ahead(ctx context.Context, source Source) iter.Seq2[client.Run, error] {
	type fetched struct {
		run client.Run
		err error
	}
	return func(yield func(client.Run, error) bool) {
		fetching, stop := context.WithCancel(ctx)
		runs := make(chan fetched, runsAhead)
		go func() {
			defer close(runs)
			for run, err := range source.Leaves(fetching, 0) {
				select {
				case runs <- fetched{run, err}:
				case <-fetching.Done():
					return
				}
			}
		}()
		defer func() {
			stop()
			for range runs { // until the source has returned
			}
		}()
		for f := range runs {
			if !yield(f.run, f.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // what the source would have given is not known
			yield(client.Run{}, err)
		}
	}
}
