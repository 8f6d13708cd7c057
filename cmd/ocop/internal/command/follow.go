package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// followed is a node's newest certified head, verified, and what is to be remembered of it. Nothing is written yet.
type followed struct {
	head   *verify.Head
	memory *verify.Memory
	epochs []*ledger.Policy // that are believed: from the one that trust began with to the head's
	sample bool
}

// follow asks a node for its newest certified head, of at least a height, and for what proves it, and verifies that it is the ledger's and does not go back.
func (a *app) follow(ctx context.Context, c *client.Client, b *believed, height uint64) (*followed, error) {
	trust := b.trust()
	r, err := c.Proofs.GetCheckpoint(ctx, &apiv1.GetCheckpointRequest{MinHeight: height, PinnedEpoch: &trust.Policy.Number})
	if err != nil {
		return nil, err
	}
	b.sample = b.sample || r.GetAsOf().GetSample()
	a.saw(b.sample)
	signed, err := checkpoint.Parse(r.GetCheckpoint())
	if err != nil {
		return nil, malformed("checkpoint", err)
	}
	path, err := hashes(r.GetPath())
	if err != nil {
		return nil, malformed("path", err)
	}
	handovers := make([]*checkpoint.Handover, len(r.GetHandovers()))
	for i, file := range r.GetHandovers() {
		if handovers[i], err = checkpoint.ParseHandover(file); err != nil {
			return nil, &verify.Error{Word: verify.WordHandover, Text: fmt.Sprintf("number %d of the answer", i), Err: err}
		}
	}
	check := trust.Head
	if b.memory != nil {
		check = func(s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) (*verify.Head, error) {
			return b.memory.Check(trust, s, seal, path, handovers)
		}
	}
	out := &followed{sample: b.sample}
	if out.head, err = check(signed, r.GetSeal(), path, handovers); err != nil {
		return nil, err
	}
	out.epochs = append(between(trust, handovers), out.head.Trust.Policy)
	out.memory, err = step(ctx, c, b.memory, out.head.Trust, signed)
	return out, err
}

// between are the epochs that a trust believes by handovers from one to the next. A walk that skipped one has no more of it to believe.
func between(t verify.Trust, handovers []*checkpoint.Handover) []*ledger.Policy {
	epochs := []*ledger.Policy{t.Policy}
	for _, h := range handovers {
		next, err := t.Advance(h)
		if err != nil {
			break
		}
		t = next
		epochs = append(epochs, t.Policy)
	}
	return epochs
}

// step remembers a head that t certifies, by the consistency proof that the node has for it.
func step(ctx context.Context, c *client.Client, m *verify.Memory, t verify.Trust, s *checkpoint.Signed) (*verify.Memory, error) {
	if m == nil {
		return verify.Remember(t, s)
	}
	var proof []ledger.Hash
	if m.Head.Tree.Size < s.Tree.Size {
		r, err := c.Proofs.GetConsistency(ctx, &apiv1.GetConsistencyRequest{OldSize: m.Head.Tree.Size, NewSize: s.Tree.Size})
		if err != nil {
			return nil, err
		}
		if proof, err = hashes(r.GetHashes()); err != nil {
			return nil, malformed("consistency proof", err)
		}
	}
	return m.Next(t, s, proof)
}

func hashes(all [][]byte) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(all))
	for i, h := range all {
		if len(h) != len(out[i]) {
			return nil, fmt.Errorf("hash %d has %d bytes", i, len(h))
		}
		out[i] = ledger.Hash(h)
	}
	return out, nil
}

// malformed is an answer that cannot be read.
func malformed(what string, err error) error {
	return &verify.Error{Word: verify.WordFormat, Text: what + " of the node's answer", Err: err}
}

// unproved is refused for what a node answered: no file of the user's is wrong.
func (a *app) unproved(err error) error {
	err = a.refused(err)
	if e, ok := errors.AsType[*coded](err); ok && e.code == exitInput {
		e.code = exitProof
	}
	return err
}
