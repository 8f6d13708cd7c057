// Package wire decides whether bytes are the canonical protobuf encoding of a message that may stand in a signed leaf.
//
// Protobuf gives one message many encodings, and every runtime reads them all: fields in any order, numbers padded with
// zero bits, defaults written or not, unknown fields carried along. A leaf is hashed and signed as bytes, so each of these
// would be a second record that says the same, or one that says more to some readers than to others. [Schema.Check] accepts
// one encoding per message, knows nothing of the protobuf runtime, and works from a table that scripts/gen-wire writes from
// the .proto files and the options of ocop/options/v1. Acceptance is a function of the bytes, the message type and the
// protocol version; nothing else in the binary has a say.
//
// # What is canonical
//
//   - A message is its fields in ascending order of number, to its last byte. A singular field stands at most once; the
//     elements of a repeated string, bytes or message field follow each other, one tag each; repeated numbers, bools and
//     enums are packed behind one tag.
//   - Wire types are 0 (varint) and 2 (length-delimited) only. There are no groups, maps, floats, fixed-width or signed
//     numbers: the generator refuses them.
//   - Varints, in tags, lengths and values, have no superfluous bytes and stay in the range of their type: a uint32 below
//     2^32, a bool 1, an enum value one that the table names. max_value narrows the range.
//   - A value equal to its default is left out: 0, false, "", empty bytes, the enum value 0, an empty packed field. Only
//     numbers can be 0 where leaving them out would say something else: as members of a oneof and as elements, where bools
//     may be false, too. A message may be present and empty only when it declares empty_allowed.
//   - Lengths are within min_bytes … max_bytes, or exactly len; elements at most max_items; messages nest at most
//     [MaxDepth] deep. Text is of its class, see package text.
//   - A required field is present, at most one member of a oneof, exactly one if it is oneof_required.
//
// What follows a message is read as its next field, so trailing bytes are refused as an unknown field, a field out of order
// or a truncated one. An empty encoding is refused like an empty sub-message.
//
// # Protocol versions
//
// Each field and enum value has the protocol version since which it exists; an action is checked at the lower of its
// header's schema and the version in force. Below its version it is refused exactly as if it were
// unknown: same reason, same path, same offset as in a binary that has never heard of it. Only [Error.Since], a hint for
// people, differs. A required field is required from its version on, a required oneof from that of its first member. Bounds of a released field never change; a new bound is
// a new field.
//
// # Encoding
//
// Runtimes in general write numbers in ascending order, but some, Go's among them, write the members of oneofs last.
// [Schema.Order] puts what a runtime has written into order, and package canon does both in one step.
package wire
