package chaintest

import (
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// spares is how many spare keys of a validator are tried.
const spares = 9

// Cosign signs a head under a policy epoch at a time in Unix seconds, by the validators of these agencies; by all when none is named.
func Cosign(p *ledger.Policy, head ledger.Head, seconds uint64, agencies ...ledger.AccountID) *checkpoint.Signed {
	if len(agencies) == 0 {
		for _, v := range p.Validators {
			agencies = append(agencies, v.Agency)
		}
	}
	s := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: p.Origin, Size: head.Size, Root: head.Root}}
	for _, a := range agencies {
		v, _ := p.Validator(a)
		c := must(ident.NewCosigner(v.CosignerName, cosignerKey(v)))
		s = s.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(s.Tree.Text(), seconds))))
	}
	return s
}

// cosignerKey is the key that a policy has for a validator: its first, or a spare one.
func cosignerKey(v ledger.PolicyValidator) *ident.Ed25519PrivateKey {
	if k := NodeKey(v.Agency, ident.PurposeCosigner); k.Public() == v.CosignerKey {
		return k
	}
	for i := range spares {
		if k := SpareKey(v.Agency, ident.PurposeCosigner, strconv.Itoa(i)); k.Public() == v.CosignerKey {
			return k
		}
	}
	panic("chaintest: no such validator")
}
