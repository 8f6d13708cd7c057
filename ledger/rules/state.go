package rules

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// State is a committed state. A Block asks it for each subject once. Values are not modified by the reader, nor by the owner while a Block lies over them.
type State interface {
	Value(id subject.ID) (value []byte, ok bool)
}

// Context is what a block knows of itself.
type Context struct {
	Chain    ledger.ChainID
	Height   uint64
	Time     uint64 // block time, Unix milliseconds
	Protocol uint32 // version in force
}

// Touch is a line for a subject's history: an action changed it, or an account's activity went on.
type Touch struct {
	Subject    subject.ID
	Cell       int    // of the subject among those that the block asked its state for, in that order, from 0
	Action     uint16 // number in the record, or ledger.WholeRecord
	ActionHash ledger.Hash
	Value      []byte // after the action; not to be modified
}

// corrupt stops what cannot go on: a value of the state that no rule wrote. States are rebuilt from leaves and checked against seals, so this is a
// damaged machine or a bug, never input.
func corrupt(id subject.ID, err error) {
	panic(fmt.Errorf("rules: the state holds a damaged %v: %w", id, err))
}

// saturating sum of times: parameters may be as large as they like.
func plus(a, b uint64) uint64 {
	if a > ^uint64(0)-b {
		return ^uint64(0)
	}
	return a + b
}

func minus(a, b uint64) uint64 { return a - min(a, b) }
