package wire

import "github.com/ocopledger/ocop/ledger/wire/text"

// MaxDepth bounds how deep messages nest, the outermost counting 1. The deepest action takes 5; the rest is room for later
// kinds. It bounds the stack whatever a table says.
const MaxDepth = 8

// MaxFields is the largest number of fields of a message: what has been seen is kept in one machine word.
const MaxFields = 64

// MessageID names a message type of a schema. It is an index into a generated table, not part of any format.
type MessageID uint16

// Schema is a set of message types. It is made by scripts/gen-wire and never changes.
type Schema struct {
	messages []message
	enums    []enum
}

// Records is the schema of package ocop.record.v1: all that is signed.
func Records() *Schema { return &records }

// Name is the full name of a message type, such as "ocop.record.v1.Action".
func (s *Schema) Name(id MessageID) string { return s.messages[id].name }

// Len is the number of message types; their ids are 0 … Len − 1.
func (s *Schema) Len() int { return len(s.messages) }

// Lookup finds a message type by its full name.
func (s *Schema) Lookup(name string) (MessageID, bool) {
	for i := range s.messages {
		if s.messages[i].name == name {
			return MessageID(i), true
		}
	}
	return 0, false
}

type message struct {
	name         string
	fields       []field // ascending by number, at most MaxFields
	oneofs       []oneof
	emptyAllowed bool
}

type field struct {
	name     string
	number   uint32
	since    uint32
	kind     kind
	repeated bool
	required bool
	oneof    uint8 // 1 + index in the message's oneofs; 0: none
	class    text.Class
	ref      uint16 // index of the message or enum

	minBytes, maxBytes uint32
	maxItems           uint32
	maxValue           uint64
}

type kind uint8

const (
	kindNumber kind = iota // uint32 and uint64: maxValue tells them apart
	kindBool
	kindEnum
	kindString
	kindBytes
	kindMessage
)

// scalar reports whether values are varints.
func (k kind) scalar() bool { return k <= kindEnum }

type oneof struct {
	name     string
	since    uint32 // that of the oldest member
	required bool
}

type enum struct {
	name   string
	values []enumValue // ascending by number, without 0
}

type enumValue struct {
	number, since uint32
}

func (e *enum) find(v uint64) (*enumValue, bool) {
	lo, hi := 0, len(e.values)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch n := uint64(e.values[mid].number); {
		case v > n:
			lo = mid + 1
		case v < n:
			hi = mid
		default:
			return &e.values[mid], true
		}
	}
	return nil, false
}
