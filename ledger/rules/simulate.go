package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Simulate evaluates the actions of a record that nobody has signed yet, as if it were ordered now, and returns a refusal for each action that
// fails. A failing action is skipped and the rest go on, so that all mistakes of an annex are found at once; the items of a Decision whose opening
// fails are still checked if its date has a rule set. Which key will sign is not known: key roles are not checked.
//
// schema is the protocol version that the actions are written in, 0 the one in force; in a later one nothing can be evaluated, and the record as a whole
// is refused.
func Simulate(ctx Context, st State, author ledger.AccountID, schema uint32, actions [][]byte) []*Refusal {
	if schema == 0 {
		schema = ctx.Protocol
	}
	if refusal := schemaInForce(schema, ctx.Protocol, "schema"); refusal != nil {
		return []*Refusal{refusal}
	}
	b := NewBlock(ctx, st)
	value, ok := look(b, subject.Account(author), subject.ParseAccount)
	if !ok {
		return []*Refusal{refuse(reason.UnknownAuthor, "author", accountArg(author))}
	}
	if len(actions) == 0 || len(actions) > ledger.MaxActions {
		return []*Refusal{refuse(reason.LimitReached, "actions", reason.Count("want", ledger.MaxActions), reason.Words("what", "hành động trong một bản ghi (ít nhất một)", "actions in a record (at least one)"))}
	}
	var refusals []*Refusal
	r := &record{Block: b, author: value, keyRoles: ^uint16(0), schema: schema, leaf: ^uint64(0)}
	for i, data := range actions {
		touches, steps := len(b.touches), len(b.undo)
		if refusal := r.act(uint16(i), data); refusal != nil {
			refusals = append(refusals, refusal)
			b.rollBack(touches, steps)
		}
	}
	return refusals
}
