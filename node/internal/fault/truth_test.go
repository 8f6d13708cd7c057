package fault

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/node/client"
)

// truth is a ledger as its leaves say, with no node's word for it.
type truth struct {
	leaves  [][]byte
	roots   map[uint64]ledger.Hash // by size, at the ends of blocks
	heights map[uint64]uint64      // by size
	sizes   []uint64               // by height
	terms   []uint64               // of the leaders who proposed the blocks, by height
}

// readTruth reads a node's log.
func readTruth(ctx context.Context, c *client.Client) (*truth, error) {
	w := &truth{roots: make(map[uint64]ledger.Hash), heights: make(map[uint64]uint64)}
	var log merkle.Frontier
	for run, err := range c.Leaves(ctx, 0) {
		if err != nil {
			return nil, err
		}
		for _, leaf := range run.Leaves {
			w.leaves = append(w.leaves, leaf)
			log = log.Append(merkle.Log, merkle.Log.Leaf(leaf))
			if len(leaf) == 0 || leaf[0] != ledger.KindSeal {
				continue
			}
			seal, err := ledger.ParseSeal(leaf)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", log.Size-1, err)
			}
			if seal.Height != uint64(len(w.sizes)) {
				return nil, fmt.Errorf("leaf %d seals block %d, want %d", log.Size-1, seal.Height, len(w.sizes))
			}
			w.roots[log.Size], w.heights[log.Size] = ledger.Hash(log.Root(merkle.Log)), seal.Height
			w.sizes, w.terms = append(w.sizes, log.Size), append(w.terms, seal.Draft.Term)
		}
	}
	return w, nil
}

// continues wants what was on a log before, here or on another node, to be on it still.
func (w *truth) continues(before *truth) error {
	if before == nil {
		return nil
	}
	for i := range min(len(before.leaves), len(w.leaves)) {
		if !bytes.Equal(before.leaves[i], w.leaves[i]) {
			return fmt.Errorf("leaf %d was replaced", i)
		}
	}
	return nil
}

// holds wants every outcome that anybody was told, and every head.
func (w *truth) holds(node int, records []tracked, heads map[uint64]ledger.Hash) error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("node %d: "+format, append([]any{node}, args...)...))
	}
	outcomes, envelopes, err := w.outcomes()
	if err != nil {
		return fmt.Errorf("node %d: %w", node, err)
	}
	for _, r := range records {
		if got := outcomes[r.id]; got != r.outcome {
			wrong("record %s is %q, told was %q", r.id, got, r.outcome)
		} else if e := envelopes[r.id]; e != nil && !bytes.Equal(e, r.envelope) {
			wrong("record %s was changed", r.id)
		}
	}
	for size, root := range heads {
		if got, ok := w.roots[size]; size <= uint64(len(w.leaves)) && (!ok || got != root) {
			wrong("head of size %d has root %v, told was %v", size, got, root)
		}
	}
	return errors.Join(errs...)
}

// outcomes are what became of records, in the words of outcomeOf. A record has one.
func (w *truth) outcomes() (outcomes map[string]string, envelopes map[string][]byte, err error) {
	outcomes, envelopes = make(map[string]string), make(map[string][]byte)
	put := func(id, outcome string) error {
		if had, twice := outcomes[id]; twice {
			return fmt.Errorf("record %s is %q, and %q", id, had, outcome)
		}
		outcomes[id] = outcome
		return nil
	}
	begin := uint64(0)
	for height, size := range w.sizes {
		for at := begin; at < size; at++ {
			switch leaf := w.leaves[at]; leaf[0] {
			case ledger.KindRecord:
				e, err := ledger.ParseEnvelope(leaf)
				if err != nil {
					return nil, nil, fmt.Errorf("leaf %d: %w", at, err)
				}
				envelopes[e.ID.String()] = leaf
				if err := put(e.ID.String(), fmt.Sprintf("accepted %d/%d", height, at)); err != nil {
					return nil, nil, err
				}
			case ledger.KindRefusals:
				r, err := ledger.ParseRefusals(leaf)
				if err != nil {
					return nil, nil, fmt.Errorf("leaf %d: %w", at, err)
				}
				for _, row := range r.Rows {
					if err := put(row.Record.String(), fmt.Sprintf("refused %d/%d", height, row.Reason)); err != nil {
						return nil, nil, err
					}
				}
			}
		}
		begin = size
	}
	return outcomes, envelopes, nil
}
