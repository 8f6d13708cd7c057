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
	Witnesses   []Witness            // outside witnesses' cosignatures of the same head, at most ledger.MaxWitnesses
}

// Witness is an outside witness's cosignature. Nothing of it is verified here.
type Witness struct {
	Name        string
	Cosignature ident.Cosignature
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
	for i := range c.Witnesses {
		w := &c.Witnesses[i]
		m.Witnesses = append(m.Witnesses, &peerv1.Witness{Name: w.Name, Time: w.Cosignature.Time, Signature: w.Cosignature.Signature[:]})
	}
	return m
}

func cosignatureFrom(m *peerv1.Cosignature) (c Cosignature, err error) {
	if len(m.GetRoot()) != len(c.Root) || len(m.GetWitnesses()) > ledger.MaxWitnesses {
		return c, errCosignature
	}
	c = Cosignature{Size: m.GetSize(), Root: ledger.Hash(m.GetRoot()), Epoch: m.GetEpoch()}
	if c.Cosignature, err = signatureFrom(m); err != nil {
		return c, err
	}
	for _, w := range m.GetWitnesses() {
		made, err := signatureFrom(w)
		if err != nil || len(w.GetName()) > ident.MaxNoteName {
			return c, errCosignature
		}
		c.Witnesses = append(c.Witnesses, Witness{w.GetName(), made})
	}
	switch log := m.GetLogSignature(); len(log) {
	case 0:
	case len(ident.NodeSignature{}):
		c.Log = (*ident.NodeSignature)(log)
	default:
		return c, errCosignature
	}
	return c, nil
}

func signatureFrom(m interface {
	GetTime() uint64
	GetSignature() []byte
}) (c ident.Cosignature, err error) {
	if len(m.GetSignature()) != len(c.Signature) || m.GetTime() > math.MaxInt64 {
		return c, errCosignature
	}
	return ident.Cosignature{Time: m.GetTime(), Signature: ident.NodeSignature(m.GetSignature())}, nil
}
