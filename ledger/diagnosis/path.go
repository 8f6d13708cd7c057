package diagnosis

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/wire"
)

// Path names a field of a leaf, by the names of FORMAT.md and of the .proto files:
//
//	envelope.signature, envelope.public_key, header.author      of a record
//	actions[3], actions[3].certify.scores.a                     of the action with that number, from 0
//	seal.state, seal.draft.signature                            of a seal
//	refusals[2].reason                                          of a row
//
// Reports use it for what is no field of its own, too: "record" and "rules" mean a record as a whole, "index" a leaf's place.
type Path string

// InAction names a field of an action; an empty one means the action as a whole.
func InAction(number int, field string) Path {
	if field == "" {
		return Path(fmt.Sprintf("actions[%d]", number))
	}
	return Path(fmt.Sprintf("actions[%d].%s", number, field))
}

// part is a field of a fixed encoding, which ends before byte end.
type part struct {
	end  int
	name Path
}

// Where the parts of an envelope begin.
const (
	keyAt     = 2
	sigAt     = keyAt + 33
	lengthAt  = sigAt + 64
	headerAt  = lengthAt + 2
	countAt   = headerAt + ledger.HeaderSize
	actionsAt = countAt + 2
)

var envelopeParts = []part{
	{1, "envelope.kind"}, {keyAt, "envelope.version"}, {sigAt, "envelope.public_key"}, {lengthAt, "envelope.signature"}, {headerAt, "envelope.header_length"},
}

// headerParts count from the header's first byte.
var headerParts = []part{
	{1, "header.version"}, {33, "header.chain"}, {35, "header.schema"}, {43, "header.issued"}, {51, "header.expires"}, {59, "header.author"},
	{67, "header.key"}, {69, "header.action_count"}, {101, "header.actions_root"},
}

var sealParts = []part{
	{1, "seal.kind"}, {2, "seal.version"}, {34, "seal.chain"}, {42, "seal.height"}, {74, "seal.previous"}, {82, "seal.time"}, {83, "seal.flags"},
	{91, "seal.size_before"}, {123, "seal.root_before"}, {127, "seal.accepted"}, {131, "seal.refused"}, {163, "seal.state"}, {167, "seal.protocol"},
	{199, "seal.policy"}, {231, "seal.next_policy"}, {365, "seal.draft"}, {429, "seal.draft.signature"},
}

const rowsAt = 12

var refusalsParts = []part{{1, "refusals.kind"}, {2, "refusals.version"}, {10, "refusals.height"}, {rowsAt, "refusals.count"}}

var rowParts = []part{{32, "record"}, {40, "author"}, {42, "reason"}, {44, "action"}}

// FieldAt names the field of a leaf, which is as it was written, that a byte belongs to.
func FieldAt(leaf []byte, at int) Path {
	switch leaf[0] {
	case ledger.KindSeal:
		return partAt(sealParts, at)
	case ledger.KindRefusals:
		if at < rowsAt {
			return partAt(refusalsParts, at)
		}
		return Path(fmt.Sprintf("refusals[%d].%s", (at-rowsAt)/ledger.RefusalSize, partAt(rowParts, (at-rowsAt)%ledger.RefusalSize)))
	}
	switch {
	case at < headerAt:
		return partAt(envelopeParts, at)
	case at < countAt:
		return partAt(headerParts, at-headerAt)
	case at < actionsAt:
		return "envelope.action_count"
	}
	r := ledger.NewReader("actions", leaf[actionsAt:])
	for i := 0; r.Left() > 0 && !r.Failed(); i++ {
		action := r.Bytes16()
		if end := len(leaf) - r.Left(); at < end {
			return actionFieldAt(i, action, at-(end-len(action)))
		}
	}
	return "actions"
}

// actionFieldAt names the field of an action that a byte belongs to; bytes before it are its length.
func actionFieldAt(number int, action []byte, at int) Path {
	if at < 0 {
		return InAction(number, "length")
	}
	return InAction(number, wire.Records().PathAt(wire.MessageAction, action, at))
}

func partAt(parts []part, at int) Path {
	for _, p := range parts {
		if at < p.end {
			return p.name
		}
	}
	return "bytes"
}
