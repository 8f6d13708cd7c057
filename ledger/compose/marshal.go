package compose

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/wire"
	"github.com/ocopledger/ocop/ledger/wire/canon"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Actions are written in the oldest protocol version that knows them, so that every ledger that knows them takes them.
const (
	Schema           = 1 // of all actions but those below
	SchemaRotation   = 2 // of rotate_validator
	SchemaMembership = 3 // of update_node, propose_change, vote, and of a rotate_validator with a TLS key
	SchemaSupply     = 4 // of what is said of lots after they are registered, inspect, set_picture, set_contact, of lots made of lots and parameters with resolvers
)

// SchemaOf is the version that a record of these actions is written in.
func SchemaOf(actions ...*recordv1.Action) uint16 {
	schema := uint16(Schema)
	for _, a := range actions {
		schema = max(schema, schemaOf(a))
	}
	return schema
}

func schemaOf(a *recordv1.Action) uint16 {
	switch k := a.GetKind().(type) {
	case *recordv1.Action_RotateValidator:
		if k.RotateValidator.GetTls() == nil {
			return SchemaRotation
		}
		return SchemaMembership
	case *recordv1.Action_ProposeChange:
		if len(k.ProposeChange.GetSetParameters().GetResolvers()) > 0 {
			return SchemaSupply
		}
		return SchemaMembership
	case *recordv1.Action_UpdateNode, *recordv1.Action_Vote:
		return SchemaMembership
	case *recordv1.Action_RegisterLot:
		if len(k.RegisterLot.GetInputs()) > 0 || k.RegisterLot.GetDeclaredYield() != 0 {
			return SchemaSupply
		}
	case *recordv1.Action_HoldLot, *recordv1.Action_ReleaseLot, *recordv1.Action_RecallLot, *recordv1.Action_ApplyStamps, *recordv1.Action_Inspect,
		*recordv1.Action_SetPicture, *recordv1.Action_SetContact:
		return SchemaSupply
	}
	return Schema
}

// envelopeOverhead is an envelope without its actions: kind, version, key, signature, header with its length, number of actions.
const envelopeOverhead = 1 + 1 + 33 + 64 + 2 + ledger.HeaderSize + 2

// Marshal gives each action its canonical bytes, checked as a ledger checks them. The error is an *[ActionError] for the first that has none.
func Marshal(schema uint16, actions []*recordv1.Action) ([][]byte, error) {
	out := make([][]byte, len(actions))
	for i, a := range actions {
		data, err := canon.Marshal(wire.Records(), a, uint32(schema))
		if err != nil {
			return nil, &ActionError{i, err}
		}
		out[i] = data
	}
	return out, nil
}

// EnvelopeSize is the size in bytes of a record with these actions.
func EnvelopeSize(actions [][]byte) int {
	n := envelopeOverhead
	for _, a := range actions {
		n += 2 + len(a)
	}
	return n
}

// Fits checks the bounds of one record: ErrActionCount or ErrTooLarge.
func Fits(actions [][]byte) error {
	switch {
	case len(actions) == 0 || len(actions) > ledger.MaxActions:
		return ErrActionCount
	case EnvelopeSize(actions) > ledger.MaxEnvelope:
		return ErrTooLarge
	}
	return nil
}
