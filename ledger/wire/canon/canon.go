// Package canon writes messages in the one encoding that package wire accepts. It is for those who compose records; whoever
// verifies them needs wire alone.
package canon

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/wire"
)

// Marshal returns the canonical encoding of m, a message of the schema, under a protocol version. The error wraps a
// *[wire.Error] if the message has no place in a leaf: a field missing, a text not NFC, a bound broken.
func Marshal(schema *wire.Schema, m proto.Message, protocol uint32) ([]byte, error) {
	name := m.ProtoReflect().Descriptor().FullName()
	id, ok := schema.Lookup(string(name))
	if !ok {
		return nil, fmt.Errorf("%s is not a message of the ledger", name)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err == nil {
		data, err = schema.Order(id, data)
	}
	if err == nil {
		err = schema.Check(id, data, protocol)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
