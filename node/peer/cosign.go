package peer

import (
	"errors"
	"math"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
)

// MaxCosign bounds the cosignatures of one call: a validator that has fallen behind signs fewer than it missed.
const MaxCosign = 64

// Cosignature is a validator's signature of a head. Nothing of it is verified here.
type Cosignature struct {
	Size        uint64
	Root        ledger.Hash
	Epoch       uint32 // number of the policy epoch whose key signed
	Cosignature ident.Cosignature
	Log         *ident.NodeSignature // the log key's signature of the same head; nil: none
}

var errCosignature = errors.New("root, time or a signature is out of bounds")

func cosignatureTo(c *Cosignature) *peerv1.Cosignature {
	if c == nil {
		return nil
	}
	m := &peerv1.Cosignature{Size: c.Size, Root: c.Root[:], Epoch: c.Epoch, Time: c.Cosignature.Time, Signature: c.Cosignature.Signature[:]}
	if c.Log != nil {
		m.LogSignature = c.Log[:]
	}
	return m
}

func cosignatureFrom(m *peerv1.Cosignature) (c Cosignature, err error) {
	if len(m.GetRoot()) != len(c.Root) || len(m.GetSignature()) != len(c.Cosignature.Signature) || m.GetTime() > math.MaxInt64 {
		return c, errCosignature
	}
	c = Cosignature{Size: m.GetSize(), Root: ledger.Hash(m.GetRoot()), Epoch: m.GetEpoch()}
	c.Cosignature = ident.Cosignature{Time: m.GetTime(), Signature: ident.NodeSignature(m.GetSignature())}
	switch log := m.GetLogSignature(); len(log) {
	case 0:
	case len(ident.NodeSignature{}):
		c.Log = (*ident.NodeSignature)(log)
	default:
		return c, errCosignature
	}
	return c, nil
}
