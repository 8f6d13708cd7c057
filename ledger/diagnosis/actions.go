package diagnosis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/wire"
)

// patience is how many substitutes of bytes are tried in a record's actions: every bit of the largest record, every byte of one of 4 KiB. A second, about.
const patience = 1 << 20

// split takes actions apart, as many as can be, and says how many bytes are left over.
func split(data []byte, count int) (actions [][]byte, left int) {
	r := ledger.NewReader("actions", data)
	for range count {
		left = r.Left()
		a := r.Bytes16()
		if len(a) == 0 {
			return actions, left
		}
		actions = append(actions, a)
	}
	return actions, r.Left()
}

// fit reports whether these are all the actions of a record, and the ones that its author signed.
func (c *claims) fit(actions [][]byte, left int) bool {
	return left == 0 && len(actions) == c.actions && ledger.ActionsRoot(actions) == c.root
}

// actions looks for what was altered in the actions of a header that is as it was signed.
func (e envelope) actions(f *Diagnosis, c claims) {
	actions, left := split(e[actionsAt:], c.actions)
	switch {
	case c.fit(actions, left), e.tryLengths(f, c):
		return
	case c.fit(actions, 0):
		f.Field, f.What = "envelope", flaw.New("trailing", "%d byte thừa sau hành động cuối", "%d bytes behind its last action", left)
		return
	case left > 0 || len(actions) < c.actions:
		f.Field, f.What = InAction(min(len(actions), c.actions-1), "length"), flaw.New("length", "các hành động không kết thúc ở chỗ bản ghi kết thúc", "the actions do not end where the record ends")
		return
	}
	if e.tryActions(f, c, actions) || byGrammar(f, actions, binary.BigEndian.Uint16(e.head()[33:])) {
		return
	}
	f.Field, f.Got, f.Want = "actions", "root "+ledger.ActionsRoot(actions).String(), "root "+c.root.String()
	if len(actions) == 1 {
		f.Field = InAction(0, "")
	}
}

// tryLengths puts single bits of the actions' lengths right, as far as they can be followed.
func (e envelope) tryLengths(f *Diagnosis, c claims) (found bool) {
	for i, at := 0, actionsAt; i < c.actions && at+2 <= len(e); i++ {
		length := int(binary.BigEndian.Uint16(e[at:]))
		e.substitutes(at, at+2, singleBits, func(int, byte) bool {
			if found = c.fit(split(e[actionsAt:], c.actions)); found {
				f.Field, f.Got, f.Want = InAction(i, "length"), fmt.Sprint(length), fmt.Sprint(binary.BigEndian.Uint16(e[at:]))
			}
			return found
		})
		if found {
			return true
		}
		at += 2 + length
	}
	return false
}

// tryActions puts bytes of the actions right: the root that was signed says which fit.
func (e envelope) tryActions(f *Diagnosis, c claims, actions [][]byte) (found bool) {
	differences := allValues
	switch {
	case len(e)*len(singleBits) > patience: // larger than any record
		return false
	case len(e)*len(allValues) > patience:
		differences = singleBits
	}
	leaves := make([]merkle.Hash, len(actions))
	for i, a := range actions {
		leaves[i] = merkle.Actions.Leaf(a)
	}
	start := actionsAt
	for i, a := range actions {
		start += 2
		way := steps(leaves, i)
		e.substitutes(start, start+len(a), differences, func(at int, was byte) bool {
			right := e[start : start+len(a)]
			if found = climb(merkle.Actions.Leaf(right), way) == c.root; found {
				f.Field, f.Got, f.Want = actionFieldAt(i, right, at-start), byteText(at, was), byteText(at, e[at])
			}
			return found
		})
		if found {
			return true
		}
		start += len(a)
	}
	return false
}

// step is a subtree beside the way from a leaf to the root.
type step struct {
	beside merkle.Hash
	left   bool
}

// steps is the way from a leaf to the root: what is beside it stays as it is while bytes of the leaf are tried.
func steps(leaves []merkle.Hash, index int) []step {
	if len(leaves) == 1 {
		return nil
	}
	half := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	if index < half {
		return append(steps(leaves[:half], index), step{merkle.Actions.Root(leaves[half:]), false})
	}
	return append(steps(leaves[half:], index-half), step{merkle.Actions.Root(leaves[:half]), true})
}

func climb(h merkle.Hash, way []step) merkle.Hash {
	for _, s := range way {
		if s.left {
			h = merkle.Actions.Node(s.beside, h)
		} else {
			h = merkle.Actions.Node(h, s.beside)
		}
	}
	return h
}

// byGrammar names the first field that no accepted action can have so.
func byGrammar(f *Diagnosis, actions [][]byte, schema uint16) bool {
	for i, a := range actions {
		if e, ok := errors.AsType[*wire.Error](wire.Records().Check(wire.MessageAction, a, uint32(schema))); ok {
			f.Field, f.What = InAction(i, e.Path), flaw.New(string(e.Reason), "sai mã hóa: %s", "%s", e.Reason)
			return true
		}
	}
	return false
}
