package chaintest

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Cosign signs a head by validators at a time in Unix seconds; by all three when none is named.
func (w *World) Cosign(head ledger.Head, seconds uint64, agencies ...ledger.AccountID) *checkpoint.Signed {
	if len(agencies) == 0 {
		agencies = []ledger.AccountID{Province, Ministry, District}
	}
	policy := w.Genesis.Policy()
	s := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: policy.Origin, Size: head.Size, Root: head.Root}}
	for _, a := range agencies {
		v, ok := policy.Validator(a)
		if !ok {
			panic("chaintest: no validator")
		}
		c := must(ident.NewCosigner(v.CosignerName, NodeKey(a, ident.PurposeCosigner)))
		s = s.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(s.Tree.Text(), seconds))))
	}
	return s
}
