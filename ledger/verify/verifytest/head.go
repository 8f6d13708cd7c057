package verifytest

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Size is the number of leaves.
func (w *World) Size() uint64 { return w.tree.Size() }

// Ended is the size of the last head of an epoch.
func (w *World) Ended(epoch uint32) uint64 { return w.ended[epoch] }

// Leaf is a leaf of the log.
func (w *World) Leaf(i uint64) []byte { return slices.Clone(w.leaves[i]) }

// Tree is the head at a size.
func (w *World) Tree(size uint64) checkpoint.Tree {
	return checkpoint.Tree{Origin: Origin, Size: size, Root: must(merkle.ReadFrontier(w.tree, size)).Root(merkle.Log)}
}

// Cosign adds cosignatures of agencies with their present keys, and at the world's time.
func (w *World) Cosign(s *checkpoint.Signed, agencies ...ledger.AccountID) *checkpoint.Signed {
	for _, a := range agencies {
		v, _ := w.Policy().Validator(a)
		s = w.line(s, v.CosignerName, w.Key("cosigner", a))
	}
	return s
}

// Witnessed adds the outside witness's cosignature.
func (w *World) Witnessed(s *checkpoint.Signed) *checkpoint.Signed {
	return w.line(s, Witness, w.Key("witness", 0))
}

func (w *World) line(s *checkpoint.Signed, name string, key *ident.Ed25519PrivateKey) *checkpoint.Signed {
	c := must(ident.NewCosigner(name, key))
	return s.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(s.Tree.Text(), w.Now))))
}

// Published adds the log's signature.
func (w *World) Published(s *checkpoint.Signed) *checkpoint.Signed {
	l := must(ident.NewLogSigner(Origin, w.Key("log", 0)))
	return s.With(checkpoint.Line{Name: Origin, ID: l.KeyHash(), Signature: must(l.Sign(s.Tree.Text()))})
}

// Head is the newest head with cosignatures of agencies.
func (w *World) Head(agencies ...ledger.AccountID) *checkpoint.Signed {
	return w.Cosign(&checkpoint.Signed{Tree: w.Tree(w.Size())}, agencies...)
}

// Seal is the last leaf of the head at a size, and its path.
func (w *World) Seal(size uint64) (seal []byte, path []ledger.Hash) {
	return w.Leaf(size - 1), must(merkle.Log.ProveInclusion(w.tree, size, size-1))
}

// Consistency is the proof between the heads of two sizes.
func (w *World) Consistency(older, newer uint64) []ledger.Hash {
	return must(merkle.Log.ProveConsistency(w.tree, older, newer))
}

// EndedBy ends the epoch in force as change says, and is the handover, its head cosigned by agencies with the keys they had.
func (w *World) EndedBy(change func(), agencies ...ledger.AccountID) *checkpoint.Handover {
	before := w.Copy()
	change()
	before.Now = w.Now
	size := w.ended[before.Policy().Number]
	h := &checkpoint.Handover{Policy: w.Policy(), Checkpoint: before.Cosign(&checkpoint.Signed{Tree: w.Tree(size)}, agencies...)}
	h.Seal, h.Path = w.Seal(size)
	return h
}

// Draft is a signed draft header of the chain; the caller says what else is in it.
func (w *World) Draft(h ledger.DraftHeader) evidence.SignedDraft {
	h.Chain = w.Policy().Chain
	return evidence.SignedDraft{Header: h, Signature: must(w.Key("node", h.Proposer).Sign(h.Message()))}
}

// Promise signs a promise of the chain.
func (w *World) Promise(p ledger.Promise) ledger.SignedPromise {
	p.Chain = w.Policy().Chain
	return ledger.SignedPromise{Promise: p, Signature: must(w.Key("node", p.Receiver).Sign(p.Message()))}
}
